// CUDA's and cuDNN's errors as Statuses that say what to do. Inside the module only; nvcc cannot
// compile base/error.h (fmt checks formats when compiling), so .cu files include this and not that.
#pragma once

#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "backends/cuda/device.h"

namespace sinew::cuda {

// `doing` completes "while ...": "allocating 12 MB".
Status CudaStatus(cudaError_t error, const char* doing);
// kUnsupported for what cuDNN does not do, kInternal for other failures of its own.
Status CudnnStatus(cudnnStatus_t error, const char* doing);

inline cudaStream_t AsCuda(Stream* stream) { return reinterpret_cast<cudaStream_t>(stream); }

#define SINEW_CUDA_RETURN_IF_ERROR(expr, doing)                                 \
  do {                                                                          \
    if (const cudaError_t sinew_error_ = (expr); sinew_error_ != cudaSuccess) { \
      (void)cudaGetLastError(); /* the next launch shall not report it again */ \
      return ::sinew::cuda::CudaStatus(sinew_error_, doing);                    \
    }                                                                           \
  } while (0)

#define SINEW_CUDNN_RETURN_IF_ERROR(expr, doing)                                           \
  do {                                                                                     \
    if (const cudnnStatus_t sinew_error_ = (expr); sinew_error_ != CUDNN_STATUS_SUCCESS) { \
      return ::sinew::cuda::CudnnStatus(sinew_error_, doing);                              \
    }                                                                                      \
  } while (0)

}  // namespace sinew::cuda
