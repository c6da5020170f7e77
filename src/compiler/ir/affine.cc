// One function a kind of node.
#include "compiler/ir/affine.h"

#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace sinew::ir {
namespace {

// Channels beyond this cannot come from a picture network (widest known: a few thousand); a scalar is not spread over
// them, so that a shape from a hostile file does not decide how much is allocated.
constexpr int64_t kMaxChannels = int64_t{1} << 20;

Result<Affine> MakeFromArithmetic(const Graph& graph, const Node& node) {
  // Which operand is the constant. Two constants are the business of constant folding.
  const Tensor* left = FloatConstant(graph, node.inputs[0]);
  const Tensor* right = FloatConstant(graph, node.inputs[1]);
  const std::string_view name = OpInfoFor(node.op).name;
  if (left == nullptr && right == nullptr) return Unsupported("{} of two pictures", name);
  if (left != nullptr && right != nullptr) return Unsupported("{} of two constants", name);
  if (left != nullptr && node.op == OpKind::kDiv) return Unsupported("divides a constant by a picture");
  const NodeId input = node.inputs[left != nullptr ? 1 : 0];
  const Tensor& constant = left != nullptr ? *left : *right;
  if (node.dtype != DType::kFloat32 || node.shape.size() != 4 || node.shape[3] < 1) {
    return Unsupported("computes {}{}, not a picture of floats", DTypeName(node.dtype), ToString(node.shape));
  }
  if (graph.node(input).shape != node.shape) return Unsupported("its constant widens the picture");
  std::optional<std::vector<double>> values = ChannelValues(constant, node.shape[3]);
  if (!values) {
    return Unsupported("its constant has shape {}, one value or one per channel is needed", ToString(constant.shape));
  }

  Affine affine{.input = input, .scale = {}, .shift = {}, .activation = node.attributes.activation};
  const size_t channels = values->size();
  if (node.op == OpKind::kAdd || node.op == OpKind::kSub) {
    affine.scale.assign(channels, node.op == OpKind::kSub && left != nullptr ? -1.0 : 1.0);
    affine.shift = std::move(*values);
    if (node.op == OpKind::kSub && left == nullptr) {
      for (double& value : affine.shift) value = -value;
    }
    return affine;
  }
  affine.scale = std::move(*values);
  affine.shift.assign(channels, 0.0);
  if (node.op == OpKind::kDiv) {
    for (double& value : affine.scale) {
      if (value == 0) return Unsupported("divides by zero");
      value = 1 / value;
    }
  }
  return affine;
}

Result<Affine> MakeFromScaleShift(const Graph& graph, const Node& node) {
  const Tensor* scale = FloatConstant(graph, node.inputs[1]);
  const Tensor* shift = FloatConstant(graph, node.inputs[2]);
  if (scale == nullptr || shift == nullptr) return Unsupported("its scale and shift must be constants");
  return Affine{.input = node.inputs[0],
                .scale = {scale->floats.begin(), scale->floats.end()},
                .shift = {shift->floats.begin(), shift->floats.end()},
                .activation = node.attributes.activation};
}

Result<Affine> MakeFromBatchNorm(const Graph& graph, const Node& node) {
  if (node.inputs.size() != 5) return Unsupported("normalises by the picture's own statistics");
  std::array<const Tensor*, 4> vectors;
  for (size_t i = 0; i < vectors.size(); ++i) {
    vectors[i] = FloatConstant(graph, node.inputs[i + 1]);
    if (vectors[i] == nullptr) return Unsupported("its parameter {} is not a constant", i + 1);
  }
  const auto& [gamma, beta, mean, variance] = vectors;
  Affine affine{.input = node.inputs[0], .scale = {}, .shift = {}, .activation = node.attributes.activation};
  for (size_t c = 0; c < gamma->floats.size(); ++c) {
    const double scale = gamma->floats[c] / std::sqrt(variance->floats[c] + node.attributes.epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(beta->floats[c] - mean->floats[c] * scale);
  }
  return affine;
}

}  // namespace

const Tensor* FloatConstant(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const bool is_floats = node.op == OpKind::kConst && node.value != nullptr && node.value->dtype == DType::kFloat32;
  return is_floats ? node.value.get() : nullptr;
}

std::optional<std::vector<double>> ChannelValues(const Tensor& tensor, int64_t channels) {
  if (tensor.dtype != DType::kFloat32 || channels < 1 || channels > kMaxChannels) return std::nullopt;
  if (tensor.floats.size() == 1) return std::vector<double>(static_cast<size_t>(channels), tensor.floats[0]);
  if (tensor.shape.empty() || tensor.shape.back() != channels) return std::nullopt;
  if (tensor.floats.size() != static_cast<size_t>(channels)) return std::nullopt;  // varies over more than channels
  return std::vector<double>(tensor.floats.begin(), tensor.floats.end());
}

Result<Affine> MakeAffine(const Graph& graph, const Node& node) {
  switch (node.op) {
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
      return MakeFromArithmetic(graph, node);
    case OpKind::kScaleShift:
      return MakeFromScaleShift(graph, node);
    case OpKind::kBatchNorm:
      return MakeFromBatchNorm(graph, node);
    default:
      return Unsupported("{} is not a scale and a shift", OpInfoFor(node.op).name);
  }
}

}  // namespace sinew::ir
