// The texts of device errors.
#include "backends/cuda/cuda_status.h"

#include "base/error.h"

namespace sinew::cuda {

Status CudaStatus(cudaError_t error, const char* doing) {
  const char* text = cudaGetErrorString(error);
  switch (error) {
    case cudaSuccess:
      return Status();
    case cudaErrorMemoryAllocation: {
      size_t free = 0, total = 0;
      const bool known = cudaMemGetInfo(&free, &total) == cudaSuccess;
      (void)cudaGetLastError();
      return TooLarge(
          "the GPU's memory does not suffice while {} ({}): use a smaller batch, fewer streams or a lower resolution, "
          "or end other "
          "programs on it",
          doing,
          known ? fmt::format("{} of {} MB are free", free >> 20, total >> 20)
                : std::string("unknown how much is free"));
    }
    case cudaErrorInsufficientDriver: {
      int driver = 0;
      (void)cudaDriverGetVersion(&driver);
      if (driver == 0) {
        return NotFound(
            "no NVIDIA driver (libcuda.so.1 is not there or has no device): install the driver, or in a container "
            "start it with "
            "the GPU (docker run --gpus all)");
      }
      return Incompatible(
          "the NVIDIA driver is too old: it supports CUDA {}.{}, this module needs {}.{}. Install a newer driver",
          driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    }
    case cudaErrorNoDevice:
      return NotFound(
          "the NVIDIA driver finds no GPU: check nvidia-smi, CUDA_VISIBLE_DEVICES and the container's devices");
    case cudaErrorInvalidDevice:
      return InvalidArgument("no such GPU while {}: `sinew devices` lists what there is", doing);
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorUnsupportedPtxVersion:
      return Incompatible(
          "the CUDA module has no code for this GPU's architecture ({}): build it for that, "
          "-DSINEW_CUDA_ARCHITECTURES=NN",
          text);
    case cudaErrorDevicesUnavailable:
      return Unavailable("the GPU is in use by another program alone (exclusive mode), or not ready: {}", text);
    // After these the context is gone: every later call in the process fails likewise.
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorAssert:
    case cudaErrorContextIsDestroyed:
      return Unavailable(
          "the GPU was lost while {} ({}): start the program again; what was written so far is whole. If it happens "
          "again, run "
          "nvidia-smi and look for Xid errors in the kernel's log",
          doing, text);
    default:
      return Internal("CUDA failed while {}: {} ({})", doing, text, cudaGetErrorName(error));
  }
}

Status CudnnStatus(cudnnStatus_t error, const char* doing) {
  if (error == CUDNN_STATUS_SUCCESS) return Status();
  char detail[512] = "";
  cudnnGetLastErrorString(detail, sizeof(detail));
  const char* text = cudnnGetErrorString(error);
  if (CUDNN_STATUS_CATEGORY(error) == CUDNN_STATUS_NOT_SUPPORTED ||
      CUDNN_STATUS_CATEGORY(error) == CUDNN_STATUS_BAD_PARAM) {
    return Unsupported("cuDNN does not do it while {}: {} {}", doing, text, detail);
  }
  if (error == CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH || error == CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED) {
    return Incompatible(
        "cuDNN's libraries do not belong together or some are missing ({} {}): install all of cuDNN 9 for CUDA 13",
        text, detail);
  }
  if (error == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED) {
    return TooLarge(
        "the GPU's memory does not suffice for cuDNN while {}: use a smaller batch, or end other programs on it",
        doing);
  }
  // A failed kernel may have taken the context with it.
  if (const cudaError_t cuda = cudaPeekAtLastError(); cuda != cudaSuccess) {
    (void)cudaGetLastError();
    if (const Status status = CudaStatus(cuda, doing); status.code() == StatusCode::kUnavailable) return status;
  }
  return Internal("cuDNN failed while {}: {} {}", doing, text, detail);
}

}  // namespace sinew::cuda
