// The time of an algorithm as the network will run it: replayed from a captured graph, beside others of its kind.
#pragma once

#include <memory>

#include "backends/cuda/device.h"

namespace sinew::cuda {

// Microseconds for each of `alike` runs at once on streams of their own, on random values; the least of a few replays.
// An algorithm that takes much longer than `best` microseconds (0: none is known) is timed once, by itself.
Result<double> MeasureConv(const std::shared_ptr<Device>& device, const ConvProblem& problem,
                           const ConvAlgorithm& algorithm, int alike, double best = 0);

}  // namespace sinew::cuda
