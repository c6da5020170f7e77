// What a name of an ONNX graph stands for while the graph is being converted.
#pragma once

#include <cstdint>
#include <memory>

#include "compiler/ir/graph.h"

namespace sinew::onnx_import {

// How ONNX's dimensions lie in the IR's. Networks compute in NCHW and the IR in NHWC: a picture keeps ONNX's order in
// name only, and its transpositions are no operations but another layout.
enum class Layout : uint8_t {
  kAsIs,           // the same dimensions: constants, sizes, pictures in NHWC
  kChannelsFirst,  // ONNX's [N,C,H,W] is the IR's [N,H,W,C]
  kVector,         // ONNX's [N,C] is the IR's [N,1,1,C]
};

struct Value {
  ir::NodeId id = -1;                          // -1: a constant that is not in the graph yet
  std::shared_ptr<const ir::Tensor> constant;  // null: computed at run time
  Layout layout = Layout::kAsIs;               // a constant's is kAsIs
  bool is_size_as_real = false;                // integers of the IR that the graph has cast to real numbers

  bool is_constant() const { return constant != nullptr; }
};

}  // namespace sinew::onnx_import
