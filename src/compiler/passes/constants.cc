// Constants of passes.
#include "compiler/passes/constants.h"

#include <cmath>
#include <utility>
#include <vector>

namespace sinew::passes {

const ir::Tensor* IntConstant(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const bool is_ints = node.op == ir::OpKind::kConst && node.value != nullptr && node.value->dtype == ir::DType::kInt32;
  return is_ints ? node.value.get() : nullptr;
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
