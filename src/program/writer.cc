// Serialisation of an artifact: blob section layout, FlatBuffer, checksums.
#include "program/writer.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "program/checksum.h"
#include "program/format.h"

namespace sinew::program {

uint32_t BlobPool::Add(AlignedBuffer<float> blob) {
  const uint64_t hash = XXH3_64bits(blob.data(), blob.size() * sizeof(float));
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const AlignedBuffer<float>& other = blobs_[it->second];
    if (other.size() == blob.size() && std::memcmp(other.data(), blob.data(), blob.size() * sizeof(float)) == 0) {
      return it->second;
    }
  }
  const uint32_t index = static_cast<uint32_t>(blobs_.size());
  blobs_.push_back(std::move(blob));
  by_hash_.emplace(hash, index);
  return index;
}

uint64_t BlobPool::total_bytes() const {
  uint64_t bytes = 0;
  for (const AlignedBuffer<float>& blob : blobs_) bytes += blob.size() * sizeof(float);
  return bytes;
}

namespace {

constexpr float kZeros[kBlobAlignmentFloats] = {};

// Floats of padding that bring `size` to a multiple of the blob alignment.
size_t PaddingAfter(size_t size) { return (kBlobAlignmentFloats - size % kBlobAlignmentFloats) % kBlobAlignmentFloats; }

uint64_t HashData(const BlobPool& pool) {
  ChunkedHash hash;
  for (const AlignedBuffer<float>& blob : pool.blobs()) {
    hash.Update(blob.data(), blob.size() * sizeof(float));
    hash.Update(kZeros, PaddingAfter(blob.size()) * sizeof(float));
  }
  return hash.Digest();
}

// Writes whole huge pages at a time: what the system keeps of the file in memory is then made of such pages, and
// whoever maps it finds them (see MappedFile).
class HugePageWriter {
 public:
  explicit HugePageWriter(AtomicFile* file) : file_(file), page_(kHugePageBytes) {}

  Status Write(const void* data, size_t size_bytes) {
    const char* from = static_cast<const char*>(data);
    while (size_bytes > 0) {
      const size_t count = std::min(size_bytes, kHugePageBytes - filled_);
      std::memcpy(page_.data() + filled_, from, count);
      from += count;
      size_bytes -= count;
      filled_ += count;
      if (filled_ == kHugePageBytes) SINEW_RETURN_IF_ERROR(Flush());
    }
    return Status();
  }
  Status Flush() {
    const size_t count = std::exchange(filled_, 0);
    return file_->Write(page_.data(), count);
  }

 private:
  AtomicFile* file_;
  AlignedBuffer<char> page_;
  size_t filled_ = 0;
};

}  // namespace

Result<uint64_t> WriteArtifact(ModelT model, const BlobPool& pool, const std::filesystem::path& path) {
  model.blobs.clear();
  uint64_t data_floats = 0;
  for (const AlignedBuffer<float>& blob : pool.blobs()) {
    auto entry = std::make_unique<BlobT>();
    entry->offset = data_floats;
    entry->size = blob.size();
    model.blobs.push_back(std::move(entry));
    data_floats += blob.size() + PaddingAfter(blob.size());
  }
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Model::Pack(builder, &model));

  FileHeader header = {};
  header.magic = kMagic;
  header.version = kFormatVersion;
  header.schema_bytes = builder.GetSize();
  header.schema_xxh3 = XXH3_64bits(builder.GetBufferPointer(), builder.GetSize());
  header.data_bytes = data_floats * sizeof(float);
  header.data_xxh3 = HashData(pool);
  header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));

  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  HugePageWriter writer(&file);
  SINEW_RETURN_IF_ERROR(writer.Write(&header, sizeof(header)));
  SINEW_RETURN_IF_ERROR(writer.Write(builder.GetBufferPointer(), builder.GetSize()));
  const std::vector<char> gap(DataOffset(builder.GetSize()) - sizeof(header) - builder.GetSize(), 0);
  SINEW_RETURN_IF_ERROR(writer.Write(gap.data(), gap.size()));
  for (const AlignedBuffer<float>& blob : pool.blobs()) {
    SINEW_RETURN_IF_ERROR(writer.Write(blob.data(), blob.size() * sizeof(float)));
    SINEW_RETURN_IF_ERROR(writer.Write(kZeros, PaddingAfter(blob.size()) * sizeof(float)));
  }
  SINEW_RETURN_IF_ERROR(writer.Flush());
  const uint64_t size_bytes = file.written_bytes();
  SINEW_RETURN_IF_ERROR(file.Commit());
  return size_bytes;
}

}  // namespace sinew::program
