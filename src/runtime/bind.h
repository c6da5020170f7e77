// Binding: from a step in an artifact to a call of a kernel on real memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "program/program_generated.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew::runtime {

// A kernel with its problem, its views into an arena and its weights. A pass does tasks [first, last) with the calling
// thread's scratch; one begins when the one before is through. See backends/cpu/algorithm.h.
struct BoundStep {
  using Pass = std::function<void(size_t first, size_t last, float* scratch)>;

  size_t task_count = 0;
  size_t scratch_floats = 0;
  double multiply_adds = 0;  // that the algorithm does; 0 for one that only moves pictures
  std::vector<Pass> passes;
  std::shared_ptr<void> workspace;  // what one pass leaves for the next
};

// The packed weights that a step's blob indices stand for.
using BlobLookup = std::function<std::span<const float>(uint32_t index)>;

// Fails (kCorrupt, kIncompatible) when the step names no known algorithm, when the algorithm does not solve the step's
// problem, when shapes contradict one another, or when a blob has not the size that the algorithm packs.
// `arena` holds the plan's arena_floats; it and the blobs must outlive the result.
Result<BoundStep> BindStep(const program::StepT& step, const BlobLookup& blobs, simd::Target target, float* arena);

}  // namespace sinew::runtime
