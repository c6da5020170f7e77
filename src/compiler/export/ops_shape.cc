// Operations that move elements or compute sizes.
#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "compiler/export/layout.h"
#include "compiler/export/ops.h"
#include "compiler/ir/known_ints.h"
#include "compiler/ir/strided_slice.h"

namespace sinew::onnx_export {
namespace {

constexpr std::string_view kGiveResolution = "give --net-resolution, which makes it known";

// The result's shape as Reshape takes it: one dimension may be unknown. Zeros would mean "as in the input" to ONNX.
Result<std::vector<int64_t>> ReshapeTo(const ir::Shape& shape) {
  if (std::ranges::count(shape, 0) > 0)
    return Unsupported("its result has shape {}, which is empty", ir::ToString(shape));
  if (std::ranges::count(shape, ir::kUnknown) > 1) {
    return Unsupported("its result has shape {}: {}", ir::ToString(shape), kGiveResolution);
  }
  return std::vector<int64_t>(shape.begin(), shape.end());  // kUnknown is -1, as ONNX writes it
}

struct SlicePositions {
  std::vector<int64_t> starts, ends, axes, steps;
};

// The dimensions that are not taken whole. ONNX counts negative positions from the end, so a slice that runs backwards
// to the first element ends before anything.
Result<SlicePositions> MakeSlicePositions(const ir::ResolvedSlice& slice, const ir::Shape& input) {
  constexpr int64_t kBeforeAll = std::numeric_limits<int32_t>::min();
  SlicePositions positions;
  for (size_t d = 0; d < input.size(); ++d) {
    const ir::SliceAxis& axis = slice.axes[d];
    if (input[d] == ir::kUnknown)
      return Unsupported("it slices a tensor of shape {}: {}", ir::ToString(input), kGiveResolution);
    if (axis.begin == 0 && axis.stride == 1 && axis.count == input[d]) continue;
    const int64_t last = axis.begin + (axis.count - 1) * axis.stride;
    const int64_t after = axis.stride > 0 ? last + 1 : (last > 0 ? last - 1 : kBeforeAll);
    positions.starts.push_back(axis.begin);
    positions.ends.push_back(axis.count == 0 ? axis.begin : after);
    positions.axes.push_back(static_cast<int64_t>(d));
    positions.steps.push_back(axis.stride);
  }
  return positions;
}

}  // namespace

Status ExportConcat(Converter& converter, const ir::Node& node) {
  const bool nchw = converter.PrefersNchw(node);
  std::vector<std::string> inputs;
  for (const ir::NodeId input : node.inputs) inputs.push_back(nchw ? converter.Nchw(input) : converter.Natural(input));
  const int64_t axis = node.attributes.axis;
  std::string result =
      converter.onnx().Emit("Concat", node.name, std::move(inputs), {{"axis", nchw ? NchwAxis(axis) : axis}});
  if (nchw) {
    converter.SetNchw(std::move(result));
  } else {
    converter.SetNatural(std::move(result));
  }
  return Status();
}

Status ExportPad(Converter& converter, const ir::Node& node) {
  const auto amounts = ir::ConstantInts(converter.graph(), node.inputs[1]);
  if (!amounts) return Unsupported("its paddings are computed, must be constants");
  const bool nchw = converter.IsNchw(node.inputs[0]);
  const size_t rank = node.shape.size();
  std::vector<int64_t> pads(2 * rank);  // before every dimension, then after
  for (size_t d = 0; d < rank; ++d) {
    const size_t to = nchw ? static_cast<size_t>(NchwAxis(static_cast<int64_t>(d))) : d;
    pads[to] = (*amounts)[2 * d];
    pads[to + rank] = (*amounts)[2 * d + 1];
  }
  OnnxGraph& onnx = converter.onnx();
  const std::string padding = onnx.Ints(node.name + "/pads", std::move(pads));
  if (nchw) {
    converter.SetNchw(onnx.Emit("Pad", node.name, {converter.Nchw(node.inputs[0]), padding}));
  } else {
    converter.SetNatural(onnx.Emit("Pad", node.name, {converter.Natural(node.inputs[0]), padding}));
  }
  return Status();
}

Status ExportShape(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  if (!converter.IsNchw(node.inputs[0])) {
    converter.SetNatural(onnx.Emit("Shape", node.name, {converter.Natural(node.inputs[0])}));
    return Status();
  }
  const std::string shape = onnx.Emit("Shape", node.name + "/nchw", {converter.Nchw(node.inputs[0])});
  const std::string order = onnx.Ints(node.name + "/order", {kToNhwc.begin(), kToNhwc.end()});
  converter.SetNatural(onnx.Emit("Gather", node.name, {shape, order}));
  return Status();
}

Status ExportStridedSlice(Converter& converter, const ir::Node& node) {
  const ir::Graph& graph = converter.graph();
  const ir::Shape& input = converter.input_of(node, 0).shape;
  std::array<std::optional<std::vector<int64_t>>, 3> given;
  for (size_t i = 0; i < given.size(); ++i) {
    given[i] = ir::ConstantInts(graph, node.inputs[i + 1]);
    if (!given[i]) return Unsupported("begin, end and strides must be constants");
  }
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedSlice slice,
                         ir::ResolveStridedSlice(node.attributes, *given[0], *given[1], *given[2], input));
  SINEW_ASSIGN_OR_RETURN(SlicePositions positions, MakeSlicePositions(slice, input));
  OnnxGraph& onnx = converter.onnx();
  std::string value = converter.Natural(node.inputs[0]);
  if (!positions.axes.empty()) {
    value = onnx.Emit("Slice", node.name + "/slice",
                      {value, onnx.Ints(node.name + "/begin", std::move(positions.starts)),
                       onnx.Ints(node.name + "/end", std::move(positions.ends)),
                       onnx.Ints(node.name + "/axes", std::move(positions.axes)),
                       onnx.Ints(node.name + "/steps", std::move(positions.steps))});
  }
  if (node.attributes.shrink_axis_mask != 0 || node.attributes.new_axis_mask != 0) {
    SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> shape, ReshapeTo(slice.result));
    value = onnx.Emit("Reshape", node.name, {value, onnx.Ints(node.name + "/shape", std::move(shape))});
  }
  converter.SetNatural(std::move(value));
  return Status();
}

Status ExportPack(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  const int64_t axis = node.attributes.axis;
  const std::string axes = onnx.Ints(node.name + "/axes", {axis});
  std::vector<std::string> parts;
  for (const ir::NodeId input : node.inputs) {
    parts.push_back(onnx.Emit("Unsqueeze", node.name + "/part", {converter.Natural(input), axes}));
  }
  converter.SetNatural(onnx.Emit("Concat", node.name, std::move(parts), {{"axis", axis}}));
  return Status();
}

Status ExportReshape(Converter& converter, const ir::Node& node) {
  OnnxGraph& onnx = converter.onnx();
  SINEW_ASSIGN_OR_RETURN(std::vector<int64_t> known, ReshapeTo(node.shape));
  const std::string shape = onnx.Ints(node.name + "/shape", std::move(known));
  converter.SetNatural(onnx.Emit("Reshape", node.name, {converter.Natural(node.inputs[0]), shape}));
  return Status();
}

Status ExportSqueeze(Converter& converter, const ir::Node& node) {
  const ir::Shape& input = converter.input_of(node, 0).shape;
  std::vector<int64_t> axes = node.attributes.axes;
  if (axes.empty()) {
    for (size_t d = 0; d < input.size(); ++d) {
      if (input[d] == 1) axes.push_back(static_cast<int64_t>(d));
    }
  }
  OnnxGraph& onnx = converter.onnx();
  const std::string natural = converter.Natural(node.inputs[0]);
  converter.SetNatural(
      axes.empty() ? onnx.Emit("Identity", node.name, {natural})
                   : onnx.Emit("Squeeze", node.name, {natural, onnx.Ints(node.name + "/axes", std::move(axes))}));
  return Status();
}

}  // namespace sinew::onnx_export
