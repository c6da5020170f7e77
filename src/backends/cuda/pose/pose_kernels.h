// Launches of the kernels around the network. Inside the module only.
#pragma once

#include <cuda_runtime_api.h>

#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/resize-inl.h"

namespace sinew::cuda {

// Pictures of one launch: their jobs are its arguments, of which there may be 4096 bytes.
inline constexpr int kJobsPerLaunch = 64;
struct ResizeJobs {
  ResizeJob jobs[kJobsPerLaunch];
};
static_assert(sizeof(ResizeJobs) <= 3072);

// The first `count` jobs into the pictures of `input` from `first_picture` on.
cudaError_t LaunchResize(const ResizeJobs& jobs, int count, const InputValues& values, const View& input,
                         int first_picture, cudaStream_t stream);

// Keypoints times pictures of one launch.
inline constexpr int kMaxPlanes = 65535;

// Tables and buffers lie in the device's memory, results in pinned memory.
cudaError_t LaunchDecode(const DecodeTables& tables, const MapParts& maps, const DecodeBuffers& buffers,
                         const DecodeResults& results, int pictures, cudaStream_t stream);

}  // namespace sinew::cuda
