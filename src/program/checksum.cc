// Hashing in chunks.
#include "program/checksum.h"

#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace sinew::program {
namespace {

// Large against the start of a thread, small against a network's weights.
constexpr size_t kChunkBytes = size_t{4} << 20;
// More threads than this wait for memory.
constexpr size_t kMaxThreads = 8;
// A chunk takes a fifth of a millisecond: fewer are not worth a thread.
constexpr size_t kChunksAThread = 4;

uint64_t HashOfHashes(const std::vector<uint64_t>& hashes) {
  return XXH3_64bits(hashes.data(), hashes.size() * sizeof(uint64_t));
}

}  // namespace

struct ChunkedHash::State {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> chunk{XXH3_createState(), &XXH3_freeState};
  size_t chunk_bytes = 0;
  std::vector<uint64_t> hashes;

  void EndChunk() {
    hashes.push_back(XXH3_64bits_digest(chunk.get()));
    XXH3_64bits_reset(chunk.get());
    chunk_bytes = 0;
  }
};

ChunkedHash::ChunkedHash() : state_(std::make_unique<State>()) { XXH3_64bits_reset(state_->chunk.get()); }
ChunkedHash::ChunkedHash(ChunkedHash&&) noexcept = default;
ChunkedHash::~ChunkedHash() = default;

void ChunkedHash::Update(const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const size_t count = std::min(bytes, kChunkBytes - state_->chunk_bytes);
    XXH3_64bits_update(state_->chunk.get(), from, count);
    state_->chunk_bytes += count;
    from += count;
    bytes -= count;
    if (state_->chunk_bytes == kChunkBytes) state_->EndChunk();
  }
}

uint64_t ChunkedHash::Digest() {
  if (state_->chunk_bytes > 0) state_->EndChunk();
  return HashOfHashes(state_->hashes);
}

uint64_t HashChunks(std::span<const std::byte> data) {
  const size_t chunks = (data.size() + kChunkBytes - 1) / kChunkBytes;
  std::vector<uint64_t> hashes(chunks);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < chunks; i = next++) {
      const size_t first = i * kChunkBytes;
      hashes[i] = XXH3_64bits(data.data() + first, std::min(kChunkBytes, data.size() - first));
    }
  };
  const size_t wanted = std::min({kMaxThreads, chunks / kChunksAThread, size_t{std::thread::hardware_concurrency()}});
  std::vector<std::thread> others;
  for (size_t i = 1; i < wanted; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::system_error&) {
      break;  // the system grants no more
    }
  }
  work();
  for (std::thread& thread : others) thread.join();
  return HashOfHashes(hashes);
}

}  // namespace sinew::program
