// Decoding on a GPU: what its kernels are told, and people out of what they found.
#pragma once

#include <vector>

#include "backends/cuda/pose/decode_plan.h"
#include "backends/cuda/pose/pose_work.h"
#include "pose/decode.h"
#include "sinew/decode_options.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::pose {

// For maps of that size from a network of that input; the geometry's picture is not looked at. Both decoders find the
// same peaks and pairs, so the plan serves both. Errors: those of Decoder::Decode for options and sizes.
Result<cuda::DecodePlan> MakeDecodePlan(MapSize maps, const ModelDescription& description, const MapGeometry& geometry,
                                        const DecodeOptions& options);

cuda::InputValues MakeInputValues(const InputConvention& convention);

// The people that `decoder`, of the same description, finds in the maps that `detections` came from, with the same
// geometry and options: equal to Decoder::Decode on the processor, its error for values that are not finite included.
// kUnsupported where the detections are not complete: the maps themselves must be decoded then.
Result<std::vector<Person>> AssembleDetections(const cuda::Detections& detections, MapSize maps,
                                               const ModelDescription& description, const MapGeometry& geometry,
                                               const DecodeOptions& options, Decoder* decoder);

}  // namespace sinew::pose
