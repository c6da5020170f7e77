// Arguments of pose_work.h's calls, checked alike for a GPU and for the processor.
#pragma once

#include <span>

#include "backends/cuda/pose/decode_plan.h"
#include "backends/cuda/pose/resize-inl.h"
#include "backends/cuda/pose/values-inl.h"
#include "sinew/status.h"

namespace sinew::cuda {

// Pictures may have no side longer than this (the limit of pose/preprocess.h).
inline constexpr int kMaxPictureSide = 65536;

Status CheckResize(std::span<const ResizeJob> jobs, const View& input, int batch);
Status CheckDecode(const DecodePlan& plan, const View& maps, int pictures, int batch);

}  // namespace sinew::cuda
