// A GPU that sessions share: the device, what was measured about convolutions on it, and the weights that are there.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "backends/cuda/device.h"
#include "backends/cuda/network.h"
#include "backends/cuda/tuning.h"
#include "backends/cuda/weights.h"
#include "program/reader.h"
#include "sinew/device.h"
#include "sinew/model.h"
#include "sinew/precision.h"

namespace sinew::runtime {

// A model's network, ready to be bound: cuda::Executor::Create(gpu->device(), network, weights, gpu->tuner(), ...).
struct GpuNetwork {
  std::shared_ptr<Gpu> gpu;
  std::shared_ptr<const cuda::Network> network;  // keeps the artifact
  std::shared_ptr<cuda::Weights> weights;        // shared by all networks of the model on this GPU
};

// Thread-safe.
class Gpu {
 public:
  static Result<std::shared_ptr<Gpu>> Open(std::shared_ptr<cuda::Device> device, std::filesystem::path tuning_file);
  static Device MakeDevice(std::shared_ptr<Gpu> gpu) { return Device(std::move(gpu)); }
  // Null for the processor.
  static const std::shared_ptr<Gpu>& FromDevice(const Device& device) { return device.gpu_; }

  const std::shared_ptr<cuda::Device>& device() const { return device_; }
  cuda::Tuner* tuner() const { return tuner_.get(); }
  // After new measurements: keeps them. Where they cannot be written they are made again next time, no more.
  void KeepTuning();

  // The weights of that artifact on this GPU, which live as long as somebody uses them.
  std::shared_ptr<cuda::Weights> WeightsFor(const std::shared_ptr<const program::Artifact>& artifact);

 private:
  Gpu(std::shared_ptr<cuda::Device> device, std::unique_ptr<cuda::Tuner> tuner)
      : device_(std::move(device)), tuner_(std::move(tuner)) {}

  const std::shared_ptr<cuda::Device> device_;
  const std::unique_ptr<cuda::Tuner> tuner_;
  std::mutex mutex_;
  size_t kept_measurements_ = 0;
  std::map<const program::Artifact*, std::weak_ptr<cuda::Weights>> weights_;
};

// The model's network of that resolution (0x0: its first) on a GPU. kNotFound where it has no plan of that resolution,
// kUnsupported where its plans are for processors; else the errors of cuda::NetworkOfPlan.
Result<GpuNetwork> LoadOnGpu(const Model& model, Resolution resolution, const Device& device);

// What the GPU computes in. kAuto is fp32: what the others err, 2e-3 to 1e-2 of the outputs, is beyond the default
// budget. kUnsupported for int8.
Result<cuda::Precision> GpuPrecision(Precision precision);

}  // namespace sinew::runtime
