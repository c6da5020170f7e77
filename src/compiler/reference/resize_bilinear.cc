// Bilinear resizing with each of TensorFlow's three conventions.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

// The two rows (or columns) of the input that one of the output lies between, and how far it is towards the second.
struct Between {
  int64_t first, second;
  double fraction;
};

// Where the middle of output `i` lies on the input.
double SourcePosition(double i, double in, double out, const ir::Attributes& a) {
  if (a.align_corners && out > 1) return i * (in - 1) / (out - 1);
  return a.half_pixel_centers ? (i + 0.5) * in / out - 0.5 : i * in / out;
}

std::vector<Between> SourcePositions(int64_t in, int64_t out, const ir::Attributes& a) {
  std::vector<Between> sources;
  sources.reserve(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double position =
        SourcePosition(static_cast<double>(i), static_cast<double>(in), static_cast<double>(out), a);
    const int64_t below = static_cast<int64_t>(std::floor(position));
    sources.push_back({std::clamp<int64_t>(below, 0, in - 1), std::clamp<int64_t>(below + 1, 0, in - 1),
                       position - std::floor(position)});
  }
  return sources;
}

}  // namespace

Result<Array> ResizeBilinear(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> size, ToInts(*inputs[1], "size"));
  if (size.size() != 2) return InvalidArgument("size has {} values, needs 2: height and width", size.size());
  if (size[0] < 1 || size[1] < 1) return InvalidArgument("resizes to {} x {}", size[0], size[1]);
  const int64_t h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  if (h < 1 || w < 1) return InvalidArgument("resizes an empty picture of shape {}", ir::ToString(in.shape));
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], size[0], size[1], channels}));
  if (out.values.empty()) return out;
  const std::vector<Between> rows = SourcePositions(h, size[0], node.attributes);
  const std::vector<Between> columns = SourcePositions(w, size[1], node.attributes);
  auto to = out.values.begin();
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (const Between& row : rows) {
      for (const Between& column : columns) {
        for (int64_t c = 0; c < channels; ++c) {
          const auto at = [&](int64_t y, int64_t x) {
            return in.values[static_cast<size_t>(((n * h + y) * w + x) * channels + c)];
          };
          const auto across = [&](int64_t y) {
            return at(y, column.first) * (1 - column.fraction) + at(y, column.second) * column.fraction;
          };
          *to++ = across(row.first) * (1 - row.fraction) + across(row.second) * row.fraction;
        }
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
