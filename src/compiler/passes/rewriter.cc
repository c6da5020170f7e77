// Building one graph from another.
#include "compiler/passes/rewriter.h"

#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace sinew::passes {
namespace {

// What one pass may emit: four times the constants of the graph, which no model comes near (each weight is emitted once
// by a pass), and 256 MiB of floats so that small models may share their weights as they like.
constexpr int64_t kGrowth = 4;
constexpr int64_t kBaseElements = int64_t{1} << 26;

int64_t ElementCount(const ir::Tensor& tensor) {
  return static_cast<int64_t>(tensor.floats.size() + tensor.ints.size());
}

}  // namespace

Rewriter::Rewriter(const ir::Graph& old)
    : old_(old), emittable_(kBaseElements), uses_(old.UseCounts()), map_(static_cast<size_t>(old.size()), -1) {
  for (const ir::Node& node : old.nodes()) {
    if (node.value == nullptr) continue;
    emittable_ += kGrowth * ElementCount(*node.value);
    old_values_.insert(node.value.get());
  }
}

ir::Node Rewriter::Copy(ir::NodeId old_id) const {
  ir::Node node = old_.node(old_id);
  for (ir::NodeId& input : node.inputs) {
    input = Mapped(input);
    SINEW_DCHECK(input >= 0);
  }
  return node;
}

const std::string& Rewriter::WantedName(const std::string& name) const {
  const auto it = suffixed_.find(name);
  return it == suffixed_.end() ? name : it->second;
}

Status Rewriter::Keep(ir::NodeId old_id) { return Replace(old_id, Copy(old_id)).status(); }

Result<ir::NodeId> Rewriter::Emit(ir::Node node) {
  std::string name = WantedName(node.name);
  node.name = name;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, new_.Add(std::move(node)));
  if (new_.node(id).name != name) suffixed_[new_.node(id).name] = name;
  names_.push_back(std::move(name));
  return id;
}

Result<ir::NodeId> Rewriter::EmitConst(std::string name, ir::Tensor value) {
  return EmitConst(std::move(name), std::make_shared<const ir::Tensor>(std::move(value)));
}

Result<ir::NodeId> Rewriter::EmitConst(std::string name, std::shared_ptr<const ir::Tensor> value) {
  if (!old_values_.contains(value.get())) emittable_ -= ElementCount(*value);
  if (emittable_ < 0) {
    return TooLarge("node \"{}\": folding would multiply the weights that layers of this model share; skip this pass",
                    name);
  }
  ir::Node node;
  node.op = ir::OpKind::kConst;
  node.name = std::move(name);
  node.value = std::move(value);
  return Emit(std::move(node));
}

Result<ir::NodeId> Rewriter::Replace(ir::NodeId old_id, ir::Node node) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, Emit(std::move(node)));
  Redirect(old_id, id);
  return id;
}

Result<ir::Graph> Rewriter::Finish() {
  std::vector<ir::Output> outputs;
  for (const ir::Output& output : old_.outputs()) outputs.push_back({output.name, Mapped(output.node)});
  const std::vector<bool> needed = NeededNodes(new_, outputs);

  ir::Graph result;
  std::vector<ir::NodeId> moved(static_cast<size_t>(new_.size()), -1);
  for (ir::NodeId id = 0; id < new_.size(); ++id) {
    const auto index = static_cast<size_t>(id);
    if (!needed[index]) continue;
    ir::Node node = new_.node(id);
    node.name = names_[index];
    for (ir::NodeId& input : node.inputs) input = moved[static_cast<size_t>(input)];
    SINEW_ASSIGN_OR_RETURN(moved[index], result.Add(std::move(node)));
  }
  for (ir::Output& output : outputs) {
    result.AddOutput(std::move(output.name), moved[static_cast<size_t>(output.node)]);
  }
  return result;
}

std::vector<bool> NeededNodes(const ir::Graph& graph, std::span<const ir::Output> outputs) {
  std::vector<bool> needed(static_cast<size_t>(graph.size()), false);
  for (const ir::Output& output : outputs) needed[static_cast<size_t>(output.node)] = true;
  // Inputs come before their readers, so one sweep from the end sees every reader first.
  for (ir::NodeId id = graph.size() - 1; id >= 0; --id) {
    const ir::Node& node = graph.node(id);
    if (node.op == ir::OpKind::kInput) needed[static_cast<size_t>(id)] = true;
    if (!needed[static_cast<size_t>(id)]) continue;
    for (const ir::NodeId input : node.inputs) needed[static_cast<size_t>(input)] = true;
  }
  return needed;
}

Result<ir::Graph> RewriteNodes(const ir::Graph& old, int* changes, const RewriteNode& rewrite) {
  Rewriter rewriter(old);
  *changes = 0;
  for (ir::NodeId id = 0; id < old.size(); ++id) {
    SINEW_ASSIGN_OR_RETURN(const bool rewritten, rewrite(rewriter, id));
    if (rewritten) {
      SINEW_DCHECK(rewriter.Mapped(id) >= 0);
      ++*changes;
    } else {
      SINEW_RETURN_IF_ERROR(rewriter.Keep(id));
    }
  }
  return rewriter.Finish();
}

}  // namespace sinew::passes
