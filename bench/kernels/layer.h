// A layer of a network as the kernel families see it: a picture and the operations done on it one after the other. A
// line of text stands for it in bench/shapes/*.txt:
//   NAME xTIMES HxWxC | OP RxS [stride HxW] [dilation HxW] [pad TOP,LEFT] [relu|relu6] HxWxK [| ...]
//   pool1 x1 368x656x64 | conv 3x3 pad 1,1 relu 368x656x64 | pool 2x2 stride 2x2 184x328x64
// TIMES is how many layers of the network are like this one; OP is conv, depthwise or pool, with the size of its
// output.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cpu/activation.h"
#include "sinew/status.h"

namespace sinew::bench {

struct Size {
  int height = 0, width = 0, channels = 0;
  bool operator==(const Size&) const = default;
};

struct Operation {
  enum class Kind { kConv, kDepthwise, kPool };
  Kind kind = Kind::kConv;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;  // what lies below and to the right follows from the sizes
  cpu::Activation activation = cpu::Activation::kNone;
  Size output;
  bool operator==(const Operation&) const = default;
};

struct Layer {
  std::string name;
  int times = 1;
  Size input;
  std::vector<Operation> operations;

  const Size& input_of(size_t operation) const { return operation == 0 ? input : operations[operation - 1].output; }
  const Size& output() const { return operations.back().output; }
};

// Products that one element of the operation's output sums up; none for a pool.
int SumDepth(const Layer& layer, size_t operation);
// Weights of the operation, in the order that kernel families pack from: RSCK, RSC of a depthwise one.
size_t WeightFloats(const Layer& layer, size_t operation);
// Of a direct computation.
double MultiplyAdds(const Layer& layer);

std::string ToText(const Layer& layer);
// kInvalidArgument, with what is wrong, for text of another form and for sizes that contradict one another or are
// beyond what a benchmark should allocate.
Result<Layer> ParseLayer(std::string_view line);
// A layer a line, in a file; empty lines and those that begin with # are left out. Messages name file and line.
Result<std::vector<Layer>> ReadLayers(const std::filesystem::path& path);

}  // namespace sinew::bench
