// Opening GPUs, and networks on them.
#include "runtime/gpu.h"

#include <charconv>

#include "backends/cuda/module.h"
#include "backends/cuda/network_of_plan.h"
#include "base/error.h"
#include "runtime/find_plan.h"
#include "runtime/model_access.h"

namespace sinew {
namespace runtime {

Result<std::shared_ptr<Gpu>> Gpu::Open(std::shared_ptr<cuda::Device> device, std::filesystem::path tuning_file) {
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<cuda::Tuner> tuner, cuda::Tuner::Open(device, std::move(tuning_file)));
  return std::shared_ptr<Gpu>(new Gpu(std::move(device), std::move(tuner)));
}

void Gpu::KeepTuning() {
  const std::lock_guard lock(mutex_);
  const size_t measured = tuner_->measured();
  if (measured == kept_measurements_) return;
  if (tuner_->Save().ok()) kept_measurements_ = measured;
}

std::shared_ptr<cuda::Weights> Gpu::WeightsFor(const std::shared_ptr<const program::Artifact>& artifact) {
  const std::lock_guard lock(mutex_);
  std::erase_if(weights_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<cuda::Weights>& known = weights_[artifact.get()];
  if (std::shared_ptr<cuda::Weights> weights = known.lock()) return weights;
  // The artifact stays while its weights do: another one at the same address would be taken for it.
  std::shared_ptr<cuda::Weights> weights(new cuda::Weights(device_), [artifact](cuda::Weights* gone) { delete gone; });
  known = weights;
  return weights;
}

Result<GpuNetwork> LoadOnGpu(const Model& model, Resolution resolution, const Device& device) {
  const std::shared_ptr<const program::Artifact>& artifact = ModelAccess::shared_artifact(model);
  SINEW_ASSIGN_OR_RETURN(const size_t index, FindPlan(artifact->model(), resolution, device));
  const auto blobs = [&artifact](uint32_t blob) { return artifact->blob(blob); };
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<const cuda::Network> network,
                         cuda::NetworkOfPlan(*artifact->model().plans[index], blobs, artifact));
  const std::shared_ptr<Gpu>& gpu = Gpu::FromDevice(device);
  return GpuNetwork{gpu, std::move(network), gpu->WeightsFor(artifact)};
}

Result<cuda::Precision> GpuPrecision(Precision precision) {
  switch (precision) {
    case Precision::kAuto:
    case Precision::kFp32:
      return cuda::Precision::kFp32;
    case Precision::kTf32:
      return cuda::Precision::kTf32;
    case Precision::kFp16:
      return cuda::Precision::kFp16;
    case Precision::kBf16:
      return cuda::Precision::kBf16;
    case Precision::kInt8:
      break;
  }
  return Unsupported("GPUs do not compute in {} here: they have fp32, tf32, fp16 and bf16", PrecisionName(precision));
}

}  // namespace runtime

namespace {

// The index in "cuda" and "cuda:1".
Result<int> ParseGpu(std::string_view name) {
  constexpr std::string_view kPrefix = "cuda";
  int index = 0;
  if (name == kPrefix) return index;
  const char* const end = name.data() + name.size();
  if (name.starts_with("cuda:")) {
    const auto [rest, error] = std::from_chars(name.data() + kPrefix.size() + 1, end, index);
    if (error == std::errc() && rest == end && index >= 0) return index;
  }
  return InvalidArgument("device \"{}\": must be cpu, cuda, cuda:N (the Nth GPU from 0) or auto", name);
}

Result<std::shared_ptr<cuda::Device>> OpenGpu(int index) {
  SINEW_ASSIGN_OR_RETURN(cuda::Module* const module, cuda::LoadModule());
  return module->OpenDevice(index);
}

}  // namespace

Result<Device> Device::Open(std::string_view name, const DeviceOptions& options) {
  if (name == "cpu") return Device();
  const bool is_wish = name == "auto";
  SINEW_ASSIGN_OR_RETURN(const int index, is_wish ? Result<int>(0) : ParseGpu(name));
  Result<std::shared_ptr<cuda::Device>> opened = OpenGpu(index);
  if (!opened.ok() && is_wish) return Device();
  if (!opened.ok()) return opened.status();
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<runtime::Gpu> gpu,
                         runtime::Gpu::Open(std::move(*opened), options.tuning_file));
  return Device(std::move(gpu));
}

std::string Device::name() const { return is_gpu() ? fmt::format("cuda:{}", gpu_->device()->info().index) : "cpu"; }

std::string Device::product() const { return is_gpu() ? gpu_->device()->info().name : ""; }

std::string_view Device::backend() const { return is_gpu() ? program::kCudaBackend : program::kCpuBackend; }

}  // namespace sinew
