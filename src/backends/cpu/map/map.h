// A function of each element, and the softmax of each pixel's channels: arguments and tables of algorithms.
#pragma once

#include <span>

#include "backends/cpu/algorithm.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::MapProblem;
struct MapArgs {
  ConstView input;
  View output;  // may be the input
};
using MapAlgorithm = Algorithm<MapProblem, MapArgs>;
std::span<const MapAlgorithm> MapAlgorithms();

using kernels::SoftmaxProblem;
struct SoftmaxArgs {
  ConstView input;
  View output;  // may be the input
};
using SoftmaxAlgorithm = Algorithm<SoftmaxProblem, SoftmaxArgs>;
std::span<const SoftmaxAlgorithm> SoftmaxAlgorithms();

}  // namespace sinew::cpu
