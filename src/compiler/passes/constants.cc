// Constants of passes.
#include "compiler/passes/constants.h"

#include <cmath>
#include <utility>

namespace sinew::passes {
namespace {

// Channels beyond this cannot come from a picture network (widest known: a few thousand); a scalar is not spread over
// them, so that a shape from a hostile file does not decide how much is allocated.
constexpr int64_t kMaxChannels = int64_t{1} << 20;

const ir::Tensor* FindConstant(const ir::Graph& graph, ir::NodeId id, ir::DType dtype) {
  const ir::Node& node = graph.node(id);
  if (node.op != ir::OpKind::kConst || node.value == nullptr || node.value->dtype != dtype) return nullptr;
  return node.value.get();
}

}  // namespace

const ir::Tensor* FloatConstant(const ir::Graph& graph, ir::NodeId id) {
  return FindConstant(graph, id, ir::DType::kFloat32);
}

const ir::Tensor* IntConstant(const ir::Graph& graph, ir::NodeId id) {
  return FindConstant(graph, id, ir::DType::kInt32);
}

std::optional<std::vector<double>> ChannelValues(const ir::Tensor& tensor, int64_t channels) {
  if (tensor.dtype != ir::DType::kFloat32 || channels < 1 || channels > kMaxChannels) return std::nullopt;
  if (tensor.floats.size() == 1) return std::vector<double>(static_cast<size_t>(channels), tensor.floats[0]);
  if (tensor.shape.empty() || tensor.shape.back() != channels) return std::nullopt;
  if (tensor.floats.size() != static_cast<size_t>(channels)) return std::nullopt;  // varies over more than channels
  return std::vector<double>(tensor.floats.begin(), tensor.floats.end());
}

std::optional<ir::Tensor> FloatVector(std::span<const double> values) {
  std::vector<float> floats;
  floats.reserve(values.size());
  for (const double value : values) {
    floats.push_back(static_cast<float>(value));
    if (!std::isfinite(floats.back())) return std::nullopt;
  }
  return ir::Tensor::Floats({static_cast<int64_t>(values.size())}, std::move(floats));
}

}  // namespace sinew::passes
