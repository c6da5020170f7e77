// The Device that is a GPU, and the module's exported function.
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/cudnn_conv.h"
#include "backends/cuda/kernels/direct_conv.h"
#include "backends/cuda/kernels/halo_conv.h"
#include "backends/cuda/kernels/kernels.h"
#include "backends/cuda/module.h"
#include "backends/cuda/pose/pose_work.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

Event* FromCuda(cudaEvent_t event) { return reinterpret_cast<Event*>(event); }
cudaEvent_t AsCuda(Event* event) { return reinterpret_cast<cudaEvent_t>(event); }
cudaGraphExec_t AsCuda(Graph* graph) { return reinterpret_cast<cudaGraphExec_t>(graph); }
using sinew::cuda::AsCuda;

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(DeviceInfo info) : info_(std::move(info)), handles_(info_.index) {}

  const DeviceInfo& info() const override { return info_; }

  Result<void*> Allocate(size_t bytes) override {
    SINEW_RETURN_IF_ERROR(Choose());
    void* memory = nullptr;
    SINEW_CUDA_RETURN_IF_ERROR(cudaMalloc(&memory, bytes),
                               fmt::format("allocating {} MB", (bytes + (1 << 20) - 1) >> 20).c_str());
    return memory;
  }
  void Free(void* memory) override {
    if (Choose().ok()) (void)cudaFree(memory);
  }
  Result<void*> AllocatePinned(size_t bytes) override {
    SINEW_RETURN_IF_ERROR(Choose());
    void* memory = nullptr;
    SINEW_CUDA_RETURN_IF_ERROR(cudaHostAlloc(&memory, bytes, cudaHostAllocDefault), "allocating pinned memory");
    return memory;
  }
  void FreePinned(void* memory) override {
    if (Choose().ok()) (void)cudaFreeHost(memory);
  }

  Result<Stream*> NewStream() override {
    SINEW_RETURN_IF_ERROR(Choose());
    cudaStream_t stream = nullptr;
    SINEW_CUDA_RETURN_IF_ERROR(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
    return reinterpret_cast<Stream*>(stream);
  }
  void Delete(Stream* stream) override {
    if (Choose().ok()) (void)cudaStreamDestroy(AsCuda(stream));
  }
  Result<Event*> NewEvent(bool timed) override {
    SINEW_RETURN_IF_ERROR(Choose());
    cudaEvent_t event = nullptr;
    SINEW_CUDA_RETURN_IF_ERROR(cudaEventCreateWithFlags(&event, timed ? cudaEventDefault : cudaEventDisableTiming),
                               "making an event");
    return FromCuda(event);
  }
  void Delete(Event* event) override {
    if (Choose().ok()) (void)cudaEventDestroy(AsCuda(event));
  }
  Status Record(Event* event, Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaEventRecord(AsCuda(event), AsCuda(stream)), "recording an event");
    return Status();
  }
  Status Wait(Stream* stream, Event* event) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaStreamWaitEvent(AsCuda(stream), AsCuda(event), 0), "waiting for an event");
    return Status();
  }
  Result<double> Milliseconds(Event* from, Event* to) override {
    SINEW_RETURN_IF_ERROR(Choose());
    float milliseconds = 0;
    SINEW_CUDA_RETURN_IF_ERROR(cudaEventElapsedTime(&milliseconds, AsCuda(from), AsCuda(to)), "reading events");
    return static_cast<double>(milliseconds);
  }
  Status Synchronize(Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaStreamSynchronize(AsCuda(stream)), "running the network");
    return Status();
  }

  Status CopyToDevice(void* to, const void* from, size_t bytes, Stream* stream) override {
    return Copy(to, from, bytes, cudaMemcpyHostToDevice, stream, "copying to the GPU");
  }
  Status CopyToHost(void* to, const void* from, size_t bytes, Stream* stream) override {
    return Copy(to, from, bytes, cudaMemcpyDeviceToHost, stream, "copying from the GPU");
  }
  Status Fill(void* to, int byte, size_t bytes, Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaMemsetAsync(to, byte, bytes, AsCuda(stream)), "filling memory");
    return Status();
  }

  Status Launch(const KernelCall& call, Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(LaunchKernel(call, AsCuda(stream)), "starting a kernel");
    return Status();
  }

  Status BeginCapture(Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    // Thread-local: other threads may allocate and copy meanwhile.
    SINEW_CUDA_RETURN_IF_ERROR(cudaStreamBeginCapture(AsCuda(stream), cudaStreamCaptureModeThreadLocal),
                               "beginning a capture");
    return Status();
  }
  Result<Graph*> EndCapture(Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    cudaGraph_t graph = nullptr;
    SINEW_CUDA_RETURN_IF_ERROR(cudaStreamEndCapture(AsCuda(stream), &graph), "ending a capture");
    cudaGraphExec_t executable = nullptr;
    const cudaError_t error = cudaGraphInstantiate(&executable, graph, 0);
    (void)cudaGraphDestroy(graph);
    SINEW_CUDA_RETURN_IF_ERROR(error, "instantiating a graph");
    return reinterpret_cast<Graph*>(executable);
  }
  Status Replay(Graph* graph, Stream* stream) override {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaGraphLaunch(AsCuda(graph), AsCuda(stream)), "starting a graph");
    return Status();
  }
  void Delete(Graph* graph) override {
    if (Choose().ok()) (void)cudaGraphExecDestroy(AsCuda(graph));
  }

  Result<std::vector<std::string>> ConvCandidates(const ConvProblem& problem) override {
    std::vector<std::string> names;
    SINEW_ASSIGN_OR_RETURN(const std::vector<std::string> cudnn, CudnnCandidates(&handles_, problem));
    const std::vector<std::string> halo = HaloCandidates(info_, problem);
    names.insert(names.end(), halo.begin(), halo.end());
    names.insert(names.end(), cudnn.begin(), cudnn.end());
    names.push_back(kDirectConv);  // always works
    return names;
  }
  Result<std::unique_ptr<ConvAlgorithm>> MakeConv(const ConvProblem& problem, const std::string& name) override {
    if (name == kDirectConv) return MakeDirectConv(problem);
    if (name.starts_with("halo:")) {
      SINEW_RETURN_IF_ERROR(Choose());
      return MakeHaloConv(info_, problem, name);
    }
    return MakeCudnnConv(&handles_, problem, name);
  }

  Result<std::unique_ptr<PoseWork>> NewPoseWork(const PoseWorkOptions& options) override {
    return MakePoseWork(this, options);
  }

 private:
  // The calling thread's current device is this one from here on.
  Status Choose() const {
    SINEW_CUDA_RETURN_IF_ERROR(cudaSetDevice(info_.index), "choosing the GPU");
    return Status();
  }
  Status Copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, Stream* stream, const char* doing) const {
    SINEW_RETURN_IF_ERROR(Choose());
    SINEW_CUDA_RETURN_IF_ERROR(cudaMemcpyAsync(to, from, bytes, kind, AsCuda(stream)), doing);
    return Status();
  }

  DeviceInfo info_;
  CudnnHandles handles_;
};

class CudaModule final : public Module {
 public:
  Result<std::vector<DeviceInfo>> ListDevices() override {
    int count = 0;
    SINEW_CUDA_RETURN_IF_ERROR(cudaGetDeviceCount(&count), "looking for GPUs");
    std::vector<DeviceInfo> devices;
    for (int i = 0; i < count; ++i) {
      SINEW_ASSIGN_OR_RETURN(DeviceInfo info, Describe(i));
      devices.push_back(std::move(info));
    }
    return devices;
  }

  Result<std::shared_ptr<Device>> OpenDevice(int index) override {
    int count = 0;
    SINEW_CUDA_RETURN_IF_ERROR(cudaGetDeviceCount(&count), "looking for GPUs");
    if (index < 0 || index >= count)
      return InvalidArgument("no GPU {}: this machine has {}, counted from 0", index, count);
    SINEW_ASSIGN_OR_RETURN(DeviceInfo info, Describe(index));
    SINEW_CUDA_RETURN_IF_ERROR(cudaSetDevice(index), "choosing the GPU");
    if (const Status status = CudaStatus(CheckArchitecture(), "loading kernels"); !status.ok()) {
      (void)cudaGetLastError();
      return Prefixed(fmt::format("GPU {} ({}, sm_{}{})", index, info.name, info.compute_major, info.compute_minor),
                      status);
    }
    return std::shared_ptr<Device>(std::make_shared<CudaDevice>(std::move(info)));
  }

 private:
  static Result<DeviceInfo> Describe(int index) {
    cudaDeviceProp properties{};
    SINEW_CUDA_RETURN_IF_ERROR(cudaGetDeviceProperties(&properties, index), "describing a GPU");
    DeviceInfo info{.index = index,
                    .name = properties.name,
                    .compute_major = properties.major,
                    .compute_minor = properties.minor,
                    .multiprocessors = properties.multiProcessorCount,
                    .memory_bytes = properties.totalGlobalMem};
    (void)cudaDriverGetVersion(&info.driver_version);
    info.cudnn_version = static_cast<int>(cudnnGetVersion());
    SINEW_CUDA_RETURN_IF_ERROR(cudaSetDevice(index), "choosing a GPU");
    size_t free = 0, total = 0;
    SINEW_CUDA_RETURN_IF_ERROR(cudaMemGetInfo(&free, &total), "asking for free memory");
    info.free_bytes = free;
    return info;
  }
};

}  // namespace
}  // namespace sinew::cuda

extern "C" __attribute__((visibility("default"))) sinew::cuda::Module* sinew_cuda_module(int version) {
  static sinew::cuda::CudaModule module;
  return version == sinew::cuda::kModuleVersion ? &module : nullptr;
}
