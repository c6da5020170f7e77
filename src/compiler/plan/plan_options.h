// What a plan is to respect.
#pragma once

#include "program/program_generated.h"

namespace sinew::plan {

class Tuner;

struct PlanOptions {
  // A plan of the same network for another resolution, or null: its algorithms are taken where they fit, so that both
  // plans share one copy of the packed weights.
  const program::PlanT* sibling = nullptr;
  // Algorithms whose relative RMS error of a layer (beyond that of summing in single precision) is larger are not used.
  double max_layer_error = 0;
  // Measures algorithms to choose by; null: by their predicted cost.
  Tuner* tuner = nullptr;
};

}  // namespace sinew::plan
