// A CUDA module whose one GPU is the processor: programs are tested with it as they run with the real one.
//   SINEW_CUDA_MODULE=.../libsinew_cuda_host.so sinew run --device cuda ...
// SINEW_HOST_DEVICE_LOST_AT: the run of a network (counted from 0) at which the GPU is lost.
#include <cstdlib>

#include "backends/cuda/module.h"
#include "backends/cuda/testing/host_device.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

class HostModule final : public Module {
 public:
  Result<std::vector<DeviceInfo>> ListDevices() override { return std::vector<DeviceInfo>{HostDevice().info()}; }
  Result<std::shared_ptr<Device>> OpenDevice(int index) override {
    if (index != 0) return InvalidArgument("there is no GPU {}: this machine has 1", index);
    auto device = std::make_shared<HostDevice>();
    if (const char* const run = std::getenv("SINEW_HOST_DEVICE_LOST_AT")) device->lost_at_replay = std::atoi(run);
    return std::shared_ptr<Device>(std::move(device));
  }
};

}  // namespace
}  // namespace sinew::cuda

extern "C" __attribute__((visibility("default"))) sinew::cuda::Module* sinew_cuda_module(int version) {
  static sinew::cuda::HostModule module;
  return version == sinew::cuda::kModuleVersion ? &module : nullptr;
}
