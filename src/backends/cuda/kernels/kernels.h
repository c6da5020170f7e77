// The backend's own kernels. Inside the module only.
#pragma once

#include <cuda_runtime_api.h>

#include "backends/cuda/device.h"

namespace sinew::cuda {

cudaError_t LaunchKernel(const KernelCall& call, cudaStream_t stream);

// Whether the module has code for the current device.
cudaError_t CheckArchitecture();

}  // namespace sinew::cuda
