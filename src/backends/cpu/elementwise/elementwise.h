// Operations on each element by itself, one family each: add two pictures, scale and shift channels, copy with a
// border.
#pragma once

#include <span>

#include "backends/cpu/activation.h"
#include "backends/cpu/algorithm.h"
#include "backends/cpu/channel_block.h"
#include "base/view.h"

namespace sinew::cpu {

// out = act(a + b)
struct AddProblem {
  int height, width, channels;
  Activation activation;
};
struct AddArgs {
  ConstView a, b;
  View output;  // may be a or b
};
using AddAlgorithm = Algorithm<AddProblem, AddArgs>;
std::span<const AddAlgorithm> AddAlgorithms();

// out[p,c] = act(in[p,c] * scale[c] + shift[c])
struct ScaleShiftProblem {
  int height, width, channels;
  Activation activation;
};
struct ScaleShiftArgs {
  ConstView input;
  View output;         // may be the input
  const float* scale;  // RoundUpToChannelBlock(channels) floats each
  const float* shift;
};
using ScaleShiftAlgorithm = Algorithm<ScaleShiftProblem, ScaleShiftArgs>;
std::span<const ScaleShiftAlgorithm> ScaleShiftAlgorithms();

// The input inside a border of zeros; without a border, a plain copy.
struct CopyProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int pad_top, pad_left;
};
struct CopyArgs {
  ConstView input;
  View output;
};
using CopyAlgorithm = Algorithm<CopyProblem, CopyArgs>;
std::span<const CopyAlgorithm> CopyAlgorithms();

}  // namespace sinew::cpu
