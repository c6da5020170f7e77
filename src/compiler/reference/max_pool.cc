// The maximum over a window; padding takes no part.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

// Positions [first, last) of the input that a window covers.
struct Covered {
  int64_t first, last;
};

Covered Cover(int64_t out, int64_t stride, int64_t pad, int64_t window, int64_t in) {
  const int64_t begin = out * stride - pad;
  return {std::max<int64_t>(begin, 0), std::min(begin + window, in)};
}

}  // namespace

Result<Array> MaxPool(const ir::Node& node, const Inputs& inputs) {
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
      const Covered rows = Cover(y, a.strides[0], window.pad_top, a.window[0], h);
      for (int64_t x = 0; x < window.out_w; ++x) {
        const Covered columns = Cover(x, a.strides[1], window.pad_left, a.window[1], w);
        if (rows.first >= rows.last || columns.first >= columns.last) {
          return InvalidArgument("the window of output row {}, column {} holds nothing but padding", y, x);
        }
        for (int64_t c = 0; c < channels; ++c) {
          double best = -std::numeric_limits<double>::infinity();
          for (int64_t iy = rows.first; iy < rows.last; ++iy) {
            for (int64_t ix = columns.first; ix < columns.last; ++ix) {
              best = std::max(best, in.values[static_cast<size_t>(((n * h + iy) * w + ix) * channels + c)]);
            }
          }
          *to++ = best;
        }
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
