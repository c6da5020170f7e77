// What GraphDefs and TensorFlow.js models have in common: a list of named nodes. The readers produce it, the converter
// takes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/import/tensorflow/tf_type.h"
#include "compiler/ir/tensor.h"

namespace sinew::import {

// How stored integers become real numbers: stored * scale + min.
struct Quantization {
  double scale = 1;
  double min = 0;
};

// A constant as the file holds it; decoded only when the network needs it (tf_tensor.h).
struct TfTensor {
  TfType type = TfType::kInvalid;  // of the values
  ir::Shape shape;
  // The elements: as packed little-endian bytes of `storage`, or as values of which the last one repeats.
  std::string bytes;
  TfType storage = TfType::kInvalid;
  std::optional<Quantization> quantization;
  std::vector<float> floats;
  std::vector<int64_t> ints;
};

struct TfShape {
  bool unknown_rank = false;
  ir::Shape dims;  // -1 where unknown
};

using TfAttr = std::variant<bool, int64_t, double, std::string, TfType, TfShape, TfTensor, std::vector<int64_t>,
                            std::vector<std::string>>;

// "weights/read:1" or "^init".
struct TfInput {
  std::string name;
  int64_t output = 0;
  bool control = false;
};

struct TfNode {
  std::string name;
  std::string op;
  std::vector<TfInput> inputs;
  std::map<std::string, TfAttr, std::less<>> attrs;
};

struct TfModel {
  std::vector<TfNode> nodes;
};

}  // namespace sinew::import
