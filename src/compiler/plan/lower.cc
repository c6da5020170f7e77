// Lowering, one function an IR operation.
#include "compiler/plan/lower.h"

#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "compiler/plan/weights.h"

namespace sinew::plan {
namespace {

using ir::Node;
using ir::NodeId;
using ir::OpKind;
using program::StepKind;

bool IsPicture(const Node& node) {
  return node.dtype == ir::DType::kFloat32 && node.shape.size() == 4 && ir::IsFullyKnown(node.shape) &&
         node.shape[0] == 1;
}

program::Window WindowOf(const ir::Attributes& a, int64_t kernel_h, int64_t kernel_w,
                         const ir::ResolvedWindow& resolved) {
  const auto u = [](int64_t value) { return static_cast<uint32_t>(value); };
  return {u(kernel_h),       u(kernel_w),       u(a.strides[0]),     u(a.strides[1]),
          u(a.dilations[0]), u(a.dilations[1]), u(resolved.pad_top), u(resolved.pad_left)};
}

class Lowering {
 public:
  Lowering(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights)
      : graph_(graph), packer_(weights, options), uses_(graph.UseCounts()), absorbed_(uses_.size(), false) {
    result_.aliases.resize(uses_.size());
  }

  Result<LoweredGraph> Run() {
    MarkSeparable();
    MarkPooled();
    MarkPairs();
    std::string problems;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (absorbed_[static_cast<size_t>(id)] || uses_[static_cast<size_t>(id)] == 0) continue;
      if (Status status = LowerNode(id); !status.ok()) {
        if (status.code() != StatusCode::kUnsupported) return status;
        problems += fmt::format("\n  node \"{}\": {}", graph_.node(id).name, status.message());
      }
    }
    if (!problems.empty()) return Unsupported("the runtime cannot run these nodes:{}", problems);
    return std::move(result_);
  }

 private:
  // Depthwise convolutions whose only reader is a 1x1 convolution are run inside that reader's step.
  void MarkSeparable() {
    for (const Node& node : graph_.nodes()) {
      if (node.op != OpKind::kConv2d) continue;
      const Node& producer = graph_.node(node.inputs[0]);
      const Node& kernel = graph_.node(node.inputs[1]);
      if (producer.op != OpKind::kDepthwiseConv2d || uses_[static_cast<size_t>(node.inputs[0])] != 1) continue;
      const ir::Attributes& a = node.attributes;
      const bool pointwise = kernel.shape[0] == 1 && kernel.shape[1] == 1 &&
                             a.strides == std::array<int64_t, 2>{1, 1} &&
                             a.padding.kind != ir::Padding::Kind::kExplicit;
      if (pointwise && graph_.node(producer.inputs[1]).value != nullptr &&
          graph_.node(producer.inputs[1]).shape[3] == 1) {
        absorbed_[static_cast<size_t>(node.inputs[0])] = true;
      }
    }
  }

  // So are convolutions whose only reader takes the maximum over 2x2 of their results, where that pays.
  void MarkPooled() {
    for (const Node& node : graph_.nodes()) {
      if (node.op != OpKind::kMaxPool) continue;
      const Node& conv = graph_.node(node.inputs[0]);
      if (conv.op != OpKind::kConv2d || uses_[static_cast<size_t>(node.inputs[0])] != 1 || !IsPicture(conv)) continue;
      if (absorbed_[static_cast<size_t>(conv.inputs[0])] || graph_.node(conv.inputs[1]).value == nullptr) continue;
      const std::array<int64_t, 2> two = {2, 2};
      const Result<ir::ResolvedWindow> pool = ir::ResolveWindow(node.attributes, 2, 2, conv.shape[1], conv.shape[2]);
      if (node.attributes.window != two || node.attributes.strides != two || !pool.ok() || pool->pad_top != 0 ||
          pool->pad_left != 0)
        continue;
      const Result<program::Window> window = ConvWindow(conv);
      const ir::Shape& input = graph_.node(conv.inputs[0]).shape;
      absorbed_[static_cast<size_t>(node.inputs[0])] =
          window.ok() && packer_.ShouldFusePool(node.name, input, conv.shape, *window);
    }
  }

  // And convolutions whose only reader is another, where doing both in bands pays.
  void MarkPairs() {
    std::unordered_map<NodeId, NodeId> pools;  // by the convolution that pools in passing
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (graph_.node(id).op == OpKind::kMaxPool && absorbed_[static_cast<size_t>(graph_.node(id).inputs[0])])
        pools[graph_.node(id).inputs[0]] = id;
    }
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const Node& node = graph_.node(id);
      if (node.op != OpKind::kConv2d) continue;
      const Node& first = graph_.node(node.inputs[0]);
      if (first.op != OpKind::kConv2d || uses_[static_cast<size_t>(node.inputs[0])] != 1 || !IsPicture(first)) continue;
      if (absorbed_[static_cast<size_t>(node.inputs[0])] || absorbed_[static_cast<size_t>(first.inputs[0])]) continue;
      if (graph_.node(first.inputs[1]).value == nullptr || graph_.node(node.inputs[1]).value == nullptr) continue;
      const Result<program::Window> first_window = ConvWindow(first), window = ConvWindow(node);
      if (!first_window.ok() || !window.ok()) continue;
      const ir::Shape& input = graph_.node(first.inputs[0]).shape;
      const auto pool = pools.find(id);
      const bool pooled = pool != pools.end();
      absorbed_[static_cast<size_t>(node.inputs[0])] =
          packer_.IsPairFaster(pooled ? graph_.node(pool->second).name : node.name, input, first.shape, node.shape,
                               *first_window, *window, pooled);
    }
  }

  Status LowerNode(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.op == OpKind::kConst) return Status();
    if (!IsPicture(node)) {
      return Unsupported("computes {}{}, only 1xHxWxC float pictures can be run", ir::DTypeName(node.dtype),
                         ir::ToString(node.shape));
    }
    switch (node.op) {
      case OpKind::kInput:
        return Status();
      case OpKind::kConv2d:
        return LowerConv(id, id);
      case OpKind::kDepthwiseConv2d:
        return LowerDepthwise(id);
      case OpKind::kBatchNorm:
        return node.inputs.size() == 3 ? LowerNormalize(id) : LowerScaleShift(id);
      case OpKind::kAdd:
        return IsSumOfPictures(node) ? LowerSum(id) : LowerScaleShift(id);
      case OpKind::kSub:
      case OpKind::kMul:
      case OpKind::kDiv:
      case OpKind::kRelu:
      case OpKind::kRelu6:
      case OpKind::kScaleShift:
        return LowerScaleShift(id);
      case OpKind::kMaxPool:
        return LowerPool(id);
      case OpKind::kResizeBilinear:
        return LowerResize(id);
      case OpKind::kPad:
        return LowerPad(id);
      case OpKind::kConcat:
        return CheckConcat(node);
      case OpKind::kSliceChannels:
        return MakeAlias(id, node.attributes.offset);
      case OpKind::kIdentity:
      case OpKind::kCast:
      case OpKind::kReshape:
      case OpKind::kSqueeze:
        return MakeAlias(id, 0);
      default:
        return Unsupported("no kernel does {} on pictures", ir::OpInfoFor(node.op).name);
    }
  }

  Operation Begin(NodeId id, StepKind kind) const {
    const Node& node = graph_.node(id);
    Operation operation;
    operation.node = id;
    operation.step.name = node.name;
    operation.step.kind = kind;
    operation.step.window = std::make_unique<program::Window>(1, 1, 1, 1, 1, 1, 0, 0);
    operation.step.activation = static_cast<program::Activation>(node.attributes.activation);
    operation.step.multiply_adds = ir::ComputeCost(graph_, id).multiply_adds;
    return operation;
  }

  void Emit(Operation operation) { result_.operations.push_back(std::move(operation)); }

  Result<const ir::Tensor*> Constant(const Node& node, size_t input, std::string_view what) const {
    const Node& source = graph_.node(node.inputs[input]);
    if (source.value == nullptr)
      return Unsupported("its {} is computed by \"{}\", it must be a constant", what, source.name);
    return source.value.get();
  }

  // The bias of a convolution: input 2, zeros when absent.
  Result<std::vector<float>> Bias(const Node& node, int64_t channels) const {
    if (node.inputs.size() < 3) return std::vector<float>(static_cast<size_t>(channels), 0.0f);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* bias, Constant(node, 2, "bias"));
    return bias->floats;
  }

  Result<program::Window> ConvWindow(const Node& conv) const {
    const ir::Shape& kernel = graph_.node(conv.inputs[1]).shape;
    const ir::Shape& input = graph_.node(conv.inputs[0]).shape;
    SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow resolved,
                           ir::ResolveWindow(conv.attributes, kernel[0], kernel[1], input[1], input[2]));
    return WindowOf(conv.attributes, kernel[0], kernel[1], resolved);
  }

  // `result` is the convolution itself or the pooling that is done in passing.
  Status LowerConv(NodeId id, NodeId result) {
    const Node& node = graph_.node(id);
    const Node& input = graph_.node(node.inputs[0]);
    const bool with_producer = absorbed_[static_cast<size_t>(node.inputs[0])];
    if (with_producer && input.op == OpKind::kDepthwiseConv2d) return LowerSeparable(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(node, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(node, node.shape[3]));
    Operation operation = Begin(id, StepKind::Conv);
    SINEW_ASSIGN_OR_RETURN(*operation.step.window, ConvWindow(node));
    operation.inputs = {node.inputs[0]};
    if (result != id) {
      operation.node = result;
      operation.step.name = graph_.node(result).name;
      operation.step.unpooled =
          std::make_unique<program::Size>(static_cast<uint32_t>(node.shape[1]), static_cast<uint32_t>(node.shape[2]));
    }
    if (with_producer) {
      SINEW_RETURN_IF_ERROR(AddFirstOfPair(input, node, kernel->floats, bias, &operation));
    } else {
      SINEW_ASSIGN_OR_RETURN(operation.seconds,
                             packer_.PackConv(input.shape, node.shape, kernel->floats, bias, &operation.step));
    }
    Emit(std::move(operation));
    return Status();
  }

  // Makes the step of a convolution one of two: `first`, which it alone reads, and itself.
  Status AddFirstOfPair(const Node& first, const Node& node, const std::vector<float>& kernel,
                        const std::vector<float>& bias, Operation* operation) {
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* first_kernel, Constant(first, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> first_bias, Bias(first, first.shape[3]));
    SINEW_ASSIGN_OR_RETURN(const program::Window window, ConvWindow(first));
    program::FirstConvT description;
    description.window = std::make_unique<program::Window>(window);
    description.output =
        std::make_unique<program::Size>(static_cast<uint32_t>(first.shape[1]), static_cast<uint32_t>(first.shape[2]));
    description.channels = static_cast<uint32_t>(first.shape[3]);
    description.activation = static_cast<program::Activation>(first.attributes.activation);
    operation->step.kind = StepKind::ConvPair;
    operation->step.first = std::make_unique<program::FirstConvT>(std::move(description));
    operation->step.multiply_adds += ir::ComputeCost(graph_, operation->inputs[0]).multiply_adds;
    operation->inputs = {first.inputs[0]};
    const ir::Shape& input = graph_.node(first.inputs[0]).shape;
    SINEW_ASSIGN_OR_RETURN(operation->seconds,
                           packer_.PackConvPair(input, first.shape, node.shape, first_kernel->floats, first_bias,
                                                kernel, bias, &operation->step));
    return Status();
  }

  Status LowerDepthwise(NodeId id) {
    const Node& node = graph_.node(id);
    const Node& input = graph_.node(node.inputs[0]);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(node, 1, "kernel"));
    if (kernel->shape[3] != 1) return Unsupported("channel multiplier {}, only 1 can be run", kernel->shape[3]);
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(
        const ir::ResolvedWindow resolved,
        ir::ResolveWindow(node.attributes, kernel->shape[0], kernel->shape[1], input.shape[1], input.shape[2]));
    Operation operation = Begin(id, StepKind::Depthwise);
    *operation.step.window = WindowOf(node.attributes, kernel->shape[0], kernel->shape[1], resolved);
    operation.inputs = {node.inputs[0]};
    SINEW_ASSIGN_OR_RETURN(operation.seconds,
                           packer_.PackDepthwise(input.shape, node.shape, kernel->floats, bias, &operation.step));
    Emit(std::move(operation));
    return Status();
  }

  Status LowerSeparable(NodeId id) {
    const Node& node = graph_.node(id);
    const NodeId depthwise_id = node.inputs[0];
    const Node& depthwise = graph_.node(depthwise_id);
    const Node& input = graph_.node(depthwise.inputs[0]);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* pointwise_kernel, Constant(node, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> pointwise_bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(depthwise, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(depthwise, depthwise.shape[3]));
    SINEW_ASSIGN_OR_RETURN(
        const ir::ResolvedWindow resolved,
        ir::ResolveWindow(depthwise.attributes, kernel->shape[0], kernel->shape[1], input.shape[1], input.shape[2]));
    Operation operation = Begin(id, StepKind::Separable);
    operation.step.multiply_adds += ir::ComputeCost(graph_, depthwise_id).multiply_adds;
    operation.step.depthwise_activation = static_cast<program::Activation>(depthwise.attributes.activation);
    *operation.step.window = WindowOf(depthwise.attributes, kernel->shape[0], kernel->shape[1], resolved);
    operation.inputs = {depthwise.inputs[0]};
    SINEW_ASSIGN_OR_RETURN(operation.seconds,
                           packer_.PackSeparable(input.shape, node.shape, kernel->floats, bias,
                                                 pointwise_kernel->floats, pointwise_bias, &operation.step));
    Emit(std::move(operation));
    return Status();
  }

  Status LowerNormalize(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* gamma, Constant(node, 1, "gamma"));
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* beta, Constant(node, 2, "beta"));
    Operation operation = Begin(id, StepKind::Normalize);
    operation.inputs = {node.inputs[0]};
    operation.step.epsilon = static_cast<float>(node.attributes.epsilon);
    operation.in_place = true;
    packer_.PackPerChannel(kNormalizeAlgorithm, gamma->floats, beta->floats, &operation.step);
    Emit(std::move(operation));
    return Status();
  }

  bool IsSumOfPictures(const Node& node) const {
    const Node& a = graph_.node(node.inputs[0]);
    const Node& b = graph_.node(node.inputs[1]);
    return a.value == nullptr && b.value == nullptr;
  }

  Status LowerSum(NodeId id) {
    const Node& node = graph_.node(id);
    for (const NodeId input : node.inputs) {
      if (graph_.node(input).shape != node.shape) {
        return Unsupported("adds pictures of different shapes {} and {}",
                           ir::ToString(graph_.node(node.inputs[0]).shape),
                           ir::ToString(graph_.node(node.inputs[1]).shape));
      }
    }
    Operation operation = Begin(id, StepKind::Add);
    operation.inputs = node.inputs;
    operation.in_place = true;
    operation.step.algorithm = kAddAlgorithm;
    Emit(std::move(operation));
    return Status();
  }

  // Everything that is x * scale + shift channel by channel, activation included.
  Status LowerScaleShift(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(ScaleShift affine, MakeScaleShift(graph_, node));
    Operation operation = Begin(id, StepKind::ScaleShift);
    operation.inputs = {affine.input};
    operation.in_place = true;
    if (node.op == OpKind::kRelu) operation.step.activation = program::Activation::Relu;
    if (node.op == OpKind::kRelu6) operation.step.activation = program::Activation::Relu6;
    packer_.PackPerChannel(kScaleShiftAlgorithm, affine.scale, affine.shift, &operation.step);
    Emit(std::move(operation));
    return Status();
  }

  Status LowerPool(NodeId id) {
    const Node& node = graph_.node(id);
    if (absorbed_[static_cast<size_t>(node.inputs[0])]) return LowerConv(node.inputs[0], id);
    const Node& input = graph_.node(node.inputs[0]);
    const auto [window_h, window_w] = node.attributes.window;
    SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow resolved,
                           ir::ResolveWindow(node.attributes, window_h, window_w, input.shape[1], input.shape[2]));
    Operation operation = Begin(id, StepKind::Pool);
    operation.inputs = {node.inputs[0]};
    *operation.step.window = WindowOf(node.attributes, window_h, window_w, resolved);
    SINEW_RETURN_IF_ERROR(ChoosePool(input.shape, node.shape, &operation.step));
    Emit(std::move(operation));
    return Status();
  }

  Status LowerResize(NodeId id) {
    const Node& node = graph_.node(id);
    Operation operation = Begin(id, StepKind::Resize);
    operation.inputs = {node.inputs[0]};
    operation.step.align_corners = node.attributes.align_corners;
    operation.step.half_pixel_centers = node.attributes.half_pixel_centers;
    operation.step.algorithm = kResizeAlgorithm;
    Emit(std::move(operation));
    return Status();
  }

  Status LowerPad(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* paddings, Constant(node, 1, "paddings"));
    const std::vector<int64_t>& p = paddings->ints;  // [rank][before, after]
    if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return Unsupported("pads the batch or the channels");
    Operation operation = Begin(id, StepKind::Copy);
    operation.inputs = {node.inputs[0]};
    *operation.step.window =
        program::Window(1, 1, 1, 1, 1, 1, static_cast<uint32_t>(p[2]), static_cast<uint32_t>(p[4]));
    operation.step.algorithm = kCopyAlgorithm;
    Emit(std::move(operation));
    return Status();
  }

  Status CheckConcat(const Node& node) const {
    if (node.attributes.axis != 3 && node.attributes.axis != -1) {
      return Unsupported("concatenates along dimension {}, only channels (3) can be", node.attributes.axis);
    }
    for (const NodeId input : node.inputs) {
      if (graph_.node(input).value != nullptr)
        return Unsupported("concatenates the constant \"{}\"", graph_.node(input).name);
    }
    return Status();
  }

  Status MakeAlias(NodeId id, int64_t offset) {
    const Node& node = graph_.node(id);
    const Node& source = graph_.node(node.inputs[0]);
    const bool slice = node.op == OpKind::kSliceChannels;
    if (!IsPicture(source) || (!slice && source.shape != node.shape)) {
      return Unsupported("{} from {} to {} changes the picture's shape", ir::OpInfoFor(node.op).name,
                         ir::ToString(source.shape), ir::ToString(node.shape));
    }
    result_.aliases[static_cast<size_t>(id)] = {node.inputs[0], offset};
    return Status();
  }

  const ir::Graph& graph_;
  WeightPacker packer_;
  std::vector<int> uses_;
  std::vector<bool> absorbed_;  // run inside another node's step
  LoweredGraph result_;
};

}  // namespace

Result<LoweredGraph> Lower(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights) {
  return Lowering(graph, options, weights).Run();
}

}  // namespace sinew::plan
