// The checksum of the data section: XXH3 of the XXH3s of its chunks, so that all processors can check a large file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sinew::program {

// For data that comes piece by piece.
class ChunkedHash {
 public:
  ChunkedHash();
  ChunkedHash(ChunkedHash&&) noexcept;
  ~ChunkedHash();
  void Update(const void* data, size_t bytes);
  uint64_t Digest();  // of all so far; nothing may follow

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same of data in memory, on as many threads as are worth it.
uint64_t HashChunks(std::span<const std::byte> data);

}  // namespace sinew::program
