// Devices by name, as front ends open them.
#pragma once

#include <string_view>

#include "sinew/device.h"

namespace sinew::service {

// Device::Open, with what was measured on GPUs kept in the user's cache folder.
Result<Device> OpenDevice(std::string_view name);

}  // namespace sinew::service
