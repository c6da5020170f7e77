// The border between sinew and libsinew_cuda.so, which is loaded when a GPU is asked for.
//
// The module and the program are built together, by one compiler: kModuleVersion rises whenever anything in this header
// or device.h changes, and a module of another version is refused.
#pragma once

#include <memory>
#include <vector>

#include "backends/cuda/device.h"
#include "sinew/status.h"

namespace sinew::cuda {

inline constexpr int kModuleVersion = 1;
inline constexpr char kModuleFile[] = "libsinew_cuda.so";
inline constexpr char kModuleSymbol[] = "sinew_cuda_module";

class Module {
 public:
  virtual ~Module() = default;
  // Errors: kNotFound (no driver, no device), kIncompatible (driver too old for the module).
  virtual Result<std::vector<DeviceInfo>> ListDevices() = 0;
  // Errors: those, kInvalidArgument (no such index), kIncompatible (a card that the module has no code for).
  virtual Result<std::shared_ptr<Device>> OpenDevice(int index) = 0;
};

// Of the module's one exported function: the module, which lives as long as the process, or null where `version` is not
// the one that it was built with.
using ModuleFunction = Module* (*)(int version);

// Loads the module once for the process: from the path in SINEW_CUDA_MODULE, else beside the program or library that
// this code is in, else from ../lib/sinew and ../lib beside it, else wherever the loader looks.
// Errors: kNotFound (no module; or a library that it needs is missing: the message names it), kIncompatible.
Result<Module*> LoadModule();

}  // namespace sinew::cuda
