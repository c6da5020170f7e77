// Which kernel family does a layer, and the rows of its table on one: bound to memory and ready to run.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/aligned_buffer.h"
#include "layer.h"
#include "program/kernel_problem.h"
#include "program/program_generated.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew::bench {

using kernels::Problem;

// The step of a program that does the layer's operations. kUnsupported where no family does these in one.
Result<program::StepT> MakeStep(const Layer& layer);
// Its problem.
Result<Problem> MakeProblem(const Layer& layer);

// A layer with values: inputs of 0..1 as a ReLU leaves them, weights scaled so that outputs are of that size too.
struct Trial {
  explicit Trial(const Layer& layer);

  Layer layer;
  AlignedBuffer<float> input, output;        // dense
  std::vector<float> weights;                // of all operations, one after another
  std::vector<AlignedBuffer<float>> biases;  // by operation, padded to whole blocks; none of a pool
};

// Names of the rows that support the problem and are compiled for the target.
std::vector<std::string_view> AlgorithmsFor(const Problem& problem, simd::Target target);

// A row of the table on a trial's data, which must outlive it.
struct BoundAlgorithm {
  std::function<void()> run;  // all tasks, on the calling thread
  size_t packed_bytes = 0;
  double cost = 0;   // multiply-adds, as the row itself has it; 0 where it has none
  double error = 0;  // relative RMS, of the algorithm beyond rounding
};
// `name` is one that AlgorithmsFor gave.
BoundAlgorithm Bind(const Problem& problem, std::string_view name, simd::Target target, Trial* trial);

}  // namespace sinew::bench
