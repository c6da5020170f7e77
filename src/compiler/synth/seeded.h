// Made-up weights that are the same on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace sinew::synth {

class SeededWeights {
 public:
  explicit SeededWeights(uint64_t seed) : random_(seed) {}

  // Nearly normal values around 0: the sum of four uniform ones, which needs no library function that differs between
  // machines.
  std::vector<float> Normal(int64_t count, double deviation);

  // Weights of a convolution over `fan_in` values in the scale that keeps activations at their size where half of the
  // results, those below 0, are multiplied by `slope`: 0 for ReLU, 1 for no activation.
  //   Source: He et al., "Delving Deep into Rectifiers", ICCV 2015
  std::vector<float> Kernel(int64_t count, int64_t fan_in, double slope);
  // Those of a convolution: small.
  std::vector<float> Biases(int64_t count) { return Normal(count, 0.01); }

 private:
  std::mt19937_64 random_;
};

}  // namespace sinew::synth
