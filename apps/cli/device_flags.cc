// What a network runs on, from the command line.
#include "device_flags.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "service/open_device.h"

namespace sinew::cli {

void AddDeviceFlags(CLI::App* group, DeviceFlags* flags) {
  group
      ->add_option("--device", flags->device,
                   "cpu; cuda, the first GPU; cuda:N; auto, a GPU where one can be used (see sinew devices)")
      ->capture_default_str();
  group
      ->add_option("--precision", flags->precision,
                   "fp32, bf16, int8, on GPUs tf32 and fp16; auto: the fastest within a relative error of 1e-3")
      ->capture_default_str();
}

Result<ChosenDevice> OpenDevice(const DeviceFlags& flags) {
  ChosenDevice chosen;
  Result<Precision> precision = ParsePrecision(flags.precision);
  if (!precision.ok()) return Prefixed("--precision", precision.status());
  chosen.precision = *precision;
  Result<Device> device = service::OpenDevice(flags.device);
  if (!device.ok()) return Prefixed("--device", device.status());
  chosen.device = std::move(*device);
  return chosen;
}

}  // namespace sinew::cli
