// Lowering, one function an IR operation.
#include "compiler/plan/lower.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "compiler/ir/affine.h"
#include "compiler/plan/choose.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/fuse.h"
#include "compiler/plan/weights.h"

namespace sinew::plan {
namespace {

using ir::Node;
using ir::NodeId;
using ir::OpKind;

class Lowering {
 public:
  Lowering(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights)
      : graph_(graph),
        chooser_(options),
        packer_(*options.backend, chooser_, options.means, weights),
        uses_(graph.UseCounts()),
        fusions_(DecideFusions(graph, chooser_)) {
    result_.aliases.resize(uses_.size());
  }

  Result<LoweredGraph> Run() {
    std::string problems;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (fusions_.IsAbsorbed(id) || uses_[static_cast<size_t>(id)] == 0) continue;
      if (Status status = LowerNode(id); !status.ok()) {
        if (status.code() != StatusCode::kUnsupported) return status;
        problems += fmt::format("\n  node \"{}\": {}", graph_.node(id).name, status.message());
      }
    }
    if (!problems.empty()) return Unsupported("the runtime cannot run these nodes:{}", problems);
    return std::move(result_);
  }

 private:
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
        return LowerConv(id, -1);
      case OpKind::kDepthwiseConv2d:
        return LowerDepthwise(id);
      case OpKind::kBatchNorm:
        return node.inputs.size() == 3 ? LowerNormalize(id) : LowerScaleShift(id);
      case OpKind::kAdd:
        if (!IsOfTwoPictures(node)) return LowerScaleShift(id);
        return HaveShape(node.inputs, node.shape) ? LowerSum(id) : LowerCombine(id);
      case OpKind::kSub:
      case OpKind::kMul:
      case OpKind::kDiv:
        return IsOfTwoPictures(node) ? LowerCombine(id) : LowerScaleShift(id);
      case OpKind::kRelu:
      case OpKind::kRelu6:
      case OpKind::kScaleShift:
        return LowerScaleShift(id);
      case OpKind::kPrelu:
        return LowerPrelu(id);
      case OpKind::kMaxPool:
        return LowerPool(id);
      case OpKind::kMap:
        return LowerMap(id);
      case OpKind::kAveragePool:
      case OpKind::kSpatialMean:
        return LowerAveragePool(id);
      case OpKind::kResizeNearest:
        return LowerResizeNearest(id);
      case OpKind::kDepthToSpace:
        return LowerDepthToSpace(id);
      case OpKind::kSoftmax:
        return EmitWithoutWeights(id, {node.inputs[0]}, program::SoftmaxStepT(), /*in_place=*/true);
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

  // Adds the step of `node` to the result: it reads `inputs`, and takes `seconds`.
  void Emit(NodeId node, std::vector<NodeId> inputs, program::StepT step, double seconds, bool in_place = false) {
    result_.operations.push_back(
        {.node = node, .inputs = std::move(inputs), .step = std::move(step), .seconds = seconds, .in_place = in_place});
  }

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

  // `pool` is the pooling that is fused with it; -1: none.
  Status LowerConv(NodeId id, NodeId pool) {
    const Node& node = graph_.node(id);
    const NodeId producer = node.inputs[0];
    if (fusions_.IsAbsorbed(producer)) {
      return graph_.node(producer).op == OpKind::kConv2d ? LowerPair(producer, id, pool) : LowerSeparable(producer, id);
    }
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(node, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(std::vector<float> bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribeConv(graph_, id, pool));
    SINEW_ASSIGN_OR_RETURN(const WeightPacker::Packed packed, packer_.ChooseAndPack(&step, kernel->floats));
    packer_.CorrectBias(graph_, producer, step, packed, kernel->floats, &bias);
    program::ConvStepT& what = *step.what.AsConv();
    what.weights = packed.blob;
    what.bias = packer_.AddPerChannel(bias);
    Emit(pool < 0 ? id : pool, {producer}, std::move(step), packed.seconds);
    return Status();
  }

  Status LowerPair(NodeId first_id, NodeId id, NodeId pool) {
    const Node &first = graph_.node(first_id), &node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(node, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* first_kernel, Constant(first, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> first_bias, Bias(first, first.shape[3]));
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribePair(graph_, first_id, id, pool));
    SINEW_ASSIGN_OR_RETURN(const WeightPacker::Packed packed,
                           packer_.ChooseAndPack(&step, Joined(first_kernel->floats, kernel->floats)));
    program::ConvPairStepT& what = *step.what.AsConvPair();
    what.weights = packed.blob;
    what.first_bias = packer_.AddPerChannel(first_bias);
    what.bias = packer_.AddPerChannel(bias);
    Emit(pool < 0 ? id : pool, {first.inputs[0]}, std::move(step), packed.seconds);
    return Status();
  }

  Status LowerDepthwise(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(node, 1, "kernel"));
    if (kernel->shape[3] != 1) return Unsupported("channel multiplier {}, only 1 can be run", kernel->shape[3]);
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribeDepthwise(graph_, id));
    SINEW_ASSIGN_OR_RETURN(const WeightPacker::Packed packed, packer_.ChooseAndPack(&step, kernel->floats));
    program::DepthwiseStepT& what = *step.what.AsDepthwise();
    what.weights = packed.blob;
    what.bias = packer_.AddPerChannel(bias);
    Emit(id, {node.inputs[0]}, std::move(step), packed.seconds);
    return Status();
  }

  Status LowerSeparable(NodeId depthwise_id, NodeId id) {
    const Node &depthwise = graph_.node(depthwise_id), &node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* pointwise_kernel, Constant(node, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(std::vector<float> pointwise_bias, Bias(node, node.shape[3]));
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* kernel, Constant(depthwise, 1, "kernel"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> bias, Bias(depthwise, depthwise.shape[3]));
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribeSeparable(graph_, depthwise_id, id));
    SINEW_ASSIGN_OR_RETURN(const WeightPacker::Packed packed,
                           packer_.ChooseAndPack(&step, Joined(kernel->floats, pointwise_kernel->floats)));
    packer_.CorrectBias(graph_, depthwise_id, step, packed, pointwise_kernel->floats, &pointwise_bias);
    program::SeparableStepT& what = *step.what.AsSeparable();
    what.weights = packed.blob;
    what.depthwise_bias = packer_.AddPerChannel(bias);
    what.bias = packer_.AddPerChannel(pointwise_bias);
    Emit(id, {depthwise.inputs[0]}, std::move(step), packed.seconds);
    return Status();
  }

  static std::vector<float> Joined(const std::vector<float>& first, const std::vector<float>& second) {
    std::vector<float> both = first;
    both.insert(both.end(), second.begin(), second.end());
    return both;
  }

  // Steps without weights: described, chosen, emitted.
  template <class What>
  Status EmitWithoutWeights(NodeId id, std::vector<NodeId> inputs, What what, bool in_place = false) {
    program::StepT step = DescribeNode(graph_, id, inputs);
    step.what.Set(std::move(what));
    SINEW_ASSIGN_OR_RETURN(const double seconds, packer_.Choose(&step));
    Emit(id, std::move(inputs), std::move(step), seconds, in_place);
    return Status();
  }

  Status LowerNormalize(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* gamma, Constant(node, 1, "gamma"));
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* beta, Constant(node, 2, "beta"));
    program::NormalizeStepT what;
    what.epsilon = static_cast<float>(node.attributes.epsilon);
    what.activation = ToProgram(node.attributes.activation);
    what.gamma = packer_.AddPerChannel(gamma->floats);
    what.beta = packer_.AddPerChannel(beta->floats);
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what), /*in_place=*/true);
  }

  bool IsOfTwoPictures(const Node& node) const {
    const Node& a = graph_.node(node.inputs[0]);
    const Node& b = graph_.node(node.inputs[1]);
    return a.value == nullptr && b.value == nullptr;
  }

  Status LowerSum(NodeId id) {
    const Node& node = graph_.node(id);
    program::AddStepT what;
    what.activation = ToProgram(node.attributes.activation);
    return EmitWithoutWeights(id, node.inputs, std::move(what), /*in_place=*/true);
  }

  bool HaveShape(const std::vector<NodeId>& inputs, const ir::Shape& shape) const {
    return std::ranges::all_of(inputs, [&](NodeId input) { return graph_.node(input).shape == shape; });
  }

  static program::Operation ToOperation(OpKind op) {
    switch (op) {
      case OpKind::kSub:
        return program::Operation::Subtract;
      case OpKind::kMul:
        return program::Operation::Multiply;
      case OpKind::kDiv:
        return program::Operation::Divide;
      default:
        return program::Operation::Add;
    }
  }

  Status LowerCombine(NodeId id) {
    const Node& node = graph_.node(id);
    for (const NodeId input : node.inputs) {
      if (!IsPicture(graph_.node(input)))
        return Unsupported("{} of {}, only pictures can be combined", ir::OpInfoFor(node.op).name,
                           ir::ToString(graph_.node(input).shape));
    }
    program::CombineStepT what;
    what.operation = ToOperation(node.op);
    what.activation = ToProgram(node.attributes.activation);
    return EmitWithoutWeights(id, node.inputs, std::move(what), HaveShape(node.inputs, node.shape));
  }

  Status LowerMap(NodeId id) {
    const Node& node = graph_.node(id);
    program::MapStepT what;
    what.function = static_cast<program::Function>(node.attributes.function);
    what.alpha = static_cast<float>(node.attributes.alpha);
    what.beta = static_cast<float>(node.attributes.beta);
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what), /*in_place=*/true);
  }

  Status LowerAveragePool(NodeId id) {
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribeAveragePool(graph_, id));
    SINEW_ASSIGN_OR_RETURN(const double seconds, packer_.Choose(&step));
    Emit(id, {graph_.node(id).inputs[0]}, std::move(step), seconds);
    return Status();
  }

  Status LowerResizeNearest(NodeId id) {
    const Node& node = graph_.node(id);
    program::ResizeNearestStepT what;
    what.align_corners = node.attributes.align_corners;
    what.half_pixel_centers = node.attributes.half_pixel_centers;
    what.rounding = static_cast<program::Rounding>(node.attributes.rounding);
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what));
  }

  Status LowerDepthToSpace(NodeId id) {
    const Node& node = graph_.node(id);
    program::DepthToSpaceStepT what;
    what.block = static_cast<uint32_t>(node.attributes.block);
    what.pixels_innermost = node.attributes.pixels_innermost;
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what));
  }

  // Everything that is x * scale + shift channel by channel, activation included.
  Status LowerScaleShift(NodeId id) {
    const Node& node = graph_.node(id);
    const bool is_relu = node.op == OpKind::kRelu || node.op == OpKind::kRelu6;
    Result<ir::Affine> affine = is_relu ? Activate(node) : ir::MakeAffine(graph_, node);
    if (!affine.ok()) return affine.status();
    program::ScaleShiftStepT what;
    what.activation = ToProgram(affine->activation);
    what.scale = packer_.AddPerChannel(ToFloats(affine->scale));
    what.shift = packer_.AddPerChannel(ToFloats(affine->shift));
    return EmitWithoutWeights(id, {affine->input}, std::move(what), /*in_place=*/true);
  }

  Status LowerPrelu(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* slope, Constant(node, 1, "slope"));
    program::PreluStepT what;
    what.slope = packer_.AddPerChannel(slope->floats);
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what), /*in_place=*/true);
  }

  // A ReLU of its own, as a scale by one.
  static ir::Affine Activate(const Node& node) {
    const size_t channels = static_cast<size_t>(node.shape[3]);
    return {.input = node.inputs[0],
            .scale = std::vector<double>(channels, 1.0),
            .shift = std::vector<double>(channels, 0.0),
            .activation = node.op == OpKind::kRelu ? ir::Activation::kRelu : ir::Activation::kRelu6};
  }

  static std::vector<float> ToFloats(const std::vector<double>& values) {
    return std::vector<float>(values.begin(), values.end());
  }

  Status LowerPool(NodeId id) {
    const NodeId producer = graph_.node(id).inputs[0];
    if (fusions_.IsAbsorbed(producer)) return LowerConv(producer, id);
    SINEW_ASSIGN_OR_RETURN(program::StepT step, DescribePool(graph_, id));
    SINEW_ASSIGN_OR_RETURN(const double seconds, packer_.Choose(&step));
    Emit(id, {producer}, std::move(step), seconds);
    return Status();
  }

  Status LowerResize(NodeId id) {
    const Node& node = graph_.node(id);
    program::ResizeStepT what;
    what.align_corners = node.attributes.align_corners;
    what.half_pixel_centers = node.attributes.half_pixel_centers;
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what));
  }

  Status LowerPad(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(const ir::Tensor* paddings, Constant(node, 1, "paddings"));
    const std::vector<int64_t>& p = paddings->ints;  // [rank][before, after]
    if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return Unsupported("pads the batch or the channels");
    program::CopyStepT what;
    what.top = static_cast<uint32_t>(p[2]);
    what.left = static_cast<uint32_t>(p[4]);
    return EmitWithoutWeights(id, {node.inputs[0]}, std::move(what));
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
  Chooser chooser_;
  WeightPacker packer_;
  std::vector<int> uses_;
  Fusions fusions_;
  LoweredGraph result_;
};

}  // namespace

Result<LoweredGraph> Lower(const ir::Graph& graph, const PlanOptions& options, PackedWeights* weights) {
  return Lowering(graph, options, weights).Run();
}

}  // namespace sinew::plan
