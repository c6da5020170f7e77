// Character by character.
#include "base/printable.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace sinew {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The first character. Refuses what is longer than it need be, surrogates, and what is beyond Unicode.
//   Source: RFC 3629
Character Decode(std::string_view text) {
  const auto byte = [&](size_t index) { return static_cast<uint32_t>(static_cast<unsigned char>(text[index])); };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  uint32_t code = first & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[bytes] || is_surrogate || code > 0x10ffff) return {};
  return {code, bytes};
}

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool MovesOthers(uint32_t code) {
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string EscapeControl(uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\x{:02x}", code);
  }
}

std::string Escape(std::string_view text, bool keep_lines) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const Character character = Decode(text);
    if (character.bytes == 0) {
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (IsControl(character.code) && !(keep_lines && character.code == '\n')) {
      escaped += EscapeControl(character.code);
    } else if (MovesOthers(character.code)) {
      escaped += fmt::format("\\u{:04x}", character.code);
    } else {
      escaped += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes == 0 ? 1 : character.bytes);
  }
  return escaped;
}

}  // namespace

std::string Printable(std::string_view text) { return Escape(text, false); }

std::string PrintableLines(std::string_view text) { return Escape(text, true); }

bool IsPrintable(std::string_view text) {
  while (!text.empty()) {
    const Character character = Decode(text);
    if (character.bytes == 0 || IsControl(character.code) || MovesOthers(character.code)) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

}  // namespace sinew
