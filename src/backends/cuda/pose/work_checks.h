// Arguments of pose_work.h's calls, checked alike for a GPU and for the processor.
#pragma once

#include <span>

#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/decode_plan.h"
#include "backends/cuda/pose/resize-inl.h"
#include "sinew/status.h"

namespace sinew::cuda {

// Pictures may have no side longer than this (the limit of pose/preprocess.h).
inline constexpr int kMaxPictureSide = 65536;

Status CheckResize(std::span<const ResizeJob> jobs, const View& input, int batch);
// The plan's parts of the network's outputs.
Result<MapParts> SelectParts(const DecodePlan& plan, std::span<const View> outputs, int pictures, int batch);

}  // namespace sinew::cuda
