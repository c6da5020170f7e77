// Reading of windows.
#include "compiler/import/onnx/window.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::onnx_import {
namespace {

constexpr int64_t kMaxValue = int64_t{1} << 31;

// The odd row or column of padding above and to the left, which needs the size unless the stride is 1.
Result<ir::Padding> SameLower(const ir::Shape& input, std::array<int64_t, 2> kernel, const ir::Attributes& a) {
  ir::Padding padding{.kind = ir::Padding::Kind::kExplicit};
  for (size_t side = 0; side < 2; ++side) {
    const int64_t in = input[side + 1], stride = a.strides[side], reach = (kernel[side] - 1) * a.dilations[side] + 1;
    if (stride != 1 && in == ir::kUnknown)
      return Unsupported(
          "auto_pad SAME_LOWER with strides on a picture of any size; export the model with a fixed size");
    const int64_t out = stride == 1 ? 0 : (in + stride - 1) / stride;
    const int64_t total = stride == 1 ? reach - 1 : std::max<int64_t>((out - 1) * stride + reach - in, 0);
    (side == 0 ? padding.top : padding.left) = total - total / 2;
    (side == 0 ? padding.bottom : padding.right) = total / 2;
  }
  return padding;
}

}  // namespace

Result<std::array<int64_t, 2>> HeightWidth(const NodeContext& context, std::string_view attribute,
                                           int64_t default_value) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> values, context.Ints(attribute));
  if (values.empty()) return std::array<int64_t, 2>{default_value, default_value};
  if (values.size() != 2)
    return Unsupported("its {} has {} values, needs 2: only pictures can be computed", attribute, values.size());
  for (const int64_t value : values) {
    if (value < 1 || value >= kMaxValue) return Corrupt("its {} has the value {}, out of range", attribute, value);
  }
  return std::array<int64_t, 2>{values[0], values[1]};
}

Result<ir::Padding> ReadPadding(const NodeContext& context, const ir::Shape& input, std::array<int64_t, 2> kernel,
                                const ir::Attributes& attributes) {
  SINEW_ASSIGN_OR_RETURN(const std::string automatic, context.Text("auto_pad", "NOTSET"));
  if (automatic == "VALID") return ir::Padding();
  if (automatic == "SAME_UPPER") return ir::Padding{.kind = ir::Padding::Kind::kSame};
  if (automatic == "SAME_LOWER") return SameLower(input, kernel, attributes);
  if (automatic != "NOTSET" && !automatic.empty()) return Corrupt("its auto_pad is \"{}\"", automatic);
  SINEW_ASSIGN_OR_RETURN(const std::vector<int64_t> pads, context.Ints("pads"));
  if (pads.empty() || std::ranges::all_of(pads, [](int64_t pad) { return pad == 0; })) return ir::Padding();
  if (pads.size() != 4) return Corrupt("its pads have {} values, needs 4", pads.size());
  for (const int64_t pad : pads) {
    if (pad < 0 || pad >= kMaxValue) return Unsupported("its pads have the value {}, out of range", pad);
  }
  return ir::Padding{
      .kind = ir::Padding::Kind::kExplicit, .top = pads[0], .bottom = pads[2], .left = pads[1], .right = pads[3]};
}

}  // namespace sinew::onnx_import
