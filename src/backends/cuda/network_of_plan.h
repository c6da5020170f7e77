// A plan of an artifact as a network: which step reads what which other step wrote.
#pragma once

#include <memory>

#include "backends/cuda/network.h"
#include "program/program.h"

namespace sinew::cuda {

// A plan says where in one arena every picture lies; memory is used again, and concatenations are pictures in channel
// slices of a wider one. The GPU has a layout of its own, so the values behind the places are found again: what a step
// reads is what was last written there, whole, a part of it, or several parts side by side.
// `plan` must be for the backend "cuda" and have passed the reader's checks; `owner` keeps the blobs alive. Errors:
// kCorrupt where a step reads what no step wrote or a blob does not fit, kUnsupported for another backend.
Result<std::shared_ptr<const Network>> NetworkOfPlan(const program::PlanT& plan, const program::BlobLookup& blobs,
                                                     std::shared_ptr<const void> owner);

}  // namespace sinew::cuda
