// What a network runs on: the processor, or a GPU.
//
//   auto gpu = sinew::Device::Open("cuda");                                     // the first GPU
//   auto session = sinew::Session::Create(*model, {.device = *gpu});            // a model compiled for "cuda"
//
// GPUs are used through a module that is loaded when one is asked for (docs/gpu.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew {

namespace runtime {
class Gpu;
}

struct DeviceOptions {
  // Remembers which algorithm solves which convolution fastest on a card; measured when a model is first opened there.
  // Read, and written after new measurements. Empty: measured anew in every process.
  std::filesystem::path tuning_file;
};

// A handle: cheap to copy, and safe to use from any number of threads. Sessions of one device share the weights of
// their model and what was measured; the device stays open as long as a handle or a session of it lives.
class Device {
 public:
  Device() = default;  // the processor

  // "cpu"; "cuda", the first GPU; "cuda:1", the second; "auto", the first GPU where one can be used, else the
  // processor. Errors: kInvalidArgument for another name or a GPU that is not there; kNotFound without module, driver
  // or GPU; kIncompatible where the driver is too old, or the module has no code for the card; kCorrupt for a tuning
  // file that does not read as one.
  static Result<Device> Open(std::string_view name, const DeviceOptions& options = {});

  bool is_gpu() const { return gpu_ != nullptr; }
  std::string name() const;     // "cpu", "cuda:0"
  std::string product() const;  // "NVIDIA H200"; empty for the processor
  // What plans of models are compiled for to run here (CompileOptions::backend): "cpu", "cuda".
  std::string_view backend() const;

 private:
  explicit Device(std::shared_ptr<runtime::Gpu> gpu) : gpu_(std::move(gpu)) {}
  friend class runtime::Gpu;
  std::shared_ptr<runtime::Gpu> gpu_;
};

}  // namespace sinew
