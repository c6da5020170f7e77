// The operations by group; executor.cc picks by kind. Each takes checked inputs and returns a new array.
#pragma once

#include "ir/graph.h"
#include "reference/executor.h"

namespace sinew::reference {

using Inputs = std::vector<const Array*>;

Result<Array> Convolution(const ir::Node& node, const Inputs& inputs);     // conv2d, depthwise_conv2d
Result<Array> MaxPool(const ir::Node& node, const Inputs& inputs);
Result<Array> ResizeBilinear(const ir::Node& node, const Inputs& inputs);

Result<Array> BatchNorm(const ir::Node& node, const Inputs& inputs);
Result<Array> ScaleShift(const ir::Node& node, const Inputs& inputs);
Result<Array> Arithmetic(const ir::Node& node, const Inputs& inputs);      // add, sub, mul, div
Result<Array> Cast(const ir::Node& node, const Inputs& inputs);

Result<Array> Concat(const ir::Node& node, const Inputs& inputs);          // concat, pack
Result<Array> Pad(const ir::Node& node, const Inputs& inputs);
Result<Array> StridedSlice(const ir::Node& node, const Inputs& inputs);
Result<Array> SliceChannels(const ir::Node& node, const Inputs& inputs);
Result<Array> Reshape(const ir::Node& node, const Inputs& inputs);
Result<Array> Squeeze(const ir::Node& node, const Inputs& inputs);

// Room for a result, zeros. Fails beyond 2^32 elements.
Result<Array> MakeArray(ir::Shape shape);
double Activate(ir::Activation activation, double value);
std::vector<int64_t> ToInts(const Array& array);

}  // namespace sinew::reference
