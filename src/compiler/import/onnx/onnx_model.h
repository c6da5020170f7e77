// An ONNX model in memory: what the reader produces and the converter takes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/ir/tensor.h"

namespace sinew::onnx_import {

// ONNX's element types, as numbered in its files.
enum class OnnxType : int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};
std::string OnnxTypeName(OnnxType type);  // "FLOAT"; "type 77" for a number that is not listed

// A tensor as the file holds it: the bytes of its TensorProto. Decoded when the network needs it (onnx_tensor.h).
struct StoredTensor {
  std::string bytes;
};

using OnnxAttribute =
    std::variant<int64_t, double, std::string, StoredTensor, std::vector<int64_t>, std::vector<double>>;

struct OnnxNode {
  std::string name;  // may be empty
  std::string op;
  std::string domain;                // empty: ONNX's own
  std::vector<std::string> inputs;   // values by name; an empty one is left out
  std::vector<std::string> outputs;  // the same
  std::map<std::string, OnnxAttribute, std::less<>> attributes;

  // For messages: its name, or that of its first output.
  const std::string& label() const { return name.empty() && !outputs.empty() ? outputs[0] : name; }
};

struct OnnxInput {
  std::string name;
  OnnxType type = OnnxType::kUndefined;
  ir::Shape shape;  // kUnknown where the file names or leaves a dimension
};

struct OnnxModel {
  int64_t opset = 0;
  std::vector<OnnxNode> nodes;
  std::vector<OnnxInput> inputs;  // without those that are initializers
  std::vector<std::string> outputs;
  std::unordered_map<std::string, std::string_view> initializers;  // TensorProtos within the bytes that were read
};

}  // namespace sinew::onnx_import
