// Steps as descriptions: what an IR operation, or several done in one, is as a step of a program, before an algorithm
// is chosen, weights are packed and memory is laid out. Slices have sizes, and lie nowhere yet.
#pragma once

#include <vector>

#include "compiler/ir/graph.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::plan {

// Whether the node computes one picture of floats.
bool IsPicture(const ir::Node& node);

// The same activation in a program's terms.
inline program::Activation ToProgram(ir::Activation activation) { return static_cast<program::Activation>(activation); }

// A float picture of that shape, 1xHxWxC, somewhere.
program::Slice SliceOfShape(const ir::Shape& shape);

// The step of `node`, which reads `inputs`; what kind of step it is, the caller adds.
program::StepT DescribeNode(const ir::Graph& graph, ir::NodeId node, const std::vector<ir::NodeId>& inputs);

// Fails with kUnsupported where the window is not one that a kernel can have. `pool` is the 2x2 max pooling of stride 2
// that is fused with it, and gives the step its name; -1: none.
Result<program::StepT> DescribeConv(const ir::Graph& graph, ir::NodeId conv, ir::NodeId pool = -1);
// `second` reads `first`.
Result<program::StepT> DescribePair(const ir::Graph& graph, ir::NodeId first, ir::NodeId second, ir::NodeId pool = -1);
Result<program::StepT> DescribeDepthwise(const ir::Graph& graph, ir::NodeId depthwise);
// `pointwise` reads `depthwise`.
Result<program::StepT> DescribeSeparable(const ir::Graph& graph, ir::NodeId depthwise, ir::NodeId pointwise);
// A kAveragePool or kSpatialMean.
Result<program::StepT> DescribeAveragePool(const ir::Graph& graph, ir::NodeId pool);
Result<program::StepT> DescribePool(const ir::Graph& graph, ir::NodeId pool);

}  // namespace sinew::plan
