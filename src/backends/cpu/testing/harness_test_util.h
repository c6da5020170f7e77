// The walk that every kernel family is tested with: each algorithm of the table that supports a problem, on each target
// of this processor, in one piece and task by task in reverse, against plain loops in double.
//
// What is checked: values within the bound that the test computes for each element, the same bits however the tasks are
// split, surroundings of the output untouched, no NaN from the surroundings of the inputs, no access behind the last
// element (the process would end), no write behind the scratch.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "backends/cpu/gemm/narrow/cost.h"
#include "backends/cpu/testing/coverage_test_util.h"
#include "backends/cpu/testing/guarded_picture_test_util.h"
#include "base/aligned_buffer.h"
#include "base/error.h"

namespace sinew::cpu {

inline constexpr float kSentinel = 1234.5f;

// What an element should be, and how far it may be off in single precision.
struct Expected {
  double value;
  double tolerance;
  double magnitude = 0;  // of the products that it sums up, absolutes added: what narrow types err by
};

// A sum of `terms` products in floats, added up in any order, is off by at most (terms + 1) * eps * sum |products|
// (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1), eps = 2^-24. Activations do not enlarge it.
inline double SumTolerance(int terms, double sum_of_absolutes) {
  return (terms + 1) * 0x1p-24 * sum_of_absolutes + std::numeric_limits<float>::min();
}

inline double Activate(Activation activation, double value) {
  if (activation == Activation::kNone) return value;
  value = std::max(value, 0.0);
  return activation == Activation::kRelu6 ? std::min(value, 6.0) : value;
}

inline std::vector<float> RandomFloats(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

inline AlignedBuffer<float> ToAligned(const std::vector<float>& values) {
  AlignedBuffer<float> buffer(values.size());
  std::copy(values.begin(), values.end(), buffer.data());
  return buffer;
}

// Values padded with zeros to whole blocks of channels.
inline AlignedBuffer<float> PaddedToBlock(const std::vector<float>& values) {
  std::vector<float> padded = values;
  padded.resize(static_cast<size_t>(RoundUpToChannelBlock(static_cast<int>(values.size()))));
  return ToAligned(padded);
}

namespace testing_internal {

inline std::string Compare(const GuardedPicture& output, const std::vector<Expected>& expected) {
  const std::vector<float> actual = output.Elements();
  if (actual.size() != expected.size()) return "the test expects another number of elements";
  for (size_t i = 0; i < actual.size(); ++i) {
    // Written so that NaN fails.
    if (!(std::fabs(static_cast<double>(actual[i]) - expected[i].value) <= expected[i].tolerance)) {
      const size_t channels = static_cast<size_t>(output.view().channels),
                   width = static_cast<size_t>(output.view().width);
      return fmt::format("element ({}, {}, {}) is {}, expected {} +- {}", i / channels / width, i / channels % width,
                         i % channels, actual[i], expected[i].value, expected[i].tolerance);
    }
  }
  return output.SurroundingsIntact() ? "" : "wrote outside its output";
}

}  // namespace testing_internal

// Runs one algorithm on one target; an empty string when all is well. `reset` puts the output and, for algorithms that
// work in place, the input back to what they were.
template <class Problem, class Args, class Reset>
std::string CheckRun(const Algorithm<Problem, Args>& algorithm, Target target, const Problem& problem, const Args& args,
                     const GuardedPicture& output, const std::vector<Expected>& expected, const Reset& reset) {
  const auto run = algorithm.run_for(target),
             first_pass = algorithm.first_pass_for == nullptr ? nullptr : algorithm.first_pass_for(target);
  if (run == nullptr || (algorithm.first_pass_for != nullptr && first_pass == nullptr)) return "is not compiled in";
  const size_t tasks = algorithm.task_count(problem);
  const size_t scratch_floats = algorithm.scratch_floats(problem);
  AlignedBuffer<float> scratch(scratch_floats + 1);
  const auto poison_scratch = [&] {
    std::fill_n(scratch.data(), scratch_floats + 1, std::numeric_limits<float>::quiet_NaN());
  };

  poison_scratch();
  reset();
  if (first_pass != nullptr) first_pass(problem, args, 0, tasks, scratch.data());
  run(problem, args, 0, tasks, scratch.data());
  if (std::string difference = testing_internal::Compare(output, expected); !difference.empty()) return difference;
  if (!std::isnan(scratch.data()[scratch_floats])) return "wrote behind its scratch";
  const std::vector<float> whole = output.Elements();

  reset();
  for (const auto pass : {first_pass, run}) {
    for (size_t task = pass == nullptr ? 0 : tasks; task-- > 0;) {
      poison_scratch();
      pass(problem, args, task, task + 1, scratch.data());
    }
  }
  const std::vector<float> split = output.Elements();
  if (std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)) != 0)
    return "depends on how its tasks are split";
  return output.SurroundingsIntact() ? "" : "wrote outside its output";
}

// What an algorithm adds to the tolerances of single precision.
//   Of a narrow type, the most that rounding can do to a product: 2^-8 of it for each side in bf16 and their product;
//   in pairs, 2^-17 for the low half of each side and 2^-16 for the product of the two, and three times the sums. In
//   I8, twelve times the error of a layer: that of a scale's steps, which for the inputs of tests is never far above
//   it. The products themselves are tested exactly (gemm/narrow/narrow_test.cc). An algorithm with an error of its own
//   (relative RMS of a layer, beyond its type's) is off by six times that at the worst of many elements where errors
//   are normally distributed; ten times more for layers of few channels, where they are not yet.
inline std::vector<Expected> WidenedFor(kernels::DataType type, double error, std::vector<Expected> expected) {
  double squares = 0;
  for (const Expected& e : expected) squares += e.value * e.value;
  const bool in_i8 = type == kernels::DataType::kI8;
  const double own_error = error > 1.5 * NarrowError(type) ? error : 0;
  const double widening =
      (in_i8 ? 12 * error : 60 * own_error) * std::sqrt(squares / static_cast<double>(expected.size()));
  for (Expected& e : expected) {
    e.tolerance += widening;
    if (type == kernels::DataType::kBF16) e.tolerance = 1.01 * e.tolerance + (0x1p-7 + 0x1p-16) * e.magnitude;
    if (type == kernels::DataType::kBF16Pair) e.tolerance = 3.03 * e.tolerance + 1.01 * 0x1p-15 * e.magnitude;
  }
  return expected;
}

// All of the table; the first failure, named. `pack` gives args with the weights packed by the algorithm.
template <class Problem, class Args, class Pack, class Reset>
std::string CheckTable(std::span<const Algorithm<Problem, Args>> table, const Problem& problem, const Pack& pack,
                       const GuardedPicture& output, const std::vector<Expected>& expected, const Reset& reset) {
  bool any = false;
  for (const auto& algorithm : table) {
    Runs& runs = algorithm_runs[algorithm.name];
    runs.wants_emulation =
        algorithm.emulated_for != nullptr && algorithm.emulated_for(simd::SupportedTargets().back()) != nullptr;
    if (algorithm.type == kernels::DataType::kF32) {
      runs.offered.insert(simd::SupportedTargets().begin(), simd::SupportedTargets().end());
    }
    if (!algorithm.supports(problem)) continue;
    any = true;
    const Args args = pack(algorithm);
    const std::vector<Expected> widened = WidenedFor(algorithm.type, algorithm.error, expected);
    typename Algorithm<Problem, Args>::Run last = nullptr;
    std::vector<float> on_tiles;
    for (const Target target : simd::SupportedTargets()) {
      const auto run = algorithm.run_for(target);
      if (run == nullptr && algorithm.type != kernels::DataType::kF32) continue;  // the target lacks the type
      runs.offered.insert(target);
      if (run != last || run == nullptr) {  // targets may share code
        const std::string difference = CheckRun(algorithm, target, problem, args, output, widened, reset);
        if (!difference.empty())
          return fmt::format("{} on {}: {}", algorithm.name, simd::TargetName(target), difference);
        if (target == Target::kAmx) on_tiles = output.Elements();
      }
      last = run;
      runs.ran.insert(target);
    }
    if (algorithm.emulated_for == nullptr || algorithm.emulated_for(simd::SupportedTargets().back()) == nullptr)
      continue;
    Algorithm<Problem, Args> emulated = algorithm;
    emulated.run_for = algorithm.emulated_for;
    const std::string difference =
        CheckRun(emulated, simd::SupportedTargets().back(), problem, args, output, widened, reset);
    if (!difference.empty()) return fmt::format("{} in software: {}", algorithm.name, difference);
    const std::vector<float> in_software = output.Elements();
    if (!on_tiles.empty() &&
        std::memcmp(on_tiles.data(), in_software.data(), in_software.size() * sizeof(float)) != 0) {
      return fmt::format("{} differs between the processor's tiles and those in software", algorithm.name);
    }
    runs.emulated = true;
  }
  return any ? "" : "no algorithm supports the problem";
}

}  // namespace sinew::cpu
