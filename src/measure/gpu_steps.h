// Where the time of a network on a GPU goes, step by step.
#pragma once

#include <vector>

#include "measure/profile.h"
#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::measure {

// Each step by itself, one after the other, between events of the GPU. In the network, which is one graph, steps that
// do not need each other run at once: their times add up to more than the network's. Errors: those of Session::Create.
Result<std::vector<StepProfile>> ProfileGpuSteps(const Model& model, const SessionOptions& session, int repeats);

}  // namespace sinew::measure
