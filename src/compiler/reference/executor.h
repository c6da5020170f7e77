// The reference executor: every IR operation in its plainest form, all sums in double. Slow, and obviously right: the
// yardstick that kernels, passes and whole plans are measured against.
#pragma once

#include <functional>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::reference {

// A value of the graph, kept in double. Integers are exact in it.
struct Array {
  ir::Shape shape;
  std::vector<double> values;
};

// Runs `graph` (any batch; shapes need not be bound: they follow from `input`) and returns its outputs in order.
// `observe`, if given, sees every value as it is computed. Fails where an operation does not fit its inputs.
Result<std::vector<Array>> Execute(const ir::Graph& graph, const Array& input,
                                   const std::function<void(ir::NodeId, const Array&)>& observe = {});

// One operation on given inputs: what constant folding uses.
Result<Array> ExecuteNode(const ir::Node& node, const std::vector<const Array*>& inputs);

Array FromTensor(const ir::Tensor& tensor);

}  // namespace sinew::reference
