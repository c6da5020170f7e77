// The mean over a window: of the elements that it covers, or of all its places within the padding.
#include <algorithm>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {

Result<Array> AveragePool(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  const ir::Attributes& a = node.attributes;
  const int64_t h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow window, ir::ResolveWindow(a, a.window[0], a.window[1], h, w));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], window.out_h, window.out_w, channels}));
  if (out.values.empty()) return out;
  auto to = out.values.begin();
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (int64_t y = 0; y < window.out_h; ++y) {
      const int64_t row = y * a.strides[0] - window.pad_top;
      const int64_t top = std::max<int64_t>(row, 0), bottom = std::min(row + a.window[0], h);
      for (int64_t x = 0; x < window.out_w; ++x) {
        const int64_t column = x * a.strides[1] - window.pad_left;
        const int64_t left = std::max<int64_t>(column, 0), right = std::min(column + a.window[1], w);
        if (top >= bottom || left >= right) {
          return InvalidArgument("the window of output row {}, column {} holds nothing but padding", y, x);
        }
        const double count =
            static_cast<double>(a.count_padding ? a.window[0] * a.window[1] : (bottom - top) * (right - left));
        for (int64_t c = 0; c < channels; ++c) {
          double sum = 0;
          for (int64_t iy = top; iy < bottom; ++iy) {
            for (int64_t ix = left; ix < right; ++ix)
              sum += in.values[static_cast<size_t>(((n * h + iy) * w + ix) * channels + c)];
          }
          *to++ = sum / count;
        }
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
