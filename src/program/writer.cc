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

uint32_t BlobPool::Add(DataType type, AlignedBuffer<std::byte> bytes) {
  const uint32_t before = size();
  const uint32_t index = AddBorrowed({type, {bytes.data(), bytes.size()}});
  // Its address stays when it moves.
  if (index == before) blobs_[index].own = std::move(bytes);
  return index;
}

uint32_t BlobPool::AddBorrowed(BlobView blob) {
  const uint64_t hash = XXH3_64bits(blob.bytes.data(), blob.bytes.size());
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const Blob& other = blobs_[it->second];
    if (other.type == blob.type && other.bytes.size() == blob.bytes.size() &&
        std::memcmp(other.bytes.data(), blob.bytes.data(), blob.bytes.size()) == 0) {
      return it->second;
    }
  }
  const uint32_t index = size();
  blobs_.push_back({blob.type, {}, blob.bytes});
  by_hash_.emplace(hash, index);
  return index;
}

uint32_t BlobPool::Add(std::span<const float> values) {
  AlignedBuffer<std::byte> bytes(values.size_bytes());
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size_bytes());
  return Add(DataType::F32, std::move(bytes));
}

std::vector<uint32_t> BlobPool::Absorb(BlobPool other) {
  std::vector<uint32_t> numbers;
  for (Blob& blob : other.blobs_) {
    const bool is_borrowed = blob.own.size() == 0 && !blob.bytes.empty();
    numbers.push_back(is_borrowed ? AddBorrowed({blob.type, blob.bytes}) : Add(blob.type, std::move(blob.own)));
  }
  return numbers;
}

BlobView BlobPool::blob(uint32_t index) const {
  const Blob& blob = blobs_[index];
  return {blob.type, blob.bytes};
}

uint64_t BlobPool::total_bytes() const {
  uint64_t bytes = 0;
  for (const Blob& blob : blobs_) bytes += blob.bytes.size();
  return bytes;
}

namespace {

constexpr std::byte kZeros[kBlobAlignment] = {};

// Bytes that bring `size` to a multiple of the blob alignment.
size_t PaddingAfter(size_t size) { return (kBlobAlignment - size % kBlobAlignment) % kBlobAlignment; }

uint64_t HashData(const BlobPool& pool) {
  ChunkedHash hash;
  for (uint32_t i = 0; i < pool.size(); ++i) {
    const std::span<const std::byte> bytes = pool.blob(i).bytes;
    hash.Update(bytes.data(), bytes.size());
    hash.Update(kZeros, PaddingAfter(bytes.size()));
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

Result<uint64_t> WriteArtifact(ModelT model, const BlobPool& pool, const std::filesystem::path& path,
                               const WriteOptions& options) {
  model.blobs.clear();
  uint64_t data_bytes = 0;
  for (uint32_t i = 0; i < pool.size(); ++i) {
    const BlobView blob = pool.blob(i);
    auto entry = std::make_unique<BlobT>();
    entry->offset = data_bytes;
    entry->size = blob.bytes.size();
    entry->type = blob.type;
    model.blobs.push_back(std::move(entry));
    data_bytes += blob.bytes.size() + PaddingAfter(blob.bytes.size());
  }
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Model::Pack(builder, &model));

  FileHeader header = {};
  header.magic = kMagic;
  header.version = kFormatVersion;
  header.schema_bytes = builder.GetSize();
  header.schema_xxh3 = XXH3_64bits(builder.GetBufferPointer(), builder.GetSize());
  header.data_bytes = data_bytes;
  header.data_xxh3 = HashData(pool);
  header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));

  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, options));
  HugePageWriter writer(&file);
  SINEW_RETURN_IF_ERROR(writer.Write(&header, sizeof(header)));
  SINEW_RETURN_IF_ERROR(writer.Write(builder.GetBufferPointer(), builder.GetSize()));
  const std::vector<char> gap(DataOffset(builder.GetSize()) - sizeof(header) - builder.GetSize(), 0);
  SINEW_RETURN_IF_ERROR(writer.Write(gap.data(), gap.size()));
  for (uint32_t i = 0; i < pool.size(); ++i) {
    const std::span<const std::byte> bytes = pool.blob(i).bytes;
    SINEW_RETURN_IF_ERROR(writer.Write(bytes.data(), bytes.size()));
    SINEW_RETURN_IF_ERROR(writer.Write(kZeros, PaddingAfter(bytes.size())));
  }
  SINEW_RETURN_IF_ERROR(writer.Flush());
  const uint64_t size_bytes = file.written_bytes();
  SINEW_RETURN_IF_ERROR(file.Commit());
  return size_bytes;
}

}  // namespace sinew::program
