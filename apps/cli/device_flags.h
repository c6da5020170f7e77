// --device and --precision, for the commands that run networks.
#pragma once

#include <string>

#include "sinew/device.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

struct DeviceFlags {
  std::string device = "cpu", precision = "auto";
};

struct ChosenDevice {
  Device device;
  Precision precision = Precision::kAuto;
};

// `group`: the command, or one of its groups.
void AddDeviceFlags(CLI::App* group, DeviceFlags* flags);

// Errors name the flag.
Result<ChosenDevice> OpenDevice(const DeviceFlags& flags);

}  // namespace sinew::cli
