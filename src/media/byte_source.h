// Bytes that come one after the other: a pipe, a file, a network connection; or from any place of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sinew/status.h"

namespace sinew::media {

// One thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Waits for some bytes, puts them into `into`, and returns how many: 0 at the end. kCancelled once a stop was asked
  // for, also in the midst of a wait.
  virtual Result<size_t> Read(std::span<uint8_t> into) = 0;
  // How long it is, where it can be read from any place on; the next Read begins at `offset` then.
  virtual std::optional<uint64_t> size_bytes() const { return std::nullopt; }
  virtual void Seek(uint64_t /*offset*/) {}
};

}  // namespace sinew::media
