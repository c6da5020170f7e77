// Binding: from a step in an artifact to a call of a kernel on real memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "program/program.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew::cpu {

// A kernel with its problem, its views into an arena and its weights. A pass does tasks [first, last) with the calling
// thread's scratch; one begins when the one before is through. See algorithm.h.
struct BoundStep {
  using Pass = std::function<void(size_t first, size_t last, float* scratch)>;

  size_t task_count = 0;
  size_t scratch_floats = 0;
  double multiply_adds = 0;  // that the algorithm does; 0 for one that only moves pictures
  std::vector<Pass> passes;
  std::shared_ptr<void> workspace;  // what one pass leaves for the next
};

// Fails (kCorrupt, kIncompatible) when shapes contradict one another, when a picture is of a type that the algorithm
// does not have there (see program/storage.h), when values per channel are not F32, when weights are not of the type
// that the algorithm multiplies, or the target lacks it, when the step names no known algorithm, when the algorithm
// does not solve the step's problem, or when a blob has not the size that the algorithm packs. `arena` holds the plan's
// arena_bytes, with every slice in it; it and the blobs must outlive the result.
Result<BoundStep> BindStep(const program::StepT& step, const program::BlobLookup& blobs, simd::Target target,
                           std::byte* arena);

}  // namespace sinew::cpu
