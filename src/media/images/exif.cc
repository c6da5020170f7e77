// Source: CIPA DC-008 (Exif 2.32), 4.6.4, and TIFF 6.0, section 2.
#include "media/images/exif.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace sinew::media {

Orientation UprightFromExif(int value) {
  constexpr std::array<Orientation, 8> kUpright = {
      {{0, false}, {0, true}, {180, false}, {180, true}, {90, true}, {90, false}, {270, true}, {270, false}}};
  return value >= 1 && value <= 8 ? kUpright[static_cast<size_t>(value) - 1] : Orientation();
}

int ExifOrientation(std::span<const uint8_t> block) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (block.size() >= kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), block.begin()))
    block = block.subspan(kPrefix.size());
  constexpr size_t kHeaderBytes = 8, kEntryBytes = 12;
  if (block.size() < kHeaderBytes) return 1;
  const bool little = block[0] == 'I';
  const auto u16 = [&](size_t i) { return little ? block[i] | block[i + 1] << 8 : block[i] << 8 | block[i + 1]; };
  const auto u32 = [&](size_t i) {
    const uint32_t first = static_cast<uint32_t>(u16(i)), second = static_cast<uint32_t>(u16(i + 2));
    return little ? second << 16 | first : first << 16 | second;
  };
  const size_t directory = u32(4);
  if (directory > block.size() || block.size() - directory < 2) return 1;
  const size_t entries = static_cast<size_t>(u16(directory));
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > block.size()) return 1;
    if (u16(entry) == 0x0112) return u16(entry + 8);
  }
  return 1;
}

}  // namespace sinew::media
