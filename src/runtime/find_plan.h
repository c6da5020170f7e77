// The plan of a model that a session runs.
#pragma once

#include <cstddef>

#include "program/program_generated.h"
#include "sinew/device.h"
#include "sinew/model.h"

namespace sinew::runtime {

// The index of the first plan for that device and resolution; any resolution for 0x0. kNotFound where there is none of
// that resolution, kUnsupported where there is none for that kind of device: messages say what the model has.
Result<size_t> FindPlan(const program::ModelT& model, Resolution resolution, const Device& device);

}  // namespace sinew::runtime
