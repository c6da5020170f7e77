// Every algorithm on the layers of real networks (bench/shapes/*.txt), on one thread: each is verified first, then timed.
//
//   layers_bench --benchmark_filter='cmu/Mconv2.*avx512'        # SINEW_SHAPES=FOLDER: other layers
//
// Counters: direct_gflops, as a direct computation would have to reach; of_peak, that as a share of the measured FMA peak
// of the target (Winograd's algorithms exceed 1).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>

#include "base/aligned_buffer.h"
#include "kernels/conv/conv.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/separable/separable.h"
#include "measure/fma_peak.h"

namespace sinew {
namespace {

using kernels::Target;

// A line of a shapes file.
struct Layer {
  std::string family, name;
  int in_h, in_w, in_c, out_h, out_w, out_k, kernel_h, kernel_w, stride, pad_top, pad_left;

  size_t InFloats() const { return static_cast<size_t>(in_h) * static_cast<size_t>(in_w) * static_cast<size_t>(in_c); }
  size_t OutFloats() const { return static_cast<size_t>(out_h) * static_cast<size_t>(out_w) * static_cast<size_t>(out_k); }
  double TapsAPixel() const { return static_cast<double>(kernel_h) * kernel_w; }
};

AlignedBuffer<float> RandomFloats(size_t floats, float least, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(least, 1);
  AlignedBuffer<float> buffer(floats);
  for (float& value : buffer) value = uniform(random);
  return buffer;
}

// A layer with inputs as after a ReLU, plain weights and biases, and its definition in double.
struct Workload {
  explicit Workload(const Layer& layer_in)
      : layer(layer_in), input(RandomFloats(layer.InFloats(), 0, 1)), output(layer.OutFloats()) {}
  const Layer layer;
  AlignedBuffer<float> input, output;

  kernels::ConstView in() const { return {input.data(), layer.in_h, layer.in_w, layer.in_c, static_cast<size_t>(layer.in_c)}; }
  kernels::View out() { return {output.data(), layer.out_h, layer.out_w, layer.out_k, static_cast<size_t>(layer.out_k)}; }

  // Calls add(tap, pointer to the input pixel) for each tap of the window of output (y, x) that lies in the picture.
  template <class Add>
  void ForEachTap(int y, int x, const Add& add) const {
    for (int r = 0; r < layer.kernel_h; ++r) {
      for (int s = 0; s < layer.kernel_w; ++s) {
        const int iy = y * layer.stride + r - layer.pad_top, ix = x * layer.stride + s - layer.pad_left;
        if (iy < 0 || iy >= layer.in_h || ix < 0 || ix >= layer.in_w) continue;
        add(static_cast<size_t>(r * layer.kernel_w + s), input.data() + static_cast<size_t>(iy * layer.in_w + ix) * static_cast<size_t>(layer.in_c));
      }
    }
  }

  // Relative RMS difference from `expected(y, x, k)` on a few hundred elements, borders among them.
  template <class Expected>
  double Error(const Expected& expected) const {
    double difference = 0, total = 0;
    for (int i = 0; i < 300; ++i) {
      const int y = i * 7919 % layer.out_h, x = i * 104729 % layer.out_w, k = i * 31 % layer.out_k;
      const double value = expected(y, x, static_cast<size_t>(k));
      const double actual = output[static_cast<size_t>(y * layer.out_w + x) * static_cast<size_t>(layer.out_k) + static_cast<size_t>(k)];
      difference += (actual - value) * (actual - value);
      total += value * value;
    }
    return std::sqrt(difference / total);
  }
};

double Peak(Target target) {
  static std::map<Target, double> peaks;
  if (!peaks.contains(target)) peaks[target] = measure::FmaPeakGflops(target);
  return peaks[target];
}

// Verifies, then times. `error` gives the relative RMS difference of the output from the definition.
template <class Problem, class Args, class Error>
void RunAlgorithm(benchmark::State& state, const kernels::Algorithm<Problem, Args>& algorithm, Target target, const Problem& problem,
                  const Args& args, double multiply_adds, const Error& error) {
  // Beyond the algorithm's own: summing a few thousand products in single precision.
  constexpr double kRounding = 2e-6;
  AlignedBuffer<float> scratch(algorithm.scratch_floats(problem));
  const auto run = algorithm.run_for(target);
  const auto call = [&] { run(problem, args, 0, algorithm.task_count(problem), scratch.data()); };
  call();
  if (const double found = error(); !(found <= 2 * algorithm.error + kRounding)) {
    state.SkipWithError(fmt::format("wrong: relative RMS error {:.2g}", found).c_str());
    return;
  }
  for (auto _ : state) call();
  const double gflop = 2 * multiply_adds / 1e9;
  using benchmark::Counter;
  state.counters["direct_gflops"] = Counter(gflop, Counter::kIsIterationInvariantRate);
  state.counters["of_peak"] = Counter(gflop / Peak(target), Counter::kIsIterationInvariantRate);
}

template <class Problem, class Args>
AlignedBuffer<float> Packed(const kernels::Algorithm<Problem, Args>& algorithm, const Problem& problem, const float* weights) {
  AlignedBuffer<float> packed(algorithm.packed_floats(problem));
  algorithm.pack(problem, weights, packed.data());
  return packed;
}

kernels::ConvProblem ConvProblemOf(const Layer& l) {
  return {l.in_h, l.in_w, l.in_c, l.out_h, l.out_w, l.out_k, l.kernel_h, l.kernel_w, l.stride, l.stride, 1, 1, l.pad_top, l.pad_left,
          kernels::Activation::kNone};
}

kernels::DepthwiseProblem DepthwiseProblemOf(const Layer& l) {
  return {l.in_h, l.in_w, l.in_c, l.out_h, l.out_w, l.kernel_h, l.kernel_w, l.stride, l.stride, 1, 1, l.pad_top, l.pad_left,
          kernels::Activation::kNone};
}

void BenchConv(benchmark::State& state, const Layer& layer, const kernels::ConvAlgorithm& algorithm, Target target) {
  Workload w(layer);
  const size_t c = static_cast<size_t>(layer.in_c), k_count = static_cast<size_t>(layer.out_k);
  const AlignedBuffer<float> weights = RandomFloats(static_cast<size_t>(layer.TapsAPixel()) * c * k_count, -1, 2);
  const AlignedBuffer<float> bias = RandomFloats(static_cast<size_t>(kernels::RoundUpToChannelBlock(layer.out_k)), -1, 3);
  const kernels::ConvProblem problem = ConvProblemOf(layer);
  const AlignedBuffer<float> packed = Packed(algorithm, problem, weights.data());
  const auto expected = [&](int y, int x, size_t k) {
    double sum = static_cast<double>(bias[k]);
    w.ForEachTap(y, x, [&](size_t tap, const float* pixel) {
      for (size_t i = 0; i < c; ++i) sum += static_cast<double>(pixel[i]) * static_cast<double>(weights[(tap * c + i) * k_count + k]);
    });
    return sum;
  };
  RunAlgorithm<kernels::ConvProblem, kernels::ConvArgs>(state, algorithm, target, problem, {w.in(), w.out(), packed.data(), bias.data()},
               static_cast<double>(layer.OutFloats()) * layer.TapsAPixel() * layer.in_c, [&] { return w.Error(expected); });
}

void BenchDepthwise(benchmark::State& state, const Layer& layer, const kernels::DepthwiseAlgorithm& algorithm, Target target) {
  Workload w(layer);
  const size_t c = static_cast<size_t>(layer.in_c);
  const AlignedBuffer<float> weights = RandomFloats(static_cast<size_t>(layer.TapsAPixel()) * c, -1, 2);
  const AlignedBuffer<float> bias = RandomFloats(static_cast<size_t>(kernels::RoundUpToChannelBlock(layer.in_c)), -1, 3);
  const kernels::DepthwiseProblem problem = DepthwiseProblemOf(layer);
  const AlignedBuffer<float> packed = Packed(algorithm, problem, weights.data());
  const auto expected = [&](int y, int x, size_t k) {
    double sum = static_cast<double>(bias[k]);
    w.ForEachTap(y, x, [&](size_t tap, const float* pixel) { sum += static_cast<double>(pixel[k]) * static_cast<double>(weights[tap * c + k]); });
    return sum;
  };
  RunAlgorithm<kernels::DepthwiseProblem, kernels::DepthwiseArgs>(state, algorithm, target, problem, {w.in(), w.out(), packed.data(), bias.data()},
               static_cast<double>(layer.OutFloats()) * layer.TapsAPixel(), [&] { return w.Error(expected); });
}

void BenchSeparable(benchmark::State& state, const Layer& layer, const kernels::SeparableAlgorithm& algorithm, Target target) {
  Workload w(layer);
  const size_t c = static_cast<size_t>(layer.in_c), k_count = static_cast<size_t>(layer.out_k);
  const size_t depthwise_floats = static_cast<size_t>(layer.TapsAPixel()) * c;
  const AlignedBuffer<float> weights = RandomFloats(depthwise_floats + c * k_count, -1, 2);
  const AlignedBuffer<float> depthwise_bias = RandomFloats(static_cast<size_t>(kernels::RoundUpToChannelBlock(layer.in_c)), -1, 3);
  const AlignedBuffer<float> bias = RandomFloats(static_cast<size_t>(kernels::RoundUpToChannelBlock(layer.out_k)), -1, 4);
  const kernels::SeparableProblem problem = {DepthwiseProblemOf(layer), layer.out_k, kernels::Activation::kNone};
  const AlignedBuffer<float> packed = Packed(algorithm, problem, weights.data());
  const auto expected = [&](int y, int x, size_t k) {
    double sum = static_cast<double>(bias[k]);
    for (size_t i = 0; i < c; ++i) {
      double middle = static_cast<double>(depthwise_bias[i]);
      w.ForEachTap(y, x, [&](size_t tap, const float* pixel) { middle += static_cast<double>(pixel[i]) * static_cast<double>(weights[tap * c + i]); });
      sum += middle * static_cast<double>(weights[depthwise_floats + i * k_count + k]);
    }
    return sum;
  };
  const double pixels = static_cast<double>(layer.out_h) * layer.out_w;
  RunAlgorithm<kernels::SeparableProblem, kernels::SeparableArgs>(state, algorithm, target, problem,
               {w.in(), w.out(), packed.data(), depthwise_bias.data(), bias.data()},
               pixels * layer.in_c * (layer.TapsAPixel() + layer.out_k), [&] { return w.Error(expected); });
}

template <class Table, class Problem, class Bench>
void RegisterFamily(const std::string& prefix, const Layer& layer, const Table& table, const Problem& problem, const Bench& bench) {
  for (const auto& algorithm : table) {
    if (!algorithm.supports(problem)) continue;
    for (const Target target : kernels::SupportedTargets()) {
      const std::string name = fmt::format("{}/{}/{}/{}", prefix, layer.name, algorithm.name, kernels::TargetName(target));
      benchmark::RegisterBenchmark(name.c_str(), [=, &algorithm](benchmark::State& state) { bench(state, layer, algorithm, target); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
}

bool RegisterLine(const std::string& model, const std::string& line) {
  std::istringstream fields(line);
  Layer l;
  if (!(fields >> l.family >> l.in_h >> l.in_w >> l.in_c >> l.out_h >> l.out_w >> l.out_k >> l.kernel_h >> l.kernel_w >> l.stride >>
        l.pad_top >> l.pad_left >> l.name)) {
    return false;
  }
  if (l.family == "conv") {
    RegisterFamily(model, l, kernels::ConvAlgorithms(), ConvProblemOf(l), BenchConv);
  } else if (l.family == "depthwise") {
    RegisterFamily(model, l, kernels::DepthwiseAlgorithms(), DepthwiseProblemOf(l), BenchDepthwise);
  } else if (l.family == "separable") {
    const kernels::SeparableProblem problem = {DepthwiseProblemOf(l), l.out_k, kernels::Activation::kNone};
    RegisterFamily(model, l, kernels::SeparableAlgorithms(), problem, BenchSeparable);
  } else {
    return false;
  }
  return true;
}

// False, with a message, for a folder or line that cannot be read.
bool RegisterFolder(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream file(entry.path());
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (line.empty() || line[0] == '#') continue;
      if (RegisterLine(entry.path().stem().string(), line)) continue;
      fmt::print(stderr, "{}:{}: no layer: {}\n", entry.path().string(), number, line);
      return false;
    }
  }
  if (error) fmt::print(stderr, "{}: {}\n", folder.string(), error.message());
  return !error;
}

// The product that all else comes down to: as many rows as stay in L2 with their weights. What the micro-kernel reaches.
void RegisterMicroKernel() {
  for (const int depth : {64, 128, 256, 512}) {
    const Layer layer = {"conv", fmt::format("depth_{}", depth), 1, 96, depth, 1, 96, 128, 1, 1, 1, 0, 0};
    const auto& pointwise = kernels::ConvAlgorithms().front();
    RegisterFamily("micro_kernel", layer, std::span(&pointwise, 1), ConvProblemOf(layer), BenchConv);
  }
}

}  // namespace
}  // namespace sinew

int main(int argc, char** argv) {
  const char* const folder = std::getenv("SINEW_SHAPES");
  if (!sinew::RegisterFolder(folder != nullptr ? folder : SINEW_SHAPES_FOLDER)) return 2;
  sinew::RegisterMicroKernel();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
