// The planner's view of devices that pick their algorithms when a plan is opened there, by measuring: what they need in
// an artifact are the steps and plain weights.
#pragma once

#include "backends/backend.h"

namespace sinew::backends {

// The algorithm of every step in such a plan.
inline constexpr std::string_view kDeviceAlgorithm = "device";

// Plans for NVIDIA GPUs, backend "cuda". Convolutions and depthwise convolutions by themselves, pools, resizes,
// normalisations, sums, scales and copies; nothing that does two operations in one. Weights stay as they are: the plain
// layouts of Backend::Pack, in f32.
const Backend& CudaBackend();

}  // namespace sinew::backends
