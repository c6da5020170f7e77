// Placeholders: finding the one that matters and completing its shape.
#include "compiler/import/tensorflow/input_choice.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::import {
namespace {

constexpr int64_t kColours = 3;
constexpr int64_t kMaxExtent = 1 << 20;

// Operations that leave the channels of their first input (or, for arithmetic, of either) as they are.
constexpr std::string_view kKeepsChannels[] = {"Add",      "AddV2", "BiasAdd",      "Cast",  "CheckNumerics",
                                               "Identity", "Mul",   "Pad",          "PadV2", "PreventGradient",
                                               "RealDiv",  "Relu",  "StopGradient", "Sub"};
constexpr std::string_view kConvolutions[] = {"Conv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative",
                                              "_FusedConv2D", "_FusedDepthwiseConv2dNative"};

template <size_t N>
bool Contains(const std::string_view (&list)[N], std::string_view op) {
  return std::ranges::find(list, op) != std::end(list);
}

const TfNode& At(const TfModel& model, int node) { return model.nodes[static_cast<size_t>(node)]; }

template <class T>
const T* FindAttribute(const TfNode& node, std::string_view name) {
  const auto found = node.attrs.find(name);
  return found == node.attrs.end() ? nullptr : std::get_if<T>(&found->second);
}

// Follows the Identity nodes that freezing leaves behind to the constant that a kernel comes from; null where it is
// computed.
const TfTensor* ConstantBehind(const TfModel& model, const TfTopology& topology, const TfInput& input) {
  constexpr int kMaxHops = 16;
  int node = topology.Find(input.name);
  for (int hop = 0; hop < kMaxHops && node >= 0; ++hop) {
    const TfNode& source = At(model, node);
    if (source.op == "Const") return FindAttribute<TfTensor>(source, "value");
    if (source.op != "Identity" || source.inputs.empty() || source.inputs[0].control) return nullptr;
    node = topology.Find(source.inputs[0].name);
  }
  return nullptr;
}

// `order` is topological and free of cycles, so one sweep finds every node whose channels are the picture's.
int64_t ChannelsTaken(const TfModel& model, const TfTopology& topology, const std::vector<int>& order, int picture) {
  std::vector<bool> same(model.nodes.size(), false);
  same[static_cast<size_t>(picture)] = true;
  const auto is_same = [&](const TfInput& input) {
    const int source = input.control ? -1 : topology.Find(input.name);
    return source >= 0 && same[static_cast<size_t>(source)];
  };
  for (const int id : order) {
    const TfNode& node = At(model, id);
    if (Contains(kKeepsChannels, node.op)) {
      if (std::ranges::any_of(node.inputs, is_same)) same[static_cast<size_t>(id)] = true;
    } else if (Contains(kConvolutions, node.op) && node.inputs.size() >= 2 && is_same(node.inputs[0])) {
      const TfTensor* kernel = ConstantBehind(model, topology, node.inputs[1]);
      if (kernel && kernel->shape.size() == 4 && kernel->shape[2] > 0) return kernel->shape[2];
    }
  }
  return kColours;
}

bool MayBePicture(const TfNode& node) {
  const TfShape* shape = FindAttribute<TfShape>(node, "shape");
  return !shape || shape->dims.empty() || shape->dims.size() == 4;
}

Result<int> ChoosePlaceholder(const TfModel& model, const std::vector<int>& order) {
  std::vector<int> plain, with_default;
  for (const int id : order) {
    if (At(model, id).op == "Placeholder") plain.push_back(id);
    if (At(model, id).op == "PlaceholderWithDefault" && MayBePicture(At(model, id))) with_default.push_back(id);
  }
  const std::vector<int>& candidates = plain.empty() ? with_default : plain;
  if (candidates.size() == 1) return candidates[0];
  if (candidates.empty()) {
    return Unsupported("the outputs depend on no Placeholder: there is nothing to feed a picture to");
  }
  std::string names;
  for (const int id : candidates) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", At(model, id).name);
  return Unsupported(
      "{} inputs ({}); a network may have one. Freeze the others (is_training, keep_prob ...) to constants",
      candidates.size(), names);
}

Status CheckType(const TfNode& node) {
  const TfType* type = FindAttribute<TfType>(node, "dtype");
  // Pictures of whole numbers are fed as floats of the same values; the Cast that follows them is then nothing.
  if (!type || *type == TfType::kFloat || *type == TfType::kDouble || *type == TfType::kUint8 ||
      *type == TfType::kInt32) {
    return {};
  }
  return Unsupported("input \"{}\" is {}; a picture is DT_FLOAT, DT_UINT8 or DT_INT32", node.name, TfTypeName(*type));
}

}  // namespace

Result<InputChoice> ChooseInput(const TfModel& model, const TfTopology& topology, const std::vector<int>& order) {
  InputChoice choice;
  SINEW_ASSIGN_OR_RETURN(choice.node, ChoosePlaceholder(model, order));
  const TfNode& node = At(model, choice.node);
  SINEW_RETURN_IF_ERROR(CheckType(node));
  const TfShape* shape = FindAttribute<TfShape>(node, "shape");
  // Old writers leave the shape empty when they mean an unknown one.
  choice.shape = shape && !shape->unknown_rank && !shape->dims.empty() ? shape->dims : ir::Shape(4, ir::kUnknown);
  if (choice.shape.size() != 4) {
    return Unsupported("input \"{}\" has the shape {}; a picture has [batch,height,width,channels]", node.name,
                       ir::ToString(choice.shape));
  }
  for (const int64_t extent : choice.shape) {
    if (extent != ir::kUnknown && (extent < 1 || extent > kMaxExtent)) {
      return Corrupt("input \"{}\" has a dimension of {}", node.name, extent);
    }
  }
  if (choice.shape[3] == ir::kUnknown) choice.shape[3] = ChannelsTaken(model, topology, order, choice.node);
  return choice;
}

}  // namespace sinew::import
