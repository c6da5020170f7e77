// Writes .sinew artifacts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/aligned_buffer.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::program {

// Packed weights on their way into an artifact. Equal contents are kept once, so that several resolutions share theirs.
class BlobPool {
 public:
  // Returns the blob's index.
  uint32_t Add(AlignedBuffer<float> blob);

  std::span<const AlignedBuffer<float>> blobs() const { return blobs_; }
  uint64_t total_bytes() const;

 private:
  std::vector<AlignedBuffer<float>> blobs_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
};

// Writes `model` with `pool`'s blobs (which fill model.blobs) to `path`, atomically. Returns the file's size in bytes.
Result<uint64_t> WriteArtifact(ModelT model, const BlobPool& pool, const std::filesystem::path& path);

}  // namespace sinew::program
