// The .sinew file: a fixed header, a FlatBuffer (program.fbs) and a section of packed weights.
//
//   0     FileHeader, 64 bytes, little endian
//   64    FlatBuffer, schema_bytes
//         zeros up to the next multiple of kDataAlignment
//         data section, data_bytes: blobs, each at a multiple of 64 bytes
//
// Every byte is covered by one of the three checksums (XXH3, 64 bits; the data in chunks: checksum.h) or must be zero,
// so that damage anywhere is found. The data section is page aligned: it is mapped, never copied, and shared between
// processes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sinew::program {

// The end-of-line bytes show a transfer in text mode, as in PNG.
inline constexpr std::array<char, 8> kMagic = {'s', 'i', 'n', 'e', 'w', '\r', '\n', '\x1a'};
// Raised with every change that older readers would misread.
inline constexpr uint32_t kFormatVersion = 4;
inline constexpr size_t kDataAlignment = 4096;
inline constexpr size_t kBlobAlignment = 64;

struct FileHeader {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t reserved;  // zero
  uint64_t schema_bytes;
  uint64_t schema_xxh3;
  uint64_t data_bytes;
  uint64_t data_xxh3;    // HashChunks
  uint64_t unused;       // zero
  uint64_t header_xxh3;  // of the 56 bytes before it
};
static_assert(sizeof(FileHeader) == 64);
static_assert(std::endian::native == std::endian::little, "artifacts are little endian");

inline constexpr size_t DataOffset(size_t schema_bytes) {
  return (sizeof(FileHeader) + schema_bytes + kDataAlignment - 1) / kDataAlignment * kDataAlignment;
}

}  // namespace sinew::program
