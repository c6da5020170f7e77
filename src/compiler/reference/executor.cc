// The walk over a graph, and the choice of the operation.
#include "compiler/reference/executor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

// Of one value: 8 GiB, far beyond the largest picture through the widest network.
constexpr int64_t kMaxElements = int64_t{1} << 30;
// Keeps sums and products of two sizes within int64.
constexpr int64_t kMaxDimension = (int64_t{1} << 31) - 1;

Array EvaluateShape(const Array& in) {
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
    case OpKind::kInput:
      return Internal("the input has no value of its own");
    case OpKind::kConst:
      if (node.value == nullptr) return InvalidArgument("has no value");
      return FromTensor(*node.value);
    case OpKind::kConv2d:
    case OpKind::kDepthwiseConv2d:
      return Convolution(node, inputs);
    case OpKind::kBatchNorm:
      return BatchNorm(node, inputs);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kDiv:
      return Arithmetic(node, inputs);
    case OpKind::kRelu:
      return Activated(*inputs[0], ir::Activation::kRelu);
    case OpKind::kRelu6:
      return Activated(*inputs[0], ir::Activation::kRelu6);
    case OpKind::kPrelu:
      return Prelu(inputs);
    case OpKind::kConcat:
    case OpKind::kPack:
      return Concat(node, inputs);
    case OpKind::kMaxPool:
      return MaxPool(node, inputs);
    case OpKind::kResizeBilinear:
      return ResizeBilinear(node, inputs);
    case OpKind::kPad:
      return Pad(node, inputs);
    case OpKind::kShape:
      return EvaluateShape(*inputs[0]);
    case OpKind::kStridedSlice:
      return StridedSlice(node, inputs);
    case OpKind::kCast:
      return Cast(node, inputs);
    case OpKind::kReshape:
      return Reshape(node, inputs);
    case OpKind::kSqueeze:
      return Squeeze(node, inputs);
    case OpKind::kIdentity:
      return *inputs[0];
    case OpKind::kMap:
      return Map(node, inputs);
    case OpKind::kAveragePool:
      return AveragePool(node, inputs);
    case OpKind::kSpatialMean:
      return SpatialMean(inputs);
    case OpKind::kResizeNearest:
      return ResizeNearest(node, inputs);
    case OpKind::kDepthToSpace:
      return DepthToSpace(node, inputs);
    case OpKind::kSoftmax:
      return Softmax(inputs);
    case OpKind::kScaleShift:
      return ScaleShift(node, inputs);
    case OpKind::kSliceChannels:
      return SliceChannels(node, inputs);
  }
  return Internal("unknown operation");
}

// An array as later code may trust it: no dimension out of range, and as many values as the shape says.
Status CheckArray(const Array& array) {
  for (const int64_t size : array.shape) {
    if (size < 0 || size > kMaxDimension) {
      return InvalidArgument("has shape {}: dimensions must be 0 to {}", ir::ToString(array.shape), kMaxDimension);
    }
  }
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(array.shape));
  if (static_cast<size_t>(count) == array.values.size()) return Status();
  return InvalidArgument("has {} values for shape {}", array.values.size(), ir::ToString(array.shape));
}

Status CheckInputs(const ir::Node& node, const Inputs& inputs) {
  const ir::OpInfo& info = ir::OpInfoFor(node.op);
  const size_t least = static_cast<size_t>(info.min_inputs), most = static_cast<size_t>(info.max_inputs);
  if (inputs.size() < least || inputs.size() > most) {
    return InvalidArgument("{} has {} inputs, needs {}{}", info.name, inputs.size(), least,
                           least == most ? "" : " or more");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (const Status status = CheckArray(*inputs[i]); !status.ok()) return Prefixed(fmt::format("input {}", i), status);
  }
  return Status();
}

// For each node, the last node that reads it, itself if none does; a node that an output reads is never let go.
std::vector<ir::NodeId> LastReaders(const ir::Graph& graph) {
  std::vector<ir::NodeId> last(static_cast<size_t>(graph.size()));
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    last[static_cast<size_t>(id)] = id;
    for (const ir::NodeId input : graph.node(id).inputs) last[static_cast<size_t>(input)] = id;
  }
  for (const ir::Output& output : graph.outputs()) last[static_cast<size_t>(output.node)] = graph.size();
  return last;
}

}  // namespace

Result<Array> MakeArray(ir::Shape shape) {
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(shape));
  const bool too_wide = std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size > kMaxDimension; });
  if (count > kMaxElements || too_wide) {
    return TooLarge("a result of shape {} is beyond {} elements, or {} along a dimension", ir::ToString(shape),
                    kMaxElements, kMaxDimension);
  }
  Array array;
  array.shape = std::move(shape);
  array.values.resize(static_cast<size_t>(count));
  return array;
}

Status NeedPicture(const Array& array) {
  if (array.shape.size() == 4) return Status();
  return InvalidArgument("its input has shape {}, needs 4 dimensions", ir::ToString(array.shape));
}

Result<std::vector<int64_t>> ToInts(const Array& array, std::string_view what) {
  constexpr double kMaxExact = 9007199254740992.0;  // 2^53: doubles count no further one by one
  std::vector<int64_t> ints;
  ints.reserve(array.values.size());
  for (const double value : array.values) {
    if (!(std::abs(value) <= kMaxExact) || value != std::trunc(value)) {
      return InvalidArgument("{} has the value {}, must be whole numbers below 2^53", what, value);
    }
    ints.push_back(static_cast<int64_t>(value));
  }
  return ints;
}

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
  const Status fit = CheckInputs(node, inputs);
  Result<Array> result = fit.ok() ? Run(node, inputs) : Result<Array>(fit);
  if (!result.ok()) return Prefixed(fmt::format("node \"{}\"", node.name), result.status());
  return result;
}

Result<std::vector<Array>> Execute(const ir::Graph& graph, const Array& input,
                                   const std::function<void(ir::NodeId, const Array&)>& observe) {
  if (const Status status = CheckArray(input); !status.ok()) return Prefixed("the network's input", status);
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
    const auto release = [&](ir::NodeId other) {
      if (last_readers[static_cast<size_t>(other)] == id) values[static_cast<size_t>(other)] = Array();
    };
    for (const ir::NodeId from : node.inputs) release(from);
    release(id);
  }
  std::vector<Array> outputs;
  for (const ir::Output& output : graph.outputs()) outputs.push_back(values[static_cast<size_t>(output.node)]);
  return outputs;
}

}  // namespace sinew::reference
