// The errors that the table of convolutions states, measured: one layer of 128 channels with inputs as after a ReLU,
// against double.
#include "backends/cpu/conv/conv.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

constexpr int kChannels = 128, kSide = 24;

struct Layer {
  explicit Layer(int kernel)
      : problem{kSide, kSide, kChannels, kSide, kSide,      kChannels,  kernel,           kernel,
                1,     1,     1,         1,     kernel / 2, kernel / 2, Activation::kNone},
        in(kSide, kSide, kChannels, 0, 0),
        out(kSide, kSide, kChannels, 0, 0),
        bias(kChannels) {
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < static_cast<size_t>(kSide * kSide * kChannels); ++i)
      in.view().data[i] = std::max(normal(random), 0.0f);
    weights.resize(static_cast<size_t>(kernel * kernel * kChannels * kChannels));
    for (float& weight : weights) weight = normal(random);
    std::fill(bias.begin(), bias.end(), 0.0f);
    ComputeExpected(kernel);
  }

  // Every third pixel is enough to measure an error by, and takes a ninth of the time.
  void ComputeExpected(int kernel) {
    for (int y = 0; y < kSide; y += 3) {
      for (int x = 0; x < kSide; x += 3) {
        std::vector<double> sums(kChannels, 0.0);
        for (int r = 0; r < kernel; ++r) {
          for (int s = 0; s < kernel; ++s) {
            const int iy = y + r - kernel / 2, ix = x + s - kernel / 2;
            if (iy < 0 || iy >= kSide || ix < 0 || ix >= kSide) continue;
            for (int c = 0; c < kChannels; ++c) {
              const double value = static_cast<double>(in.at(iy, ix, c));
              const float* w = &weights[static_cast<size_t>(((r * kernel + s) * kChannels + c) * kChannels)];
              for (size_t k = 0; k < kChannels; ++k) sums[k] += value * static_cast<double>(w[k]);
            }
          }
        }
        expected.insert(expected.end(), sums.begin(), sums.end());
      }
    }
  }

  double RelativeRms(const ConvAlgorithm& algorithm, ConvAlgorithm::Run run) {
    AlignedBuffer<float> packed(algorithm.packed_floats(problem)), scratch(algorithm.scratch_floats(problem));
    algorithm.pack(problem, weights.data(), packed.data());
    run(problem, {in.view(), out.view(), packed.data(), bias.data()}, 0, algorithm.task_count(problem), scratch.data());
    double difference = 0, total = 0;
    size_t i = 0;
    for (int y = 0; y < kSide; y += 3) {
      for (int x = 0; x < kSide; x += 3) {
        for (int k = 0; k < kChannels; ++k, ++i) {
          difference += std::pow(static_cast<double>(out.at(y, x, k)) - expected[i], 2);
          total += expected[i] * expected[i];
        }
      }
    }
    return std::sqrt(difference / total);
  }

  ConvProblem problem;
  GuardedPicture in, out;
  AlignedBuffer<float> bias;
  std::vector<float> weights;
  std::vector<double> expected;
};

TEST(ConvErrorTest, ErrorsAreThoseOfTheTable) {
  for (const int kernel : {1, 3, 7}) {
    Layer layer(kernel);
    for (const ConvAlgorithm& algorithm : ConvAlgorithms()) {
      if (algorithm.error == 0 || !algorithm.supports(layer.problem)) continue;
      const auto check = [&](ConvAlgorithm::Run run, std::string_view where) {
        const double error = layer.RelativeRms(algorithm, run);
        EXPECT_LE(error, 1.3 * algorithm.error) << algorithm.name << " on " << where;
        EXPECT_GE(error, algorithm.error / 5) << algorithm.name << ": the table promises less than it could";
      };
      ConvAlgorithm::Run last = nullptr;
      for (const Target target : simd::SupportedTargets()) {
        const auto run = algorithm.run_for(target);
        if (run != nullptr && run != last) check(run, simd::TargetName(target));
        last = run;
      }
      const auto emulated =
          algorithm.emulated_for == nullptr ? nullptr : algorithm.emulated_for(simd::SupportedTargets().back());
      if (emulated != nullptr) check(emulated, "tiles in software");
    }
  }
}

}  // namespace
}  // namespace sinew::cpu
