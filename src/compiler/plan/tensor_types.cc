// Groups of values of one type, and what each step asks of its own.
#include "compiler/plan/tensor_types.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace sinew::plan {
namespace {

using ir::NodeId;
using kernels::Storage;

// Values in groups, each of which is f32 or may be bf16.
class Groups {
 public:
  explicit Groups(int values) : parents_(static_cast<size_t>(values)), is_f32_(static_cast<size_t>(values), false) {
    std::iota(parents_.begin(), parents_.end(), 0);
  }

  void Join(NodeId a, NodeId b) {
    const size_t first = Find(a), second = Find(b);
    parents_[second] = static_cast<NodeId>(first);
    is_f32_[first] = is_f32_[first] || is_f32_[second];
  }
  void MakeF32(NodeId value) { is_f32_[Find(value)] = true; }
  bool IsF32(NodeId value) { return is_f32_[Find(value)]; }

 private:
  size_t Find(NodeId value) {
    size_t at = static_cast<size_t>(value);
    while (parents_[at] != static_cast<NodeId>(at)) {
      parents_[at] = parents_[static_cast<size_t>(parents_[at])];
      at = static_cast<size_t>(parents_[at]);
    }
    return at;
  }

  std::vector<NodeId> parents_;
  std::vector<bool> is_f32_;
};

Storage StorageOf(const program::StepT& step, const PlanOptions& options) {
  const Result<std::vector<backends::Algorithm>> algorithms = options.backend->AlgorithmsFor(step, options.target);
  SINEW_CHECK(algorithms.ok());
  const auto it = std::ranges::find(*algorithms, step.algorithm, &backends::Algorithm::name);
  SINEW_CHECK(it != algorithms->end());
  return it->storage;
}

}  // namespace

std::vector<program::DataType> ChooseTensorTypes(const ir::Graph& graph, const LoweredGraph& lowered,
                                                 const PlanOptions& options) {
  Groups groups(graph.size());
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Alias& alias = lowered.aliases[static_cast<size_t>(id)];
    if (alias.source >= 0) groups.Join(alias.source, id);
    if (graph.node(id).op != ir::OpKind::kConcat) continue;
    for (const NodeId input : graph.node(id).inputs) groups.Join(input, id);
  }
  if (graph.input() >= 0) groups.MakeF32(graph.input());
  for (const ir::Output& output : graph.outputs()) groups.MakeF32(output.node);
  for (const Operation& operation : lowered.operations) {
    const Storage storage = StorageOf(operation.step, options);
    if (storage == Storage::kSameType) groups.Join(operation.inputs[0], operation.node);
    if (!kernels::MayStoreBf16(storage)) groups.MakeF32(operation.node);
    if (kernels::MayReadBf16(storage)) continue;
    for (const NodeId input : operation.inputs) groups.MakeF32(input);
  }
  std::vector<program::DataType> types;
  for (NodeId id = 0; id < graph.size(); ++id) {
    types.push_back(groups.IsF32(id) ? program::DataType::F32 : program::DataType::BF16);
  }
  return types;
}

}  // namespace sinew::plan
