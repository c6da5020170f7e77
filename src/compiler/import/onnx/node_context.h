// What the conversion of one node sees: its attributes, its inputs, and where to put its results.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/onnx/onnx_model.h"
#include "compiler/import/onnx/value.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::onnx_import {

// The values of a graph while it is being converted.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  virtual Result<Value> Find(const std::string& name) = 0;
  virtual Result<ir::Tensor> Decode(const StoredTensor& tensor) = 0;
  // A constant in the graph, in a form that `form` names: added once, however many nodes read it.
  virtual Result<ir::NodeId> Constant(const std::string& name, std::string_view form,
                                      ir::Tensor (*make)(const ir::Tensor&), const ir::Tensor& tensor) = 0;
};

class NodeContext {
 public:
  NodeContext(const OnnxNode& node, int64_t opset, ValueSource& values, ir::Graph& graph)
      : node_(node), opset_(opset), values_(values), graph_(graph), results_(node.outputs.size()) {}

  const OnnxNode& node() const { return node_; }
  int64_t opset() const { return opset_; }
  ir::Graph& graph() { return graph_; }
  ValueSource& values() { return values_; }

  // Attributes. One that is absent has its default; one of another kind is an error.
  bool Has(std::string_view attribute) const { return node_.attributes.contains(attribute); }
  Result<int64_t> Int(std::string_view attribute, int64_t default_value) const;
  Result<double> Real(std::string_view attribute, double default_value) const;
  Result<std::string> Text(std::string_view attribute, std::string_view default_value) const;
  Result<std::vector<int64_t>> Ints(std::string_view attribute) const;  // empty when absent
  Result<std::vector<double>> Reals(std::string_view attribute) const;
  template <class T>
  const T* Find(std::string_view attribute) const {
    const auto found = node_.attributes.find(attribute);
    return found == node_.attributes.end() ? nullptr : std::get_if<T>(&found->second);
  }

  // Inputs. One may be left out.
  size_t input_count() const { return node_.inputs.size(); }
  bool HasInput(size_t index) const { return index < node_.inputs.size() && !node_.inputs[index].empty(); }
  Result<Value> Input(size_t index);
  // Null when it is computed at run time or left out.
  Result<std::shared_ptr<const ir::Tensor>> ConstantInput(size_t index);
  // Constants that must be known here; `role` stands in the message.
  Result<std::shared_ptr<const ir::Tensor>> Weights(size_t index, std::string_view role);
  Result<std::vector<int64_t>> ConstantInts(size_t index, std::string_view role);
  // From an attribute, as older opsets have it, or else from a constant input; empty where there is neither.
  Result<std::vector<int64_t>> IntsOf(std::string_view attribute, size_t index);

  // A value as an IR node: constants are added as they are.
  Result<ir::NodeId> Node(size_t index);
  // A picture in NCHW, as an IR node of NHWC; constants of four dimensions are transposed.
  Result<ir::NodeId> Picture(size_t index);
  // Any value of the layout, from a constant as well.
  Result<ir::NodeId> InLayout(size_t index, Layout layout);
  // A constant vector of floats, one a channel, as an IR node.
  Result<ir::NodeId> PerChannel(size_t index, std::string_view role);

  const ir::Shape& shape_of(ir::NodeId id) const { return graph_.node(id).shape; }
  // Dimensions as ONNX counts them.
  int64_t Rank(const Value& value) const;
  // A computed size: whole numbers, whatever the graph has cast them to.
  bool IsSize(const Value& value) const {
    return !value.is_constant() && graph_.node(value.id).dtype == ir::DType::kInt32;
  }

  // Adds an IR node under the name of the first result and `suffix`.
  Result<ir::NodeId> Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes = {},
                          std::string_view suffix = "");
  Result<ir::NodeId> EmitConstant(ir::Tensor tensor, std::string_view suffix);

  // Results. Integers whose values follow from what is known become constants.
  Status Set(ir::NodeId id, Layout layout, size_t output = 0);
  Status Set(Value value, size_t output = 0);
  Status SetConstant(ir::Tensor tensor);
  std::span<const std::optional<Value>> results() const { return results_; }

 private:
  template <class T>
  Result<T> Attribute(std::string_view name, T default_value, std::string_view kind) const;

  const OnnxNode& node_;
  int64_t opset_;
  ValueSource& values_;
  ir::Graph& graph_;
  std::vector<std::optional<Value>> results_;
};

// One function an operation.
using Conversion = Status (*)(NodeContext& context);

// `axis` counted from the front, for a tensor of `rank` dimensions.
Result<int64_t> NormalizeAxis(int64_t axis, int64_t rank);

// The IR's dimension for ONNX's, in pictures of that layout.
int64_t AxisInIr(int64_t axis, Layout layout);

// ONNX's NCHW constant, of four or fewer dimensions, as the NHWC one that broadcasts in the same way.
ir::Tensor ToChannelsLast(const ir::Tensor& tensor);
// The same constant with dimensions in another order: result dimension d is `tensor`'s `order[d]`.
ir::Tensor Permuted(const ir::Tensor& tensor, std::span<const int64_t> order);

}  // namespace sinew::onnx_import
