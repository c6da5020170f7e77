// Resizing by taking the nearest pixel.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

int64_t Nearest(double i, double in, double out, const ir::Attributes& a) {
  double position = i * in / out;
  if (a.align_corners) position = out > 1 ? i * (in - 1) / (out - 1) : 0;
  if (a.half_pixel_centers) position = (i + 0.5) * in / out - 0.5;
  double whole = std::floor(position);
  const double fraction = position - whole;
  switch (a.rounding) {
    case ir::Rounding::kFloor:
      break;
    case ir::Rounding::kCeil:
      whole += fraction > 0 ? 1 : 0;
      break;
    case ir::Rounding::kHalfDown:
      whole += fraction > 0.5 ? 1 : 0;
      break;
    case ir::Rounding::kHalfUp:
      whole += fraction >= 0.5 ? 1 : 0;
      break;
  }
  return static_cast<int64_t>(std::clamp(whole, 0.0, in - 1));
}

std::vector<int64_t> Sources(int64_t in, int64_t out, const ir::Attributes& a) {
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < out; ++i)
    sources.push_back(Nearest(static_cast<double>(i), static_cast<double>(in), static_cast<double>(out), a));
  return sources;
}

}  // namespace

Result<Array> ResizeNearest(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> size, ToInts(*inputs[1], "size"));
  if (size.size() != 2) return InvalidArgument("size has {} values, needs 2: height and width", size.size());
  if (size[0] < 1 || size[1] < 1) return InvalidArgument("resizes to {} x {}", size[0], size[1]);
  const int64_t h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  if (h < 1 || w < 1) return InvalidArgument("resizes an empty picture of shape {}", ir::ToString(in.shape));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], size[0], size[1], channels}));
  if (out.values.empty()) return out;
  const std::vector<int64_t> rows = Sources(h, size[0], node.attributes),
                             columns = Sources(w, size[1], node.attributes);
  auto to = out.values.begin();
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (const int64_t y : rows) {
      for (const int64_t x : columns) {
        const auto from = in.values.begin() + ((n * h + y) * w + x) * channels;
        to = std::copy(from, from + channels, to);
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
