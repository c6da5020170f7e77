// The weights of one network on one device, uploaded once and shared by all executors of that network.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backends/cuda/handles.h"

namespace sinew::cuda {

// Thread-safe. What Get returned stays valid as long as the object.
class Weights {
 public:
  explicit Weights(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  // What was uploaded under `key`; the first time, `bytes` bytes that `pack` fills in.
  Result<const void*> Get(const std::string& key, size_t bytes, const std::function<void(void*)>& pack);
  size_t bytes() const;

 private:
  std::shared_ptr<Device> device_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, DeviceMemory> uploaded_;
  OwnedStream stream_;
  size_t bytes_ = 0;
};

}  // namespace sinew::cuda
