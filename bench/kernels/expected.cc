// Direct computation of single pixels, through all operations of a layer.
#include "expected.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "base/error.h"

namespace sinew::bench {
namespace {

using Kind = Operation::Kind;

// Floats before pixel (y, x) of a dense picture.
size_t Offset(const Size& size, int y, int x) {
  return (static_cast<size_t>(y) * static_cast<size_t>(size.width) + static_cast<size_t>(x)) *
         static_cast<size_t>(size.channels);
}

class Direct {
 public:
  explicit Direct(const Trial& trial) : trial_(trial) {
    size_t weights = 0, biases = 0;
    for (size_t i = 0; i < trial.layer.operations.size(); ++i) {
      weights_.push_back(trial.weights.data() + weights);
      weights += WeightFloats(trial.layer, i);
      const bool is_pool = trial.layer.operations[i].kind == Kind::kPool;
      biases_.push_back(is_pool ? nullptr : trial.biases[biases++].data());
    }
  }

  // The output of the first `operations` of the layer.
  std::vector<double> Pixel(size_t operations, int y, int x) const {
    if (operations == 0) {
      const Size& size = trial_.layer.input;
      const float* const from = trial_.input.data() + Offset(size, y, x);
      return std::vector<double>(from, from + size.channels);
    }
    const size_t i = operations - 1;
    const Operation& op = trial_.layer.operations[i];
    const Size& in = trial_.layer.input_of(i);
    std::vector<double> result = InitialSums(i);
    for (int r = 0; r < op.kernel_h; ++r) {
      for (int s = 0; s < op.kernel_w; ++s) {
        const int in_y = y * op.stride_h + r * op.dilation_h - op.pad_top,
                  in_x = x * op.stride_w + s * op.dilation_w - op.pad_left;
        if (in_y < 0 || in_y >= in.height || in_x < 0 || in_x >= in.width) continue;
        Accumulate(i, static_cast<size_t>(r * op.kernel_w + s), Pixel(i, in_y, in_x), &result);
      }
    }
    for (double& value : result) {
      if (op.activation != cpu::Activation::kNone) value = std::max(value, 0.0);
      if (op.activation == cpu::Activation::kRelu6) value = std::min(value, 6.0);
    }
    return result;
  }

 private:
  std::vector<double> InitialSums(size_t i) const {
    const size_t channels = static_cast<size_t>(trial_.layer.operations[i].output.channels);
    if (biases_[i] == nullptr) return std::vector<double>(channels, -std::numeric_limits<double>::infinity());
    return std::vector<double>(biases_[i], biases_[i] + channels);
  }

  // What one input pixel of the window adds.
  void Accumulate(size_t i, size_t tap, const std::vector<double>& in, std::vector<double>* out) const {
    switch (trial_.layer.operations[i].kind) {
      case Kind::kConv: {
        const float* w = weights_[i] + tap * in.size() * out->size();
        for (const double value : in) {
          for (double& sum : *out) sum += value * static_cast<double>(*w++);
        }
        break;
      }
      case Kind::kDepthwise: {
        const float* const w = weights_[i] + tap * in.size();
        for (size_t c = 0; c < in.size(); ++c) (*out)[c] += in[c] * static_cast<double>(w[c]);
        break;
      }
      case Kind::kPool:
        for (size_t c = 0; c < in.size(); ++c) (*out)[c] = std::max((*out)[c], in[c]);
        break;
    }
  }

  const Trial& trial_;
  std::vector<const float*> weights_, biases_;  // by operation; no biases of a pool
};

// The corners, where windows are cut off, and others anywhere.
std::vector<std::pair<int, int>> SampledPixels(const Size& size) {
  constexpr int kOthers = 28;
  std::vector<std::pair<int, int>> pixels = {
      {0, 0}, {0, size.width - 1}, {size.height - 1, 0}, {size.height - 1, size.width - 1}};
  std::mt19937 random(2);
  for (int i = 0; i < kOthers; ++i) {
    const int y = static_cast<int>(random() % static_cast<unsigned>(size.height));
    pixels.emplace_back(y, static_cast<int>(random() % static_cast<unsigned>(size.width)));
  }
  return pixels;
}

}  // namespace

std::vector<double> ExpectedPixel(const Trial& trial, int y, int x) {
  return Direct(trial).Pixel(trial.layer.operations.size(), y, x);
}

Status RunAndVerify(const BoundAlgorithm& algorithm, Trial* trial) {
  std::fill(trial->output.begin(), trial->output.end(), std::numeric_limits<float>::quiet_NaN());
  algorithm.run();
  if (std::any_of(trial->output.begin(), trial->output.end(), [](float value) { return std::isnan(value); })) {
    return Internal("leaves elements of its output unwritten, or makes them NaN");
  }
  const Direct direct(*trial);
  const Size& size = trial->layer.output();
  double differences = 0, squares = 0;
  for (const auto& [y, x] : SampledPixels(size)) {
    const std::vector<double> expected = direct.Pixel(trial->layer.operations.size(), y, x);
    const float* const actual = trial->output.data() + Offset(size, y, x);
    for (size_t k = 0; k < expected.size(); ++k) {
      const double difference = static_cast<double>(actual[k]) - expected[k];
      differences += difference * difference;
      squares += expected[k] * expected[k];
    }
  }
  double products = 0;
  for (size_t i = 0; i < trial->layer.operations.size(); ++i) products += SumDepth(trial->layer, i) + 1;
  const double relative = std::sqrt(differences / squares),
               tolerance = 4 * algorithm.error + 4 * 0x1p-24 * std::sqrt(products / 6);
  // Written so that NaN, of outputs that are all zero, fails.
  if (!(relative <= tolerance))
    return Internal("is off by {:.2g} (relative RMS), {:.2g} is allowed", relative, tolerance);
  return Status();
}

}  // namespace sinew::bench
