// Turns an IR graph into ONNX, node by node; see ops.h for the operations.
//
// Pictures are NHWC in the IR and NCHW in ONNX. Each value is kept in the order in which it was computed and transposed
// where an operation needs the other one. Since all picture operations compute in NCHW, a network of them has one
// transposition behind its input and one before each output.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/export/onnx_graph.h"
#include "compiler/export/quantization.h"
#include "compiler/ir/graph.h"

namespace sinew::onnx_export {

struct ConvertOptions {
  bool nchw = false;                           // input and outputs, too
  const Quantization* quantization = nullptr;  // of what convolutions read; null: floats
};

// `graph` as an ONNX model. Its input and its outputs keep their names, shapes and NHWC order, unless `options` say
// otherwise. Fails with the name of the node that ONNX cannot express, or cannot while a size is unknown.
Result<onnx::ModelProto> ConvertToOnnx(const ir::Graph& graph, const ConvertOptions& options = {});

// What the conversions of single operations work with.
class Converter {
 public:
  explicit Converter(const ir::Graph& graph, const ConvertOptions& options = {});
  Result<onnx::GraphProto> Run() &&;

  const ir::Graph& graph() const { return graph_; }
  OnnxGraph& onnx() { return onnx_; }
  const ir::Node& input_of(const ir::Node& node, size_t i) const { return graph_.node(node.inputs[i]); }

  // The value of a node, in the order of the IR.
  std::string Natural(ir::NodeId id);
  // A picture, in NCHW.
  std::string Nchw(ir::NodeId id);
  // What broadcasts over NCHW as the node does over NHWC: a picture, or a constant.
  std::string BroadcastOverNchw(ir::NodeId id);
  // How what a convolution reads is quantized; null: it is not, and the convolution is one of floats.
  const TensorScale* ScaleOf(const ir::Node& convolution) const;
  // A picture in NCHW after it was brought to that scale's steps.
  std::string Quantized(ir::NodeId id, const TensorScale& scale);
  const Quantization& quantization() const { return *options_.quantization; }
  bool IsNchw(ir::NodeId id) const { return values_[static_cast<size_t>(id)].is_nchw; }
  // Whether computing in NCHW is possible and saves a transposition: a picture all of whose operands are pictures or
  // constants, one of them at least in NCHW already.
  bool PrefersNchw(const ir::Node& node) const;

  // Sets the value of the node being converted.
  void SetNatural(std::string name) {
    current_ = Value();
    current_.natural = std::move(name);
  }
  void SetNchw(std::string name) {
    current_ = Value();
    current_.nchw = std::move(name);
    current_.is_nchw = true;
  }

 private:
  struct Value {
    std::string natural, nchw;  // names in ONNX; empty until wanted
    std::string quantized;
    bool is_nchw = false;  // how it was computed
  };

  Status Convert(ir::NodeId id);
  void EmitOutputs();

  const ir::Graph& graph_;
  const ConvertOptions options_;
  OnnxGraph onnx_;
  std::vector<Value> values_;
  Value current_;
};

}  // namespace sinew::onnx_export
