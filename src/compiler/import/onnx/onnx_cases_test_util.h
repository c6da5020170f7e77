// For tests: ONNX models written by hand, and one or more for every operation that can be imported, each of one input
// and one output.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/onnx/onnx_graph.pb.h"
#include "compiler/import/onnx/value.h"

namespace sinew::onnx_import {

// A model under construction.
class TestOnnx {
 public:
  explicit TestOnnx(int64_t opset = 13) : opset_(opset) {}

  // A size of -1 is left open.
  TestOnnx& Input(const std::string& name, const std::vector<int64_t>& shape, int type = 1);
  TestOnnx& Output(const std::string& name);
  // Constants; values in -1..1 from a seed, or given.
  TestOnnx& Weights(const std::string& name, const std::vector<int64_t>& shape, int seed, float offset = 0);
  TestOnnx& Floats(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values);
  TestOnnx& Ints(const std::string& name, const std::vector<int64_t>& values);
  TestOnnx& Initializer(const proto::TensorProto& tensor);
  // The attributes are set on the node that is returned to AddAttribute calls below.
  TestOnnx& Node(const std::string& op, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs);
  // Of the last node.
  TestOnnx& Int(const std::string& attribute, int64_t value);
  TestOnnx& Real(const std::string& attribute, float value);
  TestOnnx& Text(const std::string& attribute, const std::string& value);
  TestOnnx& List(const std::string& attribute, const std::vector<int64_t>& values);
  TestOnnx& Reals(const std::string& attribute, const std::vector<float>& values);
  TestOnnx& Tensor(const std::string& attribute, const proto::TensorProto& value);
  TestOnnx& Domain(const std::string& domain);

  std::string Bytes() const;
  // Of the first input, as stated.
  std::vector<int64_t> input_shape() const;

 private:
  proto::AttributeProto& Attribute(const std::string& name, int type);

  int64_t opset_;
  std::vector<proto::ValueInfoProto> inputs_, outputs_;
  std::vector<proto::TensorProto> initializers_;
  std::vector<proto::NodeProto> nodes_;
};

struct OnnxCase {
  std::string name;
  TestOnnx model;
  Layout output = Layout::kChannelsFirst;
};

std::vector<OnnxCase> OnnxCases();

}  // namespace sinew::onnx_import
