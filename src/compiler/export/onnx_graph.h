// An ONNX graph under construction: names, initializers and nodes.
#pragma once

#include <onnx/onnx.pb.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/ir/tensor.h"

namespace sinew::onnx_export {

struct OnnxAttribute {
  std::string_view name;
  std::variant<int64_t, float, std::string_view, std::vector<int64_t>> value;
};

// Everything that has a name gets the one that is wanted, or that with a suffix ("_1") where it is taken.
class OnnxGraph {
 public:
  explicit OnnxGraph(std::string_view name) { proto_.set_name(std::string(name)); }

  // For names that come later and must not be changed: those of outputs. False where it is taken.
  bool Reserve(std::string_view name) { return names_.try_emplace(std::string(name), 0).second; }

  // Unknown dimensions get the names of `symbols`, one a dimension; without symbols they stay open.
  std::string AddInput(std::string_view name, const ir::Shape& shape, std::span<const std::string_view> symbols);
  // `name` must be the result of a node; see EmitAs.
  void AddOutput(std::string_view name, ir::DType dtype, const ir::Shape& shape);

  // A constant; integers become int64.
  std::string Constant(std::string_view name, const ir::Tensor& tensor);
  std::string Ints(std::string_view name, std::vector<int64_t> values);
  std::string Float(std::string_view name, float value);  // a scalar
  // Of any type, `bytes` as they lie in memory.
  std::string Raw(std::string_view name, onnx::TensorProto::DataType type, const ir::Shape& shape,
                  std::string_view bytes);

  // A node of one result; node and result bear the same name, which is returned. An empty input is one left out.
  std::string Emit(std::string_view op, std::string_view name, std::vector<std::string> inputs,
                   std::initializer_list<OnnxAttribute> attributes = {});
  std::string Emit(std::string_view op, std::string_view name, std::vector<std::string> inputs,
                   std::span<const OnnxAttribute> attributes);
  // The same under a name that was reserved.
  void EmitAs(std::string_view op, std::string_view reserved, std::vector<std::string> inputs,
              std::initializer_list<OnnxAttribute> attributes = {});

  onnx::GraphProto Take() && { return std::move(proto_); }

 private:
  std::string FreeName(std::string_view wanted);
  void AddNode(std::string_view op, const std::string& name, std::vector<std::string> inputs,
               std::span<const OnnxAttribute> attributes);

  onnx::GraphProto proto_;
  std::unordered_map<std::string, int> names_;  // with the last suffix that was given
};

}  // namespace sinew::onnx_export
