// Owners of what a Device gives out. Movable; each keeps its device alive.
#pragma once

#include <memory>
#include <utility>

#include "backends/cuda/device.h"

namespace sinew::cuda {

// `Release` says how a T goes back.
template <class T, void (*Release)(Device*, T*)>
class Owned {
 public:
  Owned() = default;
  Owned(std::shared_ptr<Device> device, T* value) : device_(std::move(device)), value_(value) {}
  Owned(Owned&& other) noexcept : device_(std::move(other.device_)), value_(std::exchange(other.value_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(value_, other.value_);
    return *this;
  }
  ~Owned() {
    if (value_ != nullptr) Release(device_.get(), value_);
  }
  T* get() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  std::shared_ptr<Device> device_;
  T* value_ = nullptr;
};

inline void FreeMemory(Device* device, void* memory) { device->Free(memory); }
inline void FreePinnedMemory(Device* device, void* memory) { device->FreePinned(memory); }
template <class T>
void DeleteFrom(Device* device, T* value) {
  device->Delete(value);
}

using DeviceMemory = Owned<void, &FreeMemory>;
using PinnedMemory = Owned<void, &FreePinnedMemory>;
using OwnedStream = Owned<Stream, &DeleteFrom<Stream>>;
using OwnedEvent = Owned<Event, &DeleteFrom<Event>>;
using OwnedGraph = Owned<Graph, &DeleteFrom<Graph>>;

Result<DeviceMemory> AllocateOn(const std::shared_ptr<Device>& device, size_t bytes);
Result<PinnedMemory> AllocatePinnedOn(const std::shared_ptr<Device>& device, size_t bytes);
Result<OwnedStream> NewStreamOn(const std::shared_ptr<Device>& device);
Result<OwnedEvent> NewEventOn(const std::shared_ptr<Device>& device, bool timed = false);

// Ends a capture whatever happens in between: a stream left capturing would refuse everything after it.
Result<OwnedGraph> Capture(const std::shared_ptr<Device>& device, Stream* stream, const auto& enqueue) {
  if (Status status = device->BeginCapture(stream); !status.ok()) return status;
  const Status enqueued = enqueue();
  Result<Graph*> graph = device->EndCapture(stream);
  if (!enqueued.ok()) {
    if (graph.ok()) device->Delete(*graph);
    return enqueued;
  }
  if (!graph.ok()) return graph.status();
  return OwnedGraph(device, *graph);
}

}  // namespace sinew::cuda
