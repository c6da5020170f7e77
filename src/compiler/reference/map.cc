// Functions of single elements, and sums over channels and pixels.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

double Apply(const ir::Attributes& a, double x) {
  switch (a.function) {
    case ir::Function::kNone:
      return x;
    case ir::Function::kAbs:
      return std::abs(x);
    case ir::Function::kClip:
      return std::min(std::max(x, a.alpha), a.beta);
    case ir::Function::kElu:
      return x >= 0 ? x : a.alpha * std::expm1(x);
    case ir::Function::kExp:
      return std::exp(x);
    case ir::Function::kHardSigmoid:
      return std::min(std::max(a.alpha * x + a.beta, 0.0), 1.0);
    case ir::Function::kHardSwish:
      return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0);
    case ir::Function::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case ir::Function::kSoftplus:
      return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    case ir::Function::kSqrt:
      return std::sqrt(x);
    case ir::Function::kTanh:
      return std::tanh(x);
  }
  return x;
}

}  // namespace

Result<Array> Map(const ir::Node& node, const Inputs& inputs) {
  Array out = *inputs[0];
  for (double& value : out.values) value = Apply(node.attributes, value);
  return out;
}

Result<Array> SpatialMean(const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  const size_t pixels = static_cast<size_t>(in.shape[1] * in.shape[2]), channels = static_cast<size_t>(in.shape[3]);
  if (pixels == 0) return InvalidArgument("the mean of nothing");
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], 1, 1, in.shape[3]}));
  for (size_t i = 0; i < out.values.size(); ++i) {
    const size_t n = i / channels, c = i % channels;
    for (size_t p = 0; p < pixels; ++p) out.values[i] += in.values[(n * pixels + p) * channels + c];
    out.values[i] /= static_cast<double>(pixels);
  }
  return out;
}

Result<Array> Softmax(const Inputs& inputs) {
  Array out = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(out));
  const size_t channels = static_cast<size_t>(out.shape[3]);
  for (size_t first = 0; first < out.values.size(); first += channels) {
    double* const pixel = out.values.data() + first;
    const double largest = *std::max_element(pixel, pixel + channels);
    double sum = 0;
    for (size_t c = 0; c < channels; ++c) sum += pixel[c] = std::exp(pixel[c] - largest);
    for (size_t c = 0; c < channels; ++c) pixel[c] /= sum;
  }
  return out;
}

}  // namespace sinew::reference
