// IR to cuda::Network, one function an operation.
#include "device/network_of_graph.h"

#include <utility>

#include "base/error.h"
#include "compiler/import/import.h"
#include "compiler/passes/pipeline.h"
#include "compiler/plan/weights.h"

namespace sinew {
namespace {

using ir::Node;
using ir::NodeId;
using ir::OpKind;

class Translator {
 public:
  explicit Translator(const ir::Graph& graph) : graph_(graph), network_(std::make_shared<cuda::Network>()), values_(static_cast<size_t>(graph.size()), -1) {}

  Result<std::shared_ptr<const cuda::Network>> Run() {
    const std::vector<int> uses = graph_.UseCounts();
    std::string problems;
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const Node& node = graph_.node(id);
      if (node.op == OpKind::kConst || uses[static_cast<size_t>(id)] == 0) continue;
      if (Status status = Translate(id); !status.ok()) problems += fmt::format("\n  node \"{}\": {}", node.name, status.message());
    }
    if (!problems.empty()) return Unsupported("the CUDA backend cannot run these nodes:{}", problems);
    for (const ir::Output& output : graph_.outputs()) network_->outputs.push_back({output.name, Value(output.node)});
    network_->owner = owned_;
    SINEW_RETURN_IF_ERROR(network_->Check());
    return std::shared_ptr<const cuda::Network>(network_);
  }

 private:
  struct Owned {
    std::vector<std::shared_ptr<const ir::Tensor>> tensors;
    std::vector<std::unique_ptr<std::vector<float>>> vectors;
  };

  cuda::ValueId Value(NodeId id) const { return values_[static_cast<size_t>(id)]; }
  static cuda::Shape ShapeOf(const Node& node) {
    return {static_cast<int>(node.shape[1]), static_cast<int>(node.shape[2]), static_cast<int>(node.shape[3])};
  }
  static bool IsPicture(const Node& node) {
    return node.dtype == ir::DType::kFloat32 && node.shape.size() == 4 && ir::IsFullyKnown(node.shape) && node.shape[0] == 1;
  }

  cuda::Floats Keep(std::vector<float> values) {
    owned_->vectors.push_back(std::make_unique<std::vector<float>>(std::move(values)));
    return *owned_->vectors.back();
  }
  Result<cuda::Floats> Constant(const Node& node, size_t input) {
    const Node& source = graph_.node(node.inputs[input]);
    if (source.value == nullptr) return Unsupported("its input \"{}\" must be a constant", source.name);
    owned_->tensors.push_back(source.value);
    return cuda::Floats(source.value->floats);
  }
  Result<cuda::Floats> Bias(const Node& node) {
    if (node.inputs.size() < 3) return Keep(std::vector<float>(static_cast<size_t>(node.shape[3]), 0.0f));
    return Constant(node, 2);
  }

  static Result<cuda::Window> WindowOf(const Node& node, int64_t kernel_h, int64_t kernel_w, const Node& input) {
    const ir::Attributes& a = node.attributes;
    SINEW_ASSIGN_OR_RETURN(const ir::ResolvedWindow w, ir::ResolveWindow(a, kernel_h, kernel_w, input.shape[1], input.shape[2]));
    return cuda::Window{static_cast<int>(kernel_h),       static_cast<int>(kernel_w),       static_cast<int>(a.strides[0]), static_cast<int>(a.strides[1]),
                        static_cast<int>(a.dilations[0]), static_cast<int>(a.dilations[1]), static_cast<int>(w.pad_top),    static_cast<int>(w.pad_left)};
  }

  void Append(NodeId id, cuda::What what, std::vector<cuda::ValueId> inputs) {
    const Node& node = graph_.node(id);
    values_[static_cast<size_t>(id)] = network_->Append(node.name, std::move(what), std::move(inputs), ShapeOf(node));
  }

  Status Translate(NodeId id) {
    const Node& node = graph_.node(id);
    if (!IsPicture(node)) return Unsupported("computes {}, only 1xHxWxC float pictures can be run", ir::ToString(node.shape));
    const cuda::Activation activation = static_cast<cuda::Activation>(node.attributes.activation);
    const Node& input = node.inputs.empty() ? node : graph_.node(node.inputs[0]);
    switch (node.op) {
      case OpKind::kInput:
        network_->values.push_back(ShapeOf(node));
        values_[static_cast<size_t>(id)] = 0;
        return Status();
      case OpKind::kConv2d: {
        const ir::Shape& kernel = graph_.node(node.inputs[1]).shape;
        cuda::Conv conv{.activation = activation};
        SINEW_ASSIGN_OR_RETURN(conv.window, WindowOf(node, kernel[0], kernel[1], input));
        SINEW_ASSIGN_OR_RETURN(conv.kernel, Constant(node, 1));
        SINEW_ASSIGN_OR_RETURN(conv.bias, Bias(node));
        Append(id, conv, {Value(node.inputs[0])});
        return Status();
      }
      case OpKind::kDepthwiseConv2d: {
        const ir::Shape& kernel = graph_.node(node.inputs[1]).shape;
        if (kernel[3] != 1) return Unsupported("channel multiplier {}, only 1 can be run", kernel[3]);
        cuda::Depthwise depthwise{.activation = activation};
        SINEW_ASSIGN_OR_RETURN(depthwise.window, WindowOf(node, kernel[0], kernel[1], input));
        SINEW_ASSIGN_OR_RETURN(depthwise.kernel, Constant(node, 1));
        SINEW_ASSIGN_OR_RETURN(depthwise.bias, Bias(node));
        Append(id, depthwise, {Value(node.inputs[0])});
        return Status();
      }
      case OpKind::kBatchNorm:
        if (node.inputs.size() == 3) {
          cuda::Normalize normalize{.epsilon = static_cast<float>(node.attributes.epsilon), .activation = activation};
          SINEW_ASSIGN_OR_RETURN(normalize.gamma, Constant(node, 1));
          SINEW_ASSIGN_OR_RETURN(normalize.beta, Constant(node, 2));
          Append(id, normalize, {Value(node.inputs[0])});
          return Status();
        }
        return TranslateScaleShift(id);
      case OpKind::kAdd:
        if (graph_.node(node.inputs[0]).value == nullptr && graph_.node(node.inputs[1]).value == nullptr) {
          Append(id, cuda::Add{activation}, {Value(node.inputs[0]), Value(node.inputs[1])});
          return Status();
        }
        return TranslateScaleShift(id);
      case OpKind::kSub:
      case OpKind::kMul:
      case OpKind::kDiv:
      case OpKind::kRelu:
      case OpKind::kRelu6:
      case OpKind::kScaleShift: return TranslateScaleShift(id);
      case OpKind::kMaxPool: {
        cuda::Pool pool;
        SINEW_ASSIGN_OR_RETURN(pool.window, WindowOf(node, node.attributes.window[0], node.attributes.window[1], input));
        Append(id, pool, {Value(node.inputs[0])});
        return Status();
      }
      case OpKind::kResizeBilinear:
        Append(id, cuda::Resize{node.attributes.align_corners, node.attributes.half_pixel_centers}, {Value(node.inputs[0])});
        return Status();
      case OpKind::kPad: {
        const Node& paddings = graph_.node(node.inputs[1]);
        if (paddings.value == nullptr) return Unsupported("its paddings must be constants");
        const std::vector<int64_t>& p = paddings.value->ints;
        if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return Unsupported("pads the batch or the channels");
        Append(id, cuda::Pad{static_cast<int>(p[2]), static_cast<int>(p[4])}, {Value(node.inputs[0])});
        return Status();
      }
      case OpKind::kConcat: {
        if (node.attributes.axis != 3 && node.attributes.axis != -1) return Unsupported("concatenates along dimension {}", node.attributes.axis);
        std::vector<cuda::ValueId> inputs;
        for (const NodeId part : node.inputs) {
          if (graph_.node(part).value != nullptr) return Unsupported("concatenates a constant");
          inputs.push_back(Value(part));
        }
        Append(id, cuda::Concat{}, std::move(inputs));
        return Status();
      }
      case OpKind::kSliceChannels: Append(id, cuda::Slice{static_cast<int>(node.attributes.offset)}, {Value(node.inputs[0])}); return Status();
      case OpKind::kIdentity:
      case OpKind::kCast:
      case OpKind::kReshape:
      case OpKind::kSqueeze:
        if (input.shape != node.shape) return Unsupported("changes the picture's shape");
        values_[static_cast<size_t>(id)] = Value(node.inputs[0]);
        return Status();
      default: return Unsupported("no kernel does {} on pictures", ir::InfoOf(node.op).name);
    }
  }

  Status TranslateScaleShift(NodeId id) {
    const Node& node = graph_.node(id);
    SINEW_ASSIGN_OR_RETURN(plan::ScaleShift affine, plan::ScaleShiftOf(graph_, node));
    cuda::ScaleShift what{.activation = static_cast<cuda::Activation>(node.attributes.activation)};
    if (node.op == OpKind::kRelu) what.activation = cuda::Activation::kRelu;
    if (node.op == OpKind::kRelu6) what.activation = cuda::Activation::kRelu6;
    what.scale = Keep(std::move(affine.scale));
    what.shift = Keep(std::move(affine.shift));
    Append(id, what, {Value(affine.input)});
    return Status();
  }

  const ir::Graph& graph_;
  std::shared_ptr<cuda::Network> network_;
  std::shared_ptr<Owned> owned_ = std::make_shared<Owned>();
  std::vector<cuda::ValueId> values_;
};

}  // namespace

Result<std::shared_ptr<const cuda::Network>> NetworkOfGraph(const ir::Graph& graph) { return Translator(graph).Run(); }

Result<std::shared_ptr<const cuda::Network>> NetworkOfModel(const std::filesystem::path& model, Resolution resolution,
                                                           const std::vector<std::string>& outputs) {
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported, import::ImportModel(model, {.outputs = outputs}));
  SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(imported.graph, 1, resolution.height, resolution.width));
  SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, passes::RunPipeline(bound));
  return NetworkOfGraph(rewritten.graph);
}

}  // namespace sinew
