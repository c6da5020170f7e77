// The operations by group; executor.cc picks by kind. Each takes checked inputs and returns a new array.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/reference/executor.h"

namespace sinew::reference {

using Inputs = std::vector<const Array*>;

Result<Array> Convolution(const ir::Node& node, const Inputs& inputs);  // conv2d, depthwise_conv2d
Result<Array> MaxPool(const ir::Node& node, const Inputs& inputs);
Result<Array> AveragePool(const ir::Node& node, const Inputs& inputs);
Result<Array> ResizeBilinear(const ir::Node& node, const Inputs& inputs);
Result<Array> ResizeNearest(const ir::Node& node, const Inputs& inputs);
Result<Array> DepthToSpace(const ir::Node& node, const Inputs& inputs);

Result<Array> BatchNorm(const ir::Node& node, const Inputs& inputs);
Result<Array> ScaleShift(const ir::Node& node, const Inputs& inputs);
Result<Array> Prelu(const Inputs& inputs);
Result<Array> Arithmetic(const ir::Node& node, const Inputs& inputs);  // add, sub, mul, div
Result<Array> Map(const ir::Node& node, const Inputs& inputs);
Result<Array> SpatialMean(const Inputs& inputs);
Result<Array> Softmax(const Inputs& inputs);
Result<Array> Cast(const ir::Node& node, const Inputs& inputs);

Result<Array> Concat(const ir::Node& node, const Inputs& inputs);  // concat, pack
Result<Array> Pad(const ir::Node& node, const Inputs& inputs);
Result<Array> StridedSlice(const ir::Node& node, const Inputs& inputs);
Result<Array> SliceChannels(const ir::Node& node, const Inputs& inputs);
Result<Array> Reshape(const ir::Node& node, const Inputs& inputs);
Result<Array> Squeeze(const ir::Node& node, const Inputs& inputs);

// Room for a result, zeros. Fails beyond 2^30 elements. A result without elements may still have large dimensions,
// whose products then mean nothing: operations return it as it is.
Result<Array> MakeArray(ir::Shape shape);
// Fails unless `array` has the four dimensions of pictures.
Status NeedPicture(const Array& array);
double Activate(ir::Activation activation, double value);
// Sizes and positions. Fails where a value is not a whole number that double and int64 both hold; `what` names them.
Result<std::vector<int64_t>> ToInts(const Array& array, std::string_view what);

}  // namespace sinew::reference
