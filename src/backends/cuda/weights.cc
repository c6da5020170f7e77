// Uploads weights once.
#include "backends/cuda/weights.h"

#include <vector>

#include "base/error.h"

namespace sinew::cuda {

Result<const void*> Weights::Get(const std::string& key, size_t bytes, const std::function<void(void*)>& pack) {
  const std::lock_guard lock(mutex_);
  if (const auto it = uploaded_.find(key); it != uploaded_.end()) return static_cast<const void*>(it->second.get());
  if (!stream_) {
    SINEW_ASSIGN_OR_RETURN(stream_, NewStreamOn(device_));
  }
  std::vector<std::byte> packed(bytes);
  pack(packed.data());
  SINEW_ASSIGN_OR_RETURN(DeviceMemory memory, AllocateOn(device_, bytes));
  SINEW_RETURN_IF_ERROR(device_->CopyToDevice(memory.get(), packed.data(), bytes, stream_.get()));
  SINEW_RETURN_IF_ERROR(device_->Synchronize(stream_.get()));
  bytes_ += bytes;
  const void* result = memory.get();
  uploaded_.emplace(key, std::move(memory));
  return result;
}

size_t Weights::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace sinew::cuda
