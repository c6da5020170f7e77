// Artifacts from anywhere: the reader must refuse or accept, never read outside. The checksums are set right first, so
// that the fuzzer reaches the checks behind them.
#include <xxhash.h>

#include <cstring>

#include "base/aligned_buffer.h"
#include "program/checksum.h"
#include "program/format.h"
#include "program/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::program;
  sinew::AlignedBuffer<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  if (size >= sizeof(FileHeader)) {
    FileHeader header;
    std::memcpy(&header, data, sizeof(header));
    header.magic = kMagic;
    header.version = kFormatVersion;
    const bool consistent = header.schema_bytes <= size && header.data_bytes <= size &&
                            DataOffset(header.schema_bytes) + header.data_bytes == size;
    if (consistent) {
      header.schema_xxh3 = XXH3_64bits(bytes.data() + sizeof(header), header.schema_bytes);
      header.data_xxh3 = HashChunks({bytes.data() + DataOffset(header.schema_bytes), header.data_bytes});
    }
    header.header_xxh3 = XXH3_64bits(&header, offsetof(FileHeader, header_xxh3));
    std::memcpy(bytes.data(), &header, sizeof(header));
  }
  const sinew::Result<Artifact> artifact = Artifact::Parse({bytes.data(), size}, "fuzz");
  if (artifact.ok()) {
    // Touch what the reader vouches for.
    volatile float sum = 0;
    for (const auto& plan : artifact->model().plans) {
      for (const auto& step : plan->steps) {
        for (const uint32_t index : BlobIndices(*step)) {
          const BlobView blob = artifact->blob(index);
          for (const std::byte value : blob.bytes) sum = sum + static_cast<float>(value);
          if (blob.type != DataType::F32) continue;
          for (const float value : blob.floats()) sum = sum + value;
        }
      }
    }
  }
  return 0;
}
