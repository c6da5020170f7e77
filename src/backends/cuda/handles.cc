// Owners of what a Device gives out.
#include "backends/cuda/handles.h"

#include "base/error.h"

namespace sinew::cuda {

Result<DeviceMemory> AllocateOn(const std::shared_ptr<Device>& device, size_t bytes) {
  SINEW_ASSIGN_OR_RETURN(void* memory, device->Allocate(bytes));
  return DeviceMemory(device, memory);
}
Result<PinnedMemory> AllocatePinnedOn(const std::shared_ptr<Device>& device, size_t bytes) {
  SINEW_ASSIGN_OR_RETURN(void* memory, device->AllocatePinned(bytes));
  return PinnedMemory(device, memory);
}
Result<OwnedStream> NewStreamOn(const std::shared_ptr<Device>& device) {
  SINEW_ASSIGN_OR_RETURN(Stream * stream, device->NewStream());
  return OwnedStream(device, stream);
}
Result<OwnedEvent> NewEventOn(const std::shared_ptr<Device>& device, bool timed) {
  SINEW_ASSIGN_OR_RETURN(Event * event, device->NewEvent(timed));
  return OwnedEvent(device, event);
}

}  // namespace sinew::cuda
