// From nodes to typed steps.
#include "compiler/plan/describe.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "program/program.h"

namespace sinew::plan {
namespace {

uint32_t Unsigned(int64_t value) { return static_cast<uint32_t>(value); }

std::unique_ptr<program::Size> MakeSize(const ir::Shape& shape) {
  return std::make_unique<program::Size>(Unsigned(shape[1]), Unsigned(shape[2]));
}

// The window of a convolution, or of a pool with `kernel` its window's sides.
Result<std::unique_ptr<program::Window>> MakeWindow(const ir::Graph& graph, const ir::Node& node, int64_t kernel_h,
                                                    int64_t kernel_w) {
  const ir::Attributes& a = node.attributes;
  const ir::Shape& input = graph.node(node.inputs[0]).shape;
  SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow resolved,
                         ir::ResolveWindow(a, kernel_h, kernel_w, input[1], input[2]));
  return std::make_unique<program::Window>(Unsigned(kernel_h), Unsigned(kernel_w), Unsigned(a.strides[0]),
                                           Unsigned(a.strides[1]), Unsigned(a.dilations[0]), Unsigned(a.dilations[1]),
                                           Unsigned(resolved.pad_top), Unsigned(resolved.pad_left));
}

Result<std::unique_ptr<program::Window>> MakeConvWindow(const ir::Graph& graph, const ir::Node& conv) {
  const ir::Shape& kernel = graph.node(conv.inputs[1]).shape;
  return MakeWindow(graph, conv, kernel[0], kernel[1]);
}

// Makes a step that ends with a convolution end with the pooling of its result.
void AddPool(const ir::Graph& graph, ir::NodeId conv, ir::NodeId pool, program::StepT* step,
             std::unique_ptr<program::Size>* unpooled) {
  if (pool < 0) return;
  const ir::Node& node = graph.node(pool);
  step->name = node.name;
  *step->output = SliceOfShape(node.shape);
  *unpooled = MakeSize(graph.node(conv).shape);
}

}  // namespace

bool IsPicture(const ir::Node& node) {
  return node.dtype == ir::DType::kFloat32 && node.shape.size() == 4 && ir::IsFullyKnown(node.shape) &&
         node.shape[0] == 1;
}

program::Slice SliceOfShape(const ir::Shape& shape) {
  return program::Slice(0, Unsigned(shape[1]), Unsigned(shape[2]), Unsigned(shape[3]), Unsigned(shape[3]),
                        program::DataType::F32);
}

program::StepT DescribeNode(const ir::Graph& graph, ir::NodeId node, const std::vector<ir::NodeId>& inputs) {
  program::StepT step;
  step.name = graph.node(node).name;
  for (const ir::NodeId input : inputs) step.inputs.push_back(SliceOfShape(graph.node(input).shape));
  step.output = std::make_unique<program::Slice>(SliceOfShape(graph.node(node).shape));
  step.multiply_adds = ir::ComputeCost(graph, node).multiply_adds;
  return step;
}

Result<program::StepT> DescribeConv(const ir::Graph& graph, ir::NodeId conv, ir::NodeId pool) {
  const ir::Node& node = graph.node(conv);
  program::StepT step = DescribeNode(graph, conv, {node.inputs[0]});
  program::ConvStepT what;
  SINEW_ASSIGN_OR_RETURN(what.window, MakeConvWindow(graph, node));
  what.activation = ToProgram(node.attributes.activation);
  AddPool(graph, conv, pool, &step, &what.unpooled);
  step.what.Set(std::move(what));
  return step;
}

Result<program::StepT> DescribePair(const ir::Graph& graph, ir::NodeId first, ir::NodeId second, ir::NodeId pool) {
  const ir::Node &first_node = graph.node(first), &node = graph.node(second);
  program::StepT step = DescribeNode(graph, second, {first_node.inputs[0]});
  step.multiply_adds += ir::ComputeCost(graph, first).multiply_adds;
  program::ConvPairStepT what;
  SINEW_ASSIGN_OR_RETURN(what.first_window, MakeConvWindow(graph, first_node));
  what.first_activation = ToProgram(first_node.attributes.activation);
  what.between = MakeSize(first_node.shape);
  what.between_channels = Unsigned(first_node.shape[3]);
  SINEW_ASSIGN_OR_RETURN(what.window, MakeConvWindow(graph, node));
  what.activation = ToProgram(node.attributes.activation);
  AddPool(graph, second, pool, &step, &what.unpooled);
  step.what.Set(std::move(what));
  return step;
}

Result<program::StepT> DescribeDepthwise(const ir::Graph& graph, ir::NodeId depthwise) {
  const ir::Node& node = graph.node(depthwise);
  program::StepT step = DescribeNode(graph, depthwise, {node.inputs[0]});
  program::DepthwiseStepT what;
  SINEW_ASSIGN_OR_RETURN(what.window, MakeConvWindow(graph, node));
  what.activation = ToProgram(node.attributes.activation);
  step.what.Set(std::move(what));
  return step;
}

Result<program::StepT> DescribeSeparable(const ir::Graph& graph, ir::NodeId depthwise, ir::NodeId pointwise) {
  const ir::Node& depthwise_node = graph.node(depthwise);
  program::StepT step = DescribeNode(graph, pointwise, {depthwise_node.inputs[0]});
  step.multiply_adds += ir::ComputeCost(graph, depthwise).multiply_adds;
  program::SeparableStepT what;
  SINEW_ASSIGN_OR_RETURN(what.window, MakeConvWindow(graph, depthwise_node));
  what.depthwise_activation = ToProgram(depthwise_node.attributes.activation);
  what.activation = ToProgram(graph.node(pointwise).attributes.activation);
  step.what.Set(std::move(what));
  return step;
}

Result<program::StepT> DescribeAveragePool(const ir::Graph& graph, ir::NodeId pool) {
  const ir::Node& node = graph.node(pool);
  program::StepT step = DescribeNode(graph, pool, {node.inputs[0]});
  program::AveragePoolStepT what;
  const ir::Shape& input = graph.node(node.inputs[0]).shape;
  const bool whole = node.op == ir::OpKind::kSpatialMean;
  SINEW_ASSIGN_OR_RETURN(what.window, MakeWindow(graph, node, whole ? input[1] : node.attributes.window[0],
                                                 whole ? input[2] : node.attributes.window[1]));
  what.count_padding = node.attributes.count_padding;
  step.what.Set(std::move(what));
  return step;
}

Result<program::StepT> DescribePool(const ir::Graph& graph, ir::NodeId pool) {
  const ir::Node& node = graph.node(pool);
  program::StepT step = DescribeNode(graph, pool, {node.inputs[0]});
  program::PoolStepT what;
  const auto [window_h, window_w] = node.attributes.window;
  SINEW_ASSIGN_OR_RETURN(what.window, MakeWindow(graph, node, window_h, window_w));
  step.what.Set(std::move(what));
  return step;
}

}  // namespace sinew::plan
