// Nodes with constants, one function a kind.
#include "compiler/plan/scale_shift.h"

#include <cmath>
#include <optional>

#include "base/error.h"

namespace sinew::plan {
namespace {

// A constant with one value a channel or one for all, as `channels` values; nullopt for any other shape.
std::optional<std::vector<float>> PerChannel(const ir::Tensor& tensor, int64_t channels) {
  if (tensor.dtype != ir::DType::kFloat32) return std::nullopt;
  if (tensor.floats.size() == 1) return std::vector<float>(static_cast<size_t>(channels), tensor.floats[0]);
  const bool last_only = !tensor.shape.empty() && tensor.shape.back() == channels &&
                         static_cast<int64_t>(tensor.floats.size()) == channels;
  if (!last_only) return std::nullopt;
  return tensor.floats;
}

ScaleShift Identity(ir::NodeId input, int64_t channels) {
  return {input, std::vector<float>(static_cast<size_t>(channels), 1.0f),
          std::vector<float>(static_cast<size_t>(channels), 0.0f)};
}

Result<ScaleShift> OfBatchNorm(const ir::Graph& graph, const ir::Node& node) {
  const ir::Tensor* parameters[4];
  for (size_t i = 0; i < 4; ++i) {
    parameters[i] = graph.node(node.inputs[i + 1]).value.get();
    if (parameters[i] == nullptr) return Unsupported("its parameter {} is not a constant", i + 1);
  }
  ScaleShift result = Identity(node.inputs[0], node.shape[3]);
  for (size_t c = 0; c < result.scale.size(); ++c) {
    const double scale =
        parameters[0]->floats[c] / std::sqrt(double{parameters[3]->floats[c]} + node.attributes.epsilon);
    result.scale[c] = static_cast<float>(scale);
    result.shift[c] = static_cast<float>(parameters[1]->floats[c] - parameters[2]->floats[c] * scale);
  }
  return result;
}

Result<ScaleShift> OfArithmetic(const ir::Graph& graph, const ir::Node& node) {
  const bool constant_first = graph.node(node.inputs[0]).value != nullptr;
  const ir::NodeId picture = node.inputs[constant_first ? 1 : 0];
  const ir::Tensor* constant = graph.node(node.inputs[constant_first ? 0 : 1]).value.get();
  if (constant == nullptr) return Unsupported("{} of two pictures", ir::OpInfoFor(node.op).name);
  if (graph.node(picture).shape != node.shape) return Unsupported("its constant widens the picture");
  const std::optional<std::vector<float>> values = PerChannel(*constant, node.shape[3]);
  if (!values)
    return Unsupported("its constant has shape {}, one value or one a channel is needed",
                       ir::ToString(constant->shape));
  ScaleShift result = Identity(picture, node.shape[3]);
  for (size_t c = 0; c < values->size(); ++c) {
    const float value = (*values)[c];
    switch (node.op) {
      case ir::OpKind::kAdd:
        result.shift[c] = value;
        break;
      case ir::OpKind::kSub:
        result.scale[c] = constant_first ? -1.0f : 1.0f;
        result.shift[c] = constant_first ? value : -value;
        break;
      case ir::OpKind::kMul:
        result.scale[c] = value;
        break;
      default:
        if (constant_first) return Unsupported("divides a constant by a picture");
        result.scale[c] = 1.0f / value;
    }
  }
  return result;
}

}  // namespace

Result<ScaleShift> MakeScaleShift(const ir::Graph& graph, const ir::Node& node) {
  switch (node.op) {
    case ir::OpKind::kRelu:
    case ir::OpKind::kRelu6:
      return Identity(node.inputs[0], node.shape[3]);
    case ir::OpKind::kBatchNorm:
      return OfBatchNorm(graph, node);
    case ir::OpKind::kScaleShift: {
      const ir::Tensor* scale = graph.node(node.inputs[1]).value.get();
      const ir::Tensor* shift = graph.node(node.inputs[2]).value.get();
      if (scale == nullptr || shift == nullptr) return Unsupported("its scale and shift must be constants");
      return ScaleShift{node.inputs[0], scale->floats, shift->floats};
    }
    default:
      return OfArithmetic(graph, node);
  }
}

}  // namespace sinew::plan
