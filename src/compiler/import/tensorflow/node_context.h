// What the conversion of one node sees: its attributes, its inputs as IR nodes, and where to put its result.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/tensorflow/tf_model.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::import {

// The values of a model's nodes while it is being converted.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  // The IR node that holds the value which `input` names; a constant is added to the graph at its first use.
  virtual Result<ir::NodeId> Value(const TfInput& input) = 0;
  // The elements of a constant, valid until the next call; null when the value is computed at run time.
  virtual Result<const ir::Tensor*> Constant(const TfInput& input) = 0;
};

class NodeContext {
 public:
  NodeContext(const TfNode& node, ValueSource& values, ir::Graph& graph);

  const TfNode& node() const { return node_; }
  ir::Graph& graph() { return graph_; }

  // Attributes. One that is absent has its default where there is one; one of another kind is an error.
  Result<bool> Bool(std::string_view name, bool default_value) const;
  Result<int64_t> Int(std::string_view name, int64_t default_value) const;
  Result<double> Real(std::string_view name, double default_value) const;
  Result<std::string> Text(std::string_view name, std::string_view default_value) const;
  Result<TfType> Type(std::string_view name) const;
  Result<std::vector<int64_t>> Ints(std::string_view name) const;  // empty when absent
  Result<std::vector<std::string>> Texts(std::string_view name) const;

  // Data inputs; control inputs do not count.
  size_t input_count() const { return inputs_.size(); }
  Result<ir::NodeId> Input(size_t index);
  Result<std::vector<ir::NodeId>> Inputs();
  // A constant vector or scalar of integers that must be known here; `role` stands in the message.
  Result<std::vector<int64_t>> ConstantInts(size_t index, std::string_view role);
  // Null when it is computed at run time. Valid until the next input is asked for.
  Result<const ir::Tensor*> ConstantInput(size_t index);

  const ir::Shape& shape_of(ir::NodeId id) const { return graph_.node(id).shape; }

  // Adds the IR node, under the name of this node and `suffix`.
  Result<ir::NodeId> Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes = {},
                          std::string_view suffix = "");

 private:
  template <class T>
  Result<T> Attr(std::string_view name, T default_value, std::string_view kind) const;
  Status CheckIndex(size_t index) const;

  const TfNode& node_;
  ValueSource& values_;
  ir::Graph& graph_;
  std::vector<const TfInput*> inputs_;
};

// One function an operation; the result is what output :0 of the node holds.
using Conversion = Result<ir::NodeId> (*)(NodeContext& context);

// `axis` counted from the front, for a tensor of `rank` dimensions.
Result<int64_t> NormalizeAxis(int64_t axis, int64_t rank);

}  // namespace sinew::import
