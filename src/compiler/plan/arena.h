// The static memory plan: where each buffer lies in the arena.
//
// Buffers that are never alive together may overlap. Greedy by size, each at the lowest offset where it is free for its
// whole life: within a few percent of the lower bound on networks like these.
//   Source: Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/plan/place.h"
#include "sinew/status.h"

namespace sinew::plan {

struct ArenaPlan {
  std::vector<uint64_t> offsets;  // by buffer, multiples of a cache line
  uint64_t bytes = 0;
  uint64_t bytes_without_reuse = 0;
};

// kTooLarge where the sizes leave 64 bits or the arena 256 GB.
Result<ArenaPlan> PlanArena(std::span<const Buffer> buffers);

}  // namespace sinew::plan
