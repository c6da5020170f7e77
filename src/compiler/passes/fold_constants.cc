// Folding operations on constants.
#include "compiler/passes/fold_constants.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/checked_math.h"
#include "base/error.h"
#include "compiler/passes/rewriter.h"
#include "compiler/reference/executor.h"

namespace sinew::passes {
namespace {

using ir::OpKind;

// A result up to this many elements may be larger than what it is made of: biases and sizes, spread by broadcasting.
constexpr int64_t kSmallResult = int64_t{1} << 16;
// Elements read and written by all folds together: four visits of every constant of the model, and 64 MiB of floats so
// that a small model is not held up by its size.
constexpr int64_t kVisitsPerConstant = 4;
constexpr int64_t kBaseVisits = int64_t{1} << 24;

int64_t ElementCount(const ir::Tensor& tensor) {
  return static_cast<int64_t>(tensor.floats.size() + tensor.ints.size());
}

int64_t VisitBudget(const ir::Graph& graph) {
  int64_t total = 0;
  for (const ir::Node& node : graph.nodes()) {
    if (node.value != nullptr) total += ElementCount(*node.value);
  }
  return total * kVisitsPerConstant + kBaseVisits;
}

// Elements that executing `node` reads and writes; nothing where the result would be too large or its size is unknown.
std::optional<int64_t> VisitCount(const ir::Graph& graph, const ir::Node& node, const ir::TypedShape& type) {
  if (!ir::IsFullyKnown(type.shape)) return std::nullopt;
  const Result<int64_t> count = ir::ElementCount(type.shape);
  if (!count.ok()) return std::nullopt;
  int64_t read = 0;
  for (const ir::NodeId input : node.inputs) read += ElementCount(*graph.node(input).value);
  if (*count > std::max(read, kSmallResult)) return std::nullopt;
  std::optional<int64_t> per_result = 1;
  if (node.op == OpKind::kMaxPool || node.op == OpKind::kAveragePool)
    per_result = CheckedMul(node.attributes.window[0], node.attributes.window[1]);
  if (node.op == OpKind::kConv2d || node.op == OpKind::kDepthwiseConv2d) {
    per_result = ElementCount(*graph.node(node.inputs[1]).value);
  }
  if (!per_result) return std::nullopt;
  const std::optional<int64_t> written = CheckedMul(*count, *per_result);
  return written ? CheckedAdd(read, *written) : std::nullopt;
}

// Nothing where a value does not survive rounding to the element type.
std::optional<ir::Tensor> ToTensor(const reference::Array& array, ir::DType dtype) {
  if (dtype == ir::DType::kFloat32) {
    std::vector<float> floats;
    floats.reserve(array.values.size());
    for (const double value : array.values) {
      floats.push_back(static_cast<float>(value));
      if (std::isfinite(value) && !std::isfinite(floats.back())) return std::nullopt;
    }
    return ir::Tensor::Floats(array.shape, std::move(floats));
  }
  constexpr double kMaxExact = 9007199254740992.0;  // 2^53: doubles count no further one by one
  std::vector<int64_t> ints;
  ints.reserve(array.values.size());
  for (const double value : array.values) {
    if (!(std::abs(value) <= kMaxExact) || value != std::trunc(value)) return std::nullopt;
    ints.push_back(static_cast<int64_t>(value));
  }
  return ir::Tensor::Ints(array.shape, std::move(ints));
}

// The constant that `node` (inputs of `graph`) computes, if it does; takes what that costs off the budget.
Result<std::optional<ir::Tensor>> Fold(const ir::Graph& graph, const ir::Node& node, int64_t& budget) {
  if (node.op == OpKind::kShape) {
    const ir::Shape& shape = graph.node(node.inputs[0]).shape;
    if (!ir::IsFullyKnown(shape)) return std::optional<ir::Tensor>();
    return std::optional(ir::Tensor::Ints({static_cast<int64_t>(shape.size())}, shape));
  }
  const bool all_constant = std::all_of(node.inputs.begin(), node.inputs.end(),
                                        [&](ir::NodeId input) { return graph.node(input).op == OpKind::kConst; });
  if (node.inputs.empty() || !all_constant) return std::optional<ir::Tensor>();
  SINEW_ASSIGN_OR_RETURN(const ir::TypedShape type, ir::InferShape(graph, node));
  const std::optional<int64_t> visits = VisitCount(graph, node, type);
  if (!visits || *visits > budget) return std::optional<ir::Tensor>();
  budget -= *visits;

  std::vector<reference::Array> inputs;
  inputs.reserve(node.inputs.size());
  for (const ir::NodeId input : node.inputs) inputs.push_back(reference::FromTensor(*graph.node(input).value));
  std::vector<const reference::Array*> pointers;
  for (const reference::Array& input : inputs) pointers.push_back(&input);
  SINEW_ASSIGN_OR_RETURN(const reference::Array result, reference::ExecuteNode(node, pointers));
  return ToTensor(result, type.dtype);
}

}  // namespace

Result<ir::Graph> FoldConstants(const ir::Graph& graph, int* changes) {
  int64_t budget = VisitBudget(graph);
  return RewriteNodes(graph, changes, [&](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node node = rewriter.Copy(id);
    if (node.op == OpKind::kIdentity && rewriter.graph().node(node.inputs[0]).op == OpKind::kConst) {
      rewriter.Redirect(id, node.inputs[0]);  // without copying what may be the whole model
      return true;
    }
    SINEW_ASSIGN_OR_RETURN(std::optional<ir::Tensor> value, Fold(rewriter.graph(), node, budget));
    if (!value) return false;
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId constant, rewriter.EmitConst(node.name, std::move(*value)));
    rewriter.Redirect(id, constant);
    return true;
  });
}

}  // namespace sinew::passes
