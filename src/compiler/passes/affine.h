// What rewrites do with nodes that scale and shift every channel by constants (ir/affine.h), and the convolutions that
// can absorb them: it is the same for all such nodes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/affine.h"
#include "compiler/ir/graph.h"
#include "compiler/passes/rewriter.h"

namespace sinew::passes {

using ir::Affine;

// ir::MakeAffine of kScaleShift, kAdd, kSub, kMul and kDiv; nothing where it is none, or of another kind.
std::optional<Affine> MatchAffine(const ir::Graph& graph, const ir::Node& node);

// A convolution or depthwise convolution whose kernel and bias are constants; zeros where it has no bias.
struct Convolution {
  ir::Node node;  // inputs: x, kernel [, bias] of the graph that was matched
  std::shared_ptr<const ir::Tensor> kernel;
  std::vector<double> bias;  // one an output channel

  bool depthwise() const { return node.op == ir::OpKind::kDepthwiseConv2d; }
  // Whether no window reaches beyond the input, so that a constant added to the input comes through unchanged.
  bool HasNoPadding(const ir::Graph& graph) const;
};
std::optional<Convolution> MatchConvolution(const ir::Graph& graph, ir::NodeId id);

// The convolution followed by out * scale[k] + shift[k]. It must have no activation of its own. False, and nothing
// changed, where a weight would not be finite.
bool ScaleOutputs(Convolution& convolution, const std::vector<double>& scale, const std::vector<double>& shift);

// The convolution of in[c / multiplier] * scale[c] + shift[c], c the channels that the convolution reads now:
// afterwards it reads 1 / multiplier as many. Exact only where every shift is 0 or the convolution has no padding. A
// multiplier above 1 is for a kConv2d. False, and nothing changed, where a weight would not be finite.
bool ScaleInputs(Convolution& convolution, const std::vector<double>& scale, const std::vector<double>& shift,
                 int64_t multiplier);

// Emits the convolution, reading `input`, in place of an old node.
Status ReplaceByConvolution(Rewriter& rewriter, ir::NodeId old_id, const Convolution& convolution, ir::NodeId input);

// The same for the pieces that stay a node of their own: act(input * scale + shift). False, and nothing emitted, where
// a value is not finite.
Result<bool> ReplaceByScaleShift(Rewriter& rewriter, ir::NodeId old_id, const std::string& name, const Affine& affine,
                                 ir::NodeId input);

}  // namespace sinew::passes
