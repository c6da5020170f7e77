// Operations on each element by itself, one family each: add two pictures, scale and shift channels, a ReLU with a
// slope below zero, copy with a border.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/bf16_view.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::AddProblem;
struct AddArgs {
  ConstView a, b;
  View output;  // may be a or b
};
using AddAlgorithm = Algorithm<AddProblem, AddArgs>;
std::span<const AddAlgorithm> AddAlgorithms();

using kernels::ScaleShiftProblem;
struct ScaleShiftArgs {
  ConstView input;
  View output;         // may be the input
  const float* scale;  // RoundUpToChannelBlock(channels) floats each
  const float* shift;
};
using ScaleShiftAlgorithm = Algorithm<ScaleShiftProblem, ScaleShiftArgs>;
std::span<const ScaleShiftAlgorithm> ScaleShiftAlgorithms();

using kernels::PreluProblem;
struct PreluArgs {
  ConstView input;
  View output;         // may be the input
  const float* slope;  // RoundUpToChannelBlock(channels) floats
};
using PreluAlgorithm = Algorithm<PreluProblem, PreluArgs>;
std::span<const PreluAlgorithm> PreluAlgorithms();

using kernels::CopyProblem;
struct CopyArgs {
  ConstView input;
  View output;
  // In place of `input` and `output` where they have data.
  ConstBf16View bf16_input = {};
  Bf16View bf16_output = {};
};
using CopyAlgorithm = Algorithm<CopyProblem, CopyArgs>;
std::span<const CopyAlgorithm> CopyAlgorithms();

}  // namespace sinew::cpu
