// Descriptions of models in artifacts.
#pragma once

#include <memory>

#include "program/program_generated.h"
#include "sinew/model_description.h"
#include "sinew/status.h"

namespace sinew::program {

std::unique_ptr<DescriptionT> PackDescription(const ModelDescription& description);

// kCorrupt where the description makes no sense by itself (ModelDescription::Validate).
Result<ModelDescription> UnpackDescription(const DescriptionT& packed);

// Whether the outputs of a plan are what the description says: there, with enough channels, and with as many cells as
// the stride makes of the input. kInvalidArgument with what differs.
Status CheckOutputs(const ModelDescription& description, const PlanT& plan);

}  // namespace sinew::program
