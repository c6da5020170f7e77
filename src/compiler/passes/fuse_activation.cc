// Fusing ReLU and ReLU6.
#include "compiler/passes/fuse_activation.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {
namespace {

bool HasActivation(ir::OpKind op) {
  const auto keys = ir::OpInfoFor(op).attributes;
  return std::find(keys.begin(), keys.end(), ir::AttributeKey::kActivation) != keys.end();
}

// `second` applied to the result of `first`.
ir::Activation Compose(ir::Activation first, ir::Activation second) {
  if (first == ir::Activation::kRelu6 || second == ir::Activation::kRelu6) return ir::Activation::kRelu6;
  return second;
}

}  // namespace

Result<ir::Graph> FuseActivation(const ir::Graph& graph, int* changes) {
  return RewriteNodes(graph, changes, [](Rewriter& rewriter, ir::NodeId id) -> Result<bool> {
    const ir::Node& node = rewriter.old().node(id);
    if (node.op != ir::OpKind::kRelu && node.op != ir::OpKind::kRelu6) return false;
    if (!rewriter.UsedOnce(node.inputs[0])) return false;
    ir::Node before = rewriter.graph().node(rewriter.Mapped(node.inputs[0]));
    if (!HasActivation(before.op)) return false;
    before.attributes.activation = Compose(
        before.attributes.activation, node.op == ir::OpKind::kRelu ? ir::Activation::kRelu : ir::Activation::kRelu6);
    SINEW_RETURN_IF_ERROR(rewriter.Replace(id, std::move(before)).status());
    return true;
  });
}

}  // namespace sinew::passes
