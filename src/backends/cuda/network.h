// A network as the CUDA backend takes it: operations on pictures, each with one result, weights in canonical layouts.
//
// Values are numbered; an operation may read any value of a smaller number. Value 0 is the input. Nothing is said about
// memory: concatenation and slices of channels are operations here, and the plan turns them into places.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backends/cuda/device.h"
#include "sinew/status.h"

namespace sinew::cuda {

using ValueId = int;

// Of one picture of a batch.
struct Shape {
  int height = 0, width = 0, channels = 0;
  bool operator==(const Shape&) const = default;
};

// Weights are not owned: Network::owner keeps them alive.
using Floats = std::span<const float>;

struct Conv {
  Window window;
  Activation activation = Activation::kNone;
  int groups = 1;
  Floats kernel;  // [R][S][C / groups][K]
  Floats bias;    // [K]
};
struct Depthwise {
  Window window;
  Activation activation = Activation::kNone;
  Floats kernel;  // [R][S][C]
  Floats bias;    // [C]
};
struct Pool {  // the maximum
  Window window;
};
struct Resize {  // bilinear
  bool align_corners = false, half_pixel_centers = false;
};
struct Normalize {  // by each picture's own mean and biased variance, channel by channel
  float epsilon = 0;
  Activation activation = Activation::kNone;
  Floats gamma, beta;  // [C]
};
struct Add {
  Activation activation = Activation::kNone;
};
struct ScaleShift {
  Activation activation = Activation::kNone;
  Floats scale, shift;  // [C]
};
struct Pad {  // zeros around the picture, as many as the result has room for
  int top = 0, left = 0;
};
struct Concat {};  // of channels
struct Slice {     // channels [first, first + the result's channels)
  int first = 0;
};

using What = std::variant<Conv, Depthwise, Pool, Resize, Normalize, Add, ScaleShift, Pad, Concat, Slice>;
const char* WhatName(const What& what);

struct Operation {
  std::string name;
  What what;
  std::vector<ValueId> inputs;
  ValueId output = 0;
};

struct NetworkOutput {
  std::string name;
  ValueId value = 0;
};

struct Network {
  std::vector<Shape> values;
  std::vector<Operation> operations;
  std::vector<NetworkOutput> outputs;
  std::shared_ptr<const void> owner;  // of the weights

  // Appends an operation and returns its result.
  ValueId Append(std::string name, What what, std::vector<ValueId> inputs, Shape shape);

  // Everything that the plan and the kernels rely on. Messages name the operation.
  Status Check() const;
};

}  // namespace sinew::cuda
