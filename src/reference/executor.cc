// The walk over a graph, and the choice of the operation.
#include "reference/executor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "reference/value_ops.h"

namespace sinew::reference {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 32;

Array ShapeOf(const Array& in) {
  return {{static_cast<int64_t>(in.shape.size())}, std::vector<double>(in.shape.begin(), in.shape.end())};
}

Array Activated(const Array& in, ir::Activation activation) {
  Array out = in;
  for (double& value : out.values) value = Activate(activation, value);
  return out;
}

Result<Array> Run(const ir::Node& node, const Inputs& inputs) {
  using ir::OpKind;
  switch (node.op) {
    case OpKind::kInput: return Internal("the input has no value of its own");
    case OpKind::kConst: return FromTensor(*node.value);
    case OpKind::kConv2d:
    case OpKind::kDepthwiseConv2d: return Convolution(node, inputs);
    case OpKind::kBatchNorm: return BatchNorm(node, inputs);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv: return Arithmetic(node, inputs);
    case OpKind::kRelu: return Activated(*inputs[0], ir::Activation::kRelu);
    case OpKind::kRelu6: return Activated(*inputs[0], ir::Activation::kRelu6);
    case OpKind::kConcat:
    case OpKind::kPack: return Concat(node, inputs);
    case OpKind::kMaxPool: return MaxPool(node, inputs);
    case OpKind::kResizeBilinear: return ResizeBilinear(node, inputs);
    case OpKind::kPad: return Pad(node, inputs);
    case OpKind::kShape: return ShapeOf(*inputs[0]);
    case OpKind::kStridedSlice: return StridedSlice(node, inputs);
    case OpKind::kCast: return Cast(node, inputs);
    case OpKind::kReshape: return Reshape(node, inputs);
    case OpKind::kSqueeze: return Squeeze(node, inputs);
    case OpKind::kIdentity: return *inputs[0];
    case OpKind::kScaleShift: return ScaleShift(node, inputs);
    case OpKind::kSliceChannels: return SliceChannels(node, inputs);
  }
  return Internal("unknown operation");
}

// For each node, the last node that reads it; a node that an output reads is never let go.
std::vector<ir::NodeId> LastReaders(const ir::Graph& graph) {
  std::vector<ir::NodeId> last(static_cast<size_t>(graph.size()), -1);
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    for (const ir::NodeId input : graph.node(id).inputs) last[static_cast<size_t>(input)] = id;
  }
  for (const ir::Output& output : graph.outputs()) last[static_cast<size_t>(output.node)] = graph.size();
  return last;
}

}  // namespace

Result<Array> MakeArray(ir::Shape shape) {
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(shape));
  if (count > kMaxElements) return TooLarge("a result of shape {} has more than {} elements", ir::ToString(shape), kMaxElements);
  Array array;
  array.shape = std::move(shape);
  array.values.resize(static_cast<size_t>(count));
  return array;
}

std::vector<int64_t> ToInts(const Array& array) { return std::vector<int64_t>(array.values.begin(), array.values.end()); }

Array FromTensor(const ir::Tensor& tensor) {
  Array array;
  array.shape = tensor.shape;
  if (tensor.dtype == ir::DType::kFloat32) {
    array.values.assign(tensor.floats.begin(), tensor.floats.end());
  } else {
    array.values.assign(tensor.ints.begin(), tensor.ints.end());
  }
  return array;
}

Result<Array> ExecuteNode(const ir::Node& node, const std::vector<const Array*>& inputs) {
  Result<Array> result = Run(node, inputs);
  if (!result.ok()) return Prefixed(fmt::format("node \"{}\"", node.name), result.status());
  return result;
}

Result<std::vector<Array>> Execute(const ir::Graph& graph, const Array& input,
                                   const std::function<void(ir::NodeId, const Array&)>& observe) {
  const std::vector<ir::NodeId> last_readers = LastReaders(graph);
  std::vector<Array> values(static_cast<size_t>(graph.size()));
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    Array& value = values[static_cast<size_t>(id)];
    if (node.op == ir::OpKind::kInput) {
      value = input;
    } else {
      Inputs inputs;
      for (const ir::NodeId from : node.inputs) inputs.push_back(&values[static_cast<size_t>(from)]);
      SINEW_ASSIGN_OR_RETURN(value, ExecuteNode(node, inputs));
    }
    if (observe) observe(id, value);
    for (const ir::NodeId from : node.inputs) {
      if (last_readers[static_cast<size_t>(from)] == id) values[static_cast<size_t>(from)] = Array();
    }
  }
  std::vector<Array> outputs;
  for (const ir::Output& output : graph.outputs()) outputs.push_back(values[static_cast<size_t>(output.node)]);
  return outputs;
}

}  // namespace sinew::reference
