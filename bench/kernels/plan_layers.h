// The layers of a compiled network, for bench/shapes.
#pragma once

#include <vector>

#include "layer.h"
#include "program/program_generated.h"

namespace sinew::bench {

// The steps of the plan that are convolutions and pools. A step that does several operations in one stands there whole,
// and so does each part of it that a kernel family does in one, under NAME:FIRST-LAST (operations, from 1): which of
// them a plan holds is the planner's choice. Layers that are alike stand there once.
std::vector<Layer> LayersFromPlan(const program::PlanT& plan);

}  // namespace sinew::bench
