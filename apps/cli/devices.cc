// sinew devices: the GPUs that the CUDA module finds, or what keeps it from finding any.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "backends/cuda/module.h"
#include "base/error.h"
#include "command.h"
#include "print.h"

namespace sinew::cli {
namespace {

// 13000 -> "13.0"
std::string CudaVersion(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }
// 91900 -> "9.19.0"
std::string CudnnVersion(int version) {
  return fmt::format("{}.{}.{}", version / 10000, version % 10000 / 100, version % 100);
}

Result<std::vector<cuda::DeviceInfo>> ListDevices() {
  SINEW_ASSIGN_OR_RETURN(cuda::Module* const module, cuda::LoadModule());
  return module->ListDevices();
}

int Devices(bool json) {
  const Result<std::vector<cuda::DeviceInfo>> devices = ListDevices();
  if (json) {
    nlohmann::ordered_json document = {{"devices", nlohmann::ordered_json::array()}};
    if (!devices.ok()) document["missing"] = devices.status().message();
    for (const cuda::DeviceInfo& device : devices.ok() ? *devices : std::vector<cuda::DeviceInfo>()) {
      document["devices"].push_back(
          {{"device", fmt::format("cuda:{}", device.index)},
           {"name", device.name},
           {"compute_capability", fmt::format("{}.{}", device.compute_major, device.compute_minor)},
           {"multiprocessors", device.multiprocessors},
           {"memory_bytes", device.memory_bytes},
           {"free_bytes", device.free_bytes},
           {"driver_cuda", CudaVersion(device.driver_version)},
           {"cudnn", CudnnVersion(device.cudnn_version)}});
    }
    PrintJson(document);
    return kSuccess;
  }
  if (!devices.ok()) {
    // No GPU is no fault of a machine: what it has is the processor.
    Print("no GPU: {}\n", devices.status().message());
    return kSuccess;
  }
  for (const cuda::DeviceInfo& device : *devices) {
    Print("cuda:{}  {}, {} of {} free, compute capability {}.{}, {} multiprocessors, driver for CUDA {}, cuDNN {}\n",
          device.index, device.name, HumanBytes(device.free_bytes), HumanBytes(device.memory_bytes),
          device.compute_major, device.compute_minor, device.multiprocessors, CudaVersion(device.driver_version),
          CudnnVersion(device.cudnn_version));
  }
  return kSuccess;
}

}  // namespace

void AddDevicesCommand(CLI::App& app, Action* action) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("devices", "List GPUs, or say what is missing to use one");
  command->add_flag("--json", *json, "As JSON: devices, and what is missing where there are none");
  command->footer("Examples:\n  sinew devices\n  sinew devices --json");
  command->callback([=] { *action = [=] { return Devices(*json); }; });
}

}  // namespace sinew::cli
