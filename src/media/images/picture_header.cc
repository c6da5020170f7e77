// One function a format. Sources: Microsoft's BITMAPINFOHEADER; TIFF 6.0, section 2; RFC 9649 (WebP); ITU-T T.800,
// annex I (JPEG 2000); netpbm's pnm(5) and pam(5).
#include "media/images/picture_header.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace sinew::media {
namespace {

using Bytes = std::span<const uint8_t>;

bool HasAt(Bytes bytes, size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<ptrdiff_t>(offset),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

// Numbers whose place the caller has checked.
int64_t Little(Bytes bytes, size_t offset, size_t count) {
  int64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}
int64_t Big(Bytes bytes, size_t offset, size_t count) {
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[offset + i];
  return value;
}

std::optional<ClaimedSize> Bmp(Bytes bytes) {
  if (!HasAt(bytes, 0, "BM") || bytes.size() < 26) return std::nullopt;
  if (Little(bytes, 14, 4) == 12) return ClaimedSize{Little(bytes, 18, 2), Little(bytes, 20, 2)};
  const auto height = static_cast<int32_t>(Little(bytes, 22, 4));  // negative: rows from top to bottom
  return ClaimedSize{static_cast<int32_t>(Little(bytes, 18, 4)), std::abs(int64_t{height})};
}

std::optional<ClaimedSize> WebP(Bytes bytes) {
  if (!HasAt(bytes, 0, "RIFF") || !HasAt(bytes, 8, "WEBP") || bytes.size() < 30) return std::nullopt;
  if (HasAt(bytes, 12, "VP8 ")) return ClaimedSize{Little(bytes, 26, 2) & 0x3fff, Little(bytes, 28, 2) & 0x3fff};
  if (HasAt(bytes, 12, "VP8L"))
    return ClaimedSize{(Little(bytes, 21, 4) & 0x3fff) + 1, (Little(bytes, 21, 4) >> 14 & 0x3fff) + 1};
  if (HasAt(bytes, 12, "VP8X")) return ClaimedSize{Little(bytes, 24, 3) + 1, Little(bytes, 27, 3) + 1};
  return std::nullopt;
}

std::optional<ClaimedSize> Tiff(Bytes bytes) {
  const bool little = HasAt(bytes, 0, std::string_view("II*\0", 4));
  if ((!little && !HasAt(bytes, 0, std::string_view("MM\0*", 4))) || bytes.size() < 8) return std::nullopt;
  const auto number = [&](size_t offset, size_t count) {
    return little ? Little(bytes, offset, count) : Big(bytes, offset, count);
  };
  const size_t directory = static_cast<size_t>(number(4, 4));
  if (directory + 2 > bytes.size()) return std::nullopt;
  constexpr size_t kEntryBytes = 12;
  constexpr int64_t kWidthTag = 256, kHeightTag = 257, kShort = 3;
  ClaimedSize size = {-1, -1};
  const size_t entries = static_cast<size_t>(number(directory, 2));
  for (size_t i = 0, entry = directory + 2; i < entries && entry + kEntryBytes <= bytes.size();
       ++i, entry += kEntryBytes) {
    const int64_t tag = number(entry, 2), value = number(entry + 8, number(entry + 2, 2) == kShort ? 2 : 4);
    if (tag == kWidthTag) size.width = value;
    if (tag == kHeightTag) size.height = value;
  }
  return size.width < 0 || size.height < 0 ? std::nullopt : std::optional(size);
}

// The image header box stands near the beginning; a bare codestream has its size in the first marker segment.
std::optional<ClaimedSize> Jpeg2000(Bytes bytes) {
  if (HasAt(bytes, 0, "\xff\x4f\xff\x51") && bytes.size() >= 24)
    return ClaimedSize{Big(bytes, 8, 4) - Big(bytes, 16, 4), Big(bytes, 12, 4) - Big(bytes, 20, 4)};
  if (!HasAt(bytes, 4, "jP  \r\n\x87\n")) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4096));
  const size_t box = text.find("ihdr");
  if (box == std::string_view::npos || box + 12 > bytes.size()) return std::nullopt;
  return ClaimedSize{Big(bytes, box + 8, 4), Big(bytes, box + 4, 4)};
}

// A decimal number behind white space and comments; -1 where there is none.
int64_t NextNumber(std::string_view* text) {
  for (;;) {
    text->remove_prefix(std::min(text->find_first_not_of(" \t\r\n\v\f"), text->size()));
    if (!text->starts_with('#')) break;
    text->remove_prefix(std::min(text->find('\n'), text->size()));
  }
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc()) return -1;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return value;
}

std::optional<ClaimedSize> Pnm(Bytes bytes) {
  if (bytes.size() < 3 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '7') return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ClaimedSize size;
  if (bytes[1] == '7') {
    text = text.substr(0, text.find("ENDHDR"));
    for (const auto& [key, value] : {std::pair{"\nWIDTH", &size.width}, {"\nHEIGHT", &size.height}}) {
      const size_t line = text.find(key);
      if (line == std::string_view::npos) return std::nullopt;
      std::string_view rest = text.substr(line + std::string_view(key).size());
      *value = NextNumber(&rest);
    }
  } else {
    text.remove_prefix(2);
    size.width = NextNumber(&text);
    size.height = NextNumber(&text);
  }
  return size.width < 0 || size.height < 0 ? std::nullopt : std::optional(size);
}

}  // namespace

std::optional<ClaimedSize> SizeInHeader(std::span<const uint8_t> bytes) {
  for (const auto& of_format : {Bmp, WebP, Tiff, Jpeg2000, Pnm}) {
    if (const std::optional<ClaimedSize> size = of_format(bytes)) return size;
  }
  return std::nullopt;
}

}  // namespace sinew::media
