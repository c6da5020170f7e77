// A configuration measured, as the document that `sinew bench` prints.
#pragma once

#include <span>

#include "measure/bench.h"
#include "measure/documents/documents.h"

namespace sinew::measure {

// Measures from the encoded pictures to people; without pictures, the network alone. `machine` is this one: who else
// used it meanwhile is filled in. Errors: those of BenchNetwork and BenchPictures.
Result<documents::Bench> MeasureBench(const Model& model, double load_seconds, std::span<const EncodedPicture> pictures,
                                      const BenchOptions& options, const documents::Machine& machine);

}  // namespace sinew::measure
