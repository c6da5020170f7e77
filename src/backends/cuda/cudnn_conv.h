// Convolutions by cuDNN's graph API: convolution, bias and activation as one operation graph, or the convolution alone
// with the rest done by a kernel of ours where no fused engine exists.
//
// An algorithm is an engine with its knobs, named "cudnn-fused:E3:17=2,24=11" or "cudnn-plain:...". Engines that sum in
// less than fp32, convert their inputs down, or do not give the same bits every time are not offered; for fp32 neither
// are those that use tensor cores.
#pragma once

#include <cudnn.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/cuda/device.h"
#include "sinew/status.h"

namespace sinew::cuda {

// cuDNN handles of one device. A handle serves one thread at a time; Lease takes one out.
class CudnnHandles {
 public:
  explicit CudnnHandles(int device) : device_(device) {}
  ~CudnnHandles();

  class Lease {
   public:
    Lease(CudnnHandles* owner, cudnnHandle_t handle) : owner_(owner), handle_(handle) {}
    Lease(Lease&& other) noexcept : owner_(other.owner_), handle_(other.handle_) { other.owner_ = nullptr; }
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    cudnnHandle_t get() const { return handle_; }

   private:
    CudnnHandles* owner_;
    cudnnHandle_t handle_;
  };
  Result<Lease> Take();

 private:
  int device_;
  std::mutex mutex_;
  std::vector<cudnnHandle_t> idle_;
};

// Names for Device::ConvCandidates, likely fast ones first. Empty where cuDNN has nothing for the problem.
Result<std::vector<std::string>> CudnnCandidates(CudnnHandles* handles, const ConvProblem& problem);

// `name` is one of those. `handles` must outlive the result.
Result<std::unique_ptr<ConvAlgorithm>> MakeCudnnConv(CudnnHandles* handles, const ConvProblem& problem,
                                                     const std::string& name);

}  // namespace sinew::cuda
