// Evaluation of the few operations that models compute sizes with.
#include "compiler/ir/known_ints.h"

#include <algorithm>

#include "compiler/ir/strided_slice.h"

namespace sinew::ir {
namespace {

using Ints = std::optional<std::vector<int64_t>>;

// Sizes are computed in a handful of steps; a longer chain is not worth following.
constexpr int kMaxDepth = 16;
constexpr size_t kMaxKnownInts = 64;

Ints Evaluate(const Graph& graph, NodeId id, int depth);

Ints Joined(const Graph& graph, const Node& node, int depth) {
  std::vector<int64_t> result;
  for (const NodeId input : node.inputs) {
    const Ints part = Evaluate(graph, input, depth);
    if (!part || result.size() + part->size() > kMaxKnownInts) return std::nullopt;
    result.insert(result.end(), part->begin(), part->end());
  }
  return result;
}

Ints Sliced(const Graph& graph, const Node& node, int depth) {
  const Ints value = Evaluate(graph, node.inputs[0], depth), begin = ConstantInts(graph, node.inputs[1]);
  const Ints end = ConstantInts(graph, node.inputs[2]), strides = ConstantInts(graph, node.inputs[3]);
  if (!value || !begin || !end || !strides || graph.node(node.inputs[0]).shape.size() != 1) return std::nullopt;
  const auto slice =
      ResolveStridedSlice(node.attributes, *begin, *end, *strides, {static_cast<int64_t>(value->size())});
  if (!slice.ok()) return std::nullopt;
  const SliceAxis& axis = slice->axes[0];
  std::vector<int64_t> result;
  for (int64_t i = 0; i < axis.count; ++i)
    result.push_back((*value)[static_cast<size_t>(axis.begin + i * axis.stride)]);
  return result;
}

// Sums, differences and products; an unknown size makes an unknown one. Nothing where one leaves the range of sizes.
Ints Computed(const Graph& graph, const Node& node, int depth) {
  constexpr int64_t kMaxSize = int64_t{1} << 31;
  const Ints a = Evaluate(graph, node.inputs[0], depth), b = Evaluate(graph, node.inputs[1], depth);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  const size_t size = std::max(a->size(), b->size());
  if ((a->size() != size && a->size() != 1) || (b->size() != size && b->size() != 1)) return std::nullopt;
  std::vector<int64_t> result;
  for (size_t i = 0; i < size; ++i) {
    const int64_t x = (*a)[a->size() == 1 ? 0 : i], y = (*b)[b->size() == 1 ? 0 : i];
    if (x < kUnknown || y < kUnknown || x > kMaxSize || y > kMaxSize) return std::nullopt;
    if (x == kUnknown || y == kUnknown) {
      result.push_back(kUnknown);
      continue;
    }
    const int64_t value = node.op == OpKind::kAdd ? x + y : node.op == OpKind::kSub ? x - y : x * y;
    if (value < 0 || value > kMaxSize) return std::nullopt;
    result.push_back(value);
  }
  return result;
}

Ints Evaluate(const Graph& graph, NodeId id, int depth) {
  const Node& node = graph.node(id);
  if (depth == 0 || node.dtype != DType::kInt32 || node.shape.size() > 1) return std::nullopt;
  switch (node.op) {
    case OpKind::kConst:
      return node.value->ints.size() <= kMaxKnownInts ? Ints(node.value->ints) : std::nullopt;
    case OpKind::kShape:
      return graph.node(node.inputs[0]).shape;
    case OpKind::kCast:
    case OpKind::kIdentity:
      return Evaluate(graph, node.inputs[0], depth - 1);
    case OpKind::kPack:
    case OpKind::kConcat:
      return Joined(graph, node, depth - 1);
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
      return Computed(graph, node, depth - 1);
    case OpKind::kStridedSlice:
      return Sliced(graph, node, depth - 1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<int64_t>> ConstantInts(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.op != OpKind::kConst || node.dtype != DType::kInt32) return std::nullopt;
  return node.value->ints;
}

std::optional<std::vector<int64_t>> KnownInts(const Graph& graph, NodeId id) { return Evaluate(graph, id, kMaxDepth); }

}  // namespace sinew::ir
