// Convolution: the table of every algorithm that solves it.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/channel_block.h"
#include "backends/cpu/conv/algorithm.h"

namespace sinew::cpu {

// Plain weights given to `pack`: RSCK. Several rows support most problems; cost and error choose among them.
std::span<const ConvAlgorithm> ConvAlgorithms();

}  // namespace sinew::cpu
