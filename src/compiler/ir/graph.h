// The IR: a directed acyclic graph of operations, in an order in which every input comes before its use.
//
// Graphs are values. A pass reads one and builds another (see compiler/passes/rewriter.h); nothing is edited at a
// distance.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/ops.h"
#include "compiler/ir/tensor.h"
#include "sinew/status.h"

namespace sinew::ir {

using NodeId = int32_t;  // index into Graph::nodes()

struct Node {
  OpKind op = OpKind::kInput;
  std::string name;  // of the source model's node; unique within a graph
  std::vector<NodeId> inputs;
  Attributes attributes;
  std::shared_ptr<const Tensor> value;  // of a kConst, else null

  // Result type. Given for kInput; inferred for everything else by Graph::Add.
  DType dtype = DType::kFloat32;
  Shape shape;
};

struct Output {
  std::string name;
  NodeId node;
};

class Graph {
 public:
  // Appends a node after checking it (arity, attributes, input types) and inferring its type and shape. Unknown
  // dimensions of the inputs stay unknown in the result. A message names the node:
  //   node "conv1": kernel has 4 input channels, its input has 3
  // A name that is taken gets a suffix ("_1").
  Result<NodeId> Add(Node node);
  Result<NodeId> AddConst(std::string name, Tensor value);

  void AddOutput(std::string name, NodeId node) { outputs_.push_back({std::move(name), node}); }

  std::span<const Node> nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  std::span<const Output> outputs() const { return outputs_; }
  // The only kInput: networks with more than one are refused by the importers. -1 in an empty graph.
  NodeId input() const;

  // For rewriting while a graph is being built; the shape must not change.
  void SetActivation(NodeId id, Activation activation) {
    nodes_[static_cast<size_t>(id)].attributes.activation = activation;
  }

  // For each node, how many nodes and outputs read it.
  std::vector<int> UseCounts() const;

 private:
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
  std::unordered_map<std::string, int> names_;  // with the last suffix that was given
};

// Type and shape that `node` has on inputs of these types; what Graph::Add uses.
struct TypedShape {
  DType dtype;
  Shape shape;
};
// `graph` holds the inputs (their constant values matter to kReshape, kResizeBilinear, kPad, kStridedSlice; where a
// needed value is not constant, dimensions stay unknown).
Result<TypedShape> InferShape(const Graph& graph, const Node& node);

// The same graph with its input fixed to [batch, height, width, C]; every shape is inferred anew.
Result<Graph> BindInput(const Graph& graph, int64_t batch, int64_t height, int64_t width);

// What the invariants above promise, checked from scratch: order, arity, attributes, names, shapes, outputs present.
Status Verify(const Graph& graph);

struct Cost {
  int64_t parameters = 0;     // elements of constants that the node reads
  int64_t multiply_adds = 0;  // of a convolution done directly; 0 while shapes are unknown
};
Cost ComputeCost(const Graph& graph, NodeId id);

}  // namespace sinew::ir
