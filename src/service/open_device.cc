// Devices by name, as front ends open them.
#include "service/open_device.h"

#include "base/file.h"
#include "service/user_folders.h"

namespace sinew::service {

// Without a folder that can be written to, algorithms are measured in every process.
Result<Device> OpenDevice(std::string_view name) {
  DeviceOptions options;
  const Result<std::filesystem::path> cache = UserCacheFolder();
  if (name != "cpu" && cache.ok() && MakeFolder(*cache).ok()) options.tuning_file = *cache / "tuning-cuda.txt";
  return Device::Open(name, options);
}

}  // namespace sinew::service
