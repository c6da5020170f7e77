// Writes .sinew artifacts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/atomic_file.h"
#include "program/program.h"
#include "sinew/status.h"

namespace sinew::program {

// Packed weights on their way into an artifact. Equal contents are kept once, so that several resolutions share theirs.
class BlobPool {
 public:
  // Returns the blob's index. Its size is whole elements of `type`.
  uint32_t Add(DataType type, AlignedBuffer<std::byte> bytes);
  uint32_t Add(std::span<const float> values);

  // The same of contents that somebody else keeps as long as the pool lives.
  uint32_t AddBorrowed(BlobView blob);

  // Takes over the blobs of `other`: returns what number each has here.
  std::vector<uint32_t> Absorb(BlobPool other);

  uint32_t size() const { return static_cast<uint32_t>(blobs_.size()); }
  BlobView blob(uint32_t index) const;
  // Valid while the pool lives.
  BlobLookup lookup() const {
    return [this](uint32_t index) { return blob(index); };
  }
  uint64_t total_bytes() const;

 private:
  struct Blob {
    DataType type;
    AlignedBuffer<std::byte> own;  // empty where the contents are borrowed
    std::span<const std::byte> bytes;
  };
  std::vector<Blob> blobs_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
};

// Writes `model` with `pool`'s blobs (which fill model.blobs) to `path`, atomically. Returns the file's size in bytes.
Result<uint64_t> WriteArtifact(ModelT model, const BlobPool& pool, const std::filesystem::path& path,
                               const WriteOptions& options = {});

}  // namespace sinew::program
