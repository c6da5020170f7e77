// Eight bits in ONNX: which convolutions read quantized pictures, and by which scales.
//   q = clamp(round(x / scale) + zero, 0, 255)      x = scale * (q - zero)
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/channel_means.h"
#include "sinew/status.h"

namespace sinew::onnx_export {

struct TensorScale {
  float scale = 1;
  uint8_t zero = 0;
};

struct Quantization {
  std::unordered_set<std::string> convolutions;         // by name, depthwise ones among them
  std::unordered_map<std::string, TensorScale> inputs;  // by the name of the node whose result they read
  plan::ChannelMeans means;                             // of all pictures
};

// The scale that covers zero with the least squared error of `values`: that of all of them, or one that clips the
// outermost.
TensorScale LeastSquaresScale(std::span<const float> values);

// Measures `graph`, after the passes with its input bound to one picture, on pictures that it is made for. All
// convolutions with constant weights but the first and the last are quantized.
Result<Quantization> Quantize(const ir::Graph& graph, std::span<const float> pictures);

// A convolution's weights in ONNX's order, KCRS, as whole numbers of -127..127 with a scale for each of K.
struct QuantizedKernel {
  std::vector<int8_t> values;
  std::vector<float> scales;
};
QuantizedKernel QuantizeKernel(const ir::Tensor& kernel);

// What rounding a kernel takes from the mean of each channel of the result, to be added to its bias. `means`: of the
// channels that it reads; empty: zeros.
std::vector<double> MissingMeans(const ir::Tensor& kernel, const QuantizedKernel& quantized,
                                 const std::vector<double>& means);

}  // namespace sinew::onnx_export
