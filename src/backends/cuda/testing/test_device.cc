// The device that tests run on.
#include "backends/cuda/testing/test_device.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>

#include "backends/cuda/module.h"
#include "backends/cuda/testing/host_device.h"
#include "base/error.h"

namespace sinew::cuda {

Result<std::shared_ptr<Device>> OpenNamedDevice(std::string_view name) {
  if (name == "host") return std::shared_ptr<Device>(std::make_shared<HostDevice>());
  int index = 0;
  bool is_known = name == "cuda";
  if (name.starts_with("cuda:")) {
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + 5, end, index);
    is_known = error == std::errc() && rest == end && index >= 0;
  }
  if (!is_known) return InvalidArgument("device \"{}\": cuda, cuda:N or host", name);
  SINEW_ASSIGN_OR_RETURN(Module* const module, LoadModule());
  return module->OpenDevice(index);
}

std::shared_ptr<Device> TestDevice() {
  static const std::shared_ptr<Device> device = [] {
    const char* const name = std::getenv("SINEW_TEST_DEVICE");
    auto opened = OpenNamedDevice(name == nullptr ? "host" : name);
    if (opened.ok()) return *opened;
    ADD_FAILURE() << "SINEW_TEST_DEVICE: " << opened.status().message();
    return std::shared_ptr<Device>();
  }();
  return device;
}

}  // namespace sinew::cuda
