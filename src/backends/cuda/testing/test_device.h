// The device that tests of whole stages run on: made up, unless the environment names a GPU.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/cuda/handles.h"
#include "sinew/status.h"

namespace sinew::cuda {

// "cuda", "cuda:1"; or "host": the processor plays the device (host_device.h), in fp32 alone and slowly.
Result<std::shared_ptr<Device>> OpenNamedDevice(std::string_view name);

// The device that SINEW_TEST_DEVICE names, "host" where it is not set. The same one in every call; null, with a failed
// test, where there is none.
std::shared_ptr<Device> TestDevice();

// Values on the test device, and back.
template <class T>
class DeviceValues {
 public:
  explicit DeviceValues(std::span<const T> values) : count_(values.size()) {
    memory_ = AllocateOn(TestDevice(), bytes()).value();
    stream_ = NewStreamOn(TestDevice()).value();
    (void)TestDevice()->CopyToDevice(memory_.get(), values.data(), bytes(), stream_.get());
    (void)TestDevice()->Synchronize(stream_.get());
  }
  explicit DeviceValues(const std::vector<T>& values) : DeviceValues(std::span<const T>(values)) {}

  T* data() const { return static_cast<T*>(memory_.get()); }
  Stream* stream() const { return stream_.get(); }

  // Once what was queued on stream() is done.
  std::vector<T> Download() const {
    std::vector<T> values(count_);
    (void)TestDevice()->CopyToHost(values.data(), memory_.get(), bytes(), stream_.get());
    (void)TestDevice()->Synchronize(stream_.get());
    return values;
  }

 private:
  size_t bytes() const { return count_ * sizeof(T); }

  size_t count_;
  DeviceMemory memory_;
  OwnedStream stream_;
};

}  // namespace sinew::cuda
