// Reader and writer of .npy files. The header is a Python dictionary literal; only the three keys that NumPy writes are
// understood, so a small parser of exactly that grammar reads it.
#include "base/npy.h"

#include <fmt/ranges.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/checked_math.h"
#include "base/error.h"
#include "base/file.h"

namespace sinew {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as little-endian");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxRank = 32;  // NumPy's own limit (NPY_MAXDIMS)
// NumPy refuses longer headers too (numpy.lib.format: max_header_size 10000); dense arrays need about a hundred bytes.
constexpr size_t kMaxHeaderBytes = 10000;
// NEP 1: magic, version, length and header together are a multiple of 64 bytes, so that mapped data is aligned.
constexpr size_t kHeaderAlignBytes = 64;

enum class ElementType { kF4, kF8, kU1, kI4 };

struct Header {
  ElementType type = ElementType::kF4;
  std::vector<int64_t> shape;
};

size_t ElementBytes(ElementType type) {
  switch (type) {
    case ElementType::kF4:
      return 4;
    case ElementType::kF8:
      return 8;
    case ElementType::kU1:
      return 1;
    case ElementType::kI4:
      return 4;
  }
  return 1;
}

// Walks the dictionary literal: {'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  Result<Header> Parse() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    if (!Take('{')) return Bad("does not start with '{'");
    while (!Take('}')) {
      SINEW_ASSIGN_OR_RETURN(const std::string_view key, QuotedString());
      if (!Take(':')) return Bad("has no ':' after a key");
      if (key == "descr") {
        if (std::exchange(has_descr, true)) return Bad("has 'descr' twice");
        SINEW_ASSIGN_OR_RETURN(header.type, Descr());
      } else if (key == "fortran_order") {
        if (std::exchange(has_order, true)) return Bad("has 'fortran_order' twice");
        SINEW_RETURN_IF_ERROR(Order());
      } else if (key == "shape") {
        if (std::exchange(has_shape, true)) return Bad("has 'shape' twice");
        SINEW_ASSIGN_OR_RETURN(header.shape, Shape());
      } else {
        return Bad("has a key that is none of descr, fortran_order, shape");
      }
      if (Take(',')) continue;
      if (Take('}')) break;
      return Bad("has no ',' or '}' after a value");
    }
    if (!has_descr || !has_order || !has_shape) return Bad("lacks one of descr, fortran_order, shape");
    SkipSpace();
    if (!rest_.empty()) return Bad("goes on after '}'");
    return header;
  }

 private:
  Status Bad(std::string_view what) const { return Corrupt("{}: the .npy header {}", name_, what); }

  void SkipSpace() {
    const size_t end = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  bool Take(char c) {
    SkipSpace();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Result<std::string_view> QuotedString() {
    SkipSpace();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) return Bad("has something else for a string");
    const size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) return Bad("has a string without its closing quote");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  Result<ElementType> Descr() {
    SkipSpace();
    if (!rest_.empty() && rest_.front() == '[') {
      return Unsupported("{}: a structured .npy array; save a plain float32 array (array.astype('<f4'))", name_);
    }
    SINEW_ASSIGN_OR_RETURN(const std::string_view descr, QuotedString());
    if (descr == "<f4") return ElementType::kF4;
    if (descr == "<f8") return ElementType::kF8;
    if (descr == "|u1" || descr == "<u1") return ElementType::kU1;
    if (descr == "<i4") return ElementType::kI4;
    // The text is the file's own: shown only when it is as short and plain as every real type is.
    const bool plain = descr.size() <= 16 && descr.find_first_not_of(
                                                 "<>|=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789") == std::string_view::npos;
    return Unsupported("{}: element type '{}' is not read; use <f4, <f8, |u1 or <i4 (array.astype('<f4'))", name_,
                       plain ? descr : "?");
  }

  Status Order() {
    if (TakeWord("False")) return Status();
    if (TakeWord("True")) {
      return Unsupported("{}: Fortran order is not read; save numpy.ascontiguousarray(array)", name_);
    }
    return Bad("has a fortran_order that is neither True nor False");
  }

  Result<std::vector<int64_t>> Shape() {
    std::vector<int64_t> shape;
    if (!Take('(')) return Bad("has a shape that is not a tuple");
    while (!Take(')')) {
      SkipSpace();
      int64_t size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc() || size < 0) return Bad("has a dimension that is not a number from 0 to 2^63-1");
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      TakeWord("L");  // written by Python 2
      if (shape.size() == kMaxRank) return Bad("has more than 32 dimensions");
      shape.push_back(size);
      if (Take(',')) continue;
      if (Take(')')) break;
      return Bad("has a shape without ',' or ')' after a dimension");
    }
    return shape;
  }

  std::string_view rest_;
  std::string_view name_;
};

std::optional<int64_t> ElementCount(std::span<const int64_t> shape) {
  // A zero anywhere makes the array empty, however large the other dimensions are.
  for (int64_t size : shape) {
    if (size == 0) return 0;
  }
  int64_t count = 1;
  for (int64_t size : shape) {
    const std::optional<int64_t> product = CheckedMul(count, size);
    if (!product) return std::nullopt;
    count = *product;
  }
  return count;
}

template <class T>
void Convert(std::string_view data, std::vector<float>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<float>(value);
  }
}

}  // namespace

Result<NpyArray> ParseNpy(std::string_view content, std::string_view name) {
  if (!content.starts_with(kMagic)) {
    return InvalidArgument("{}: no .npy file (it does not start with \\x93NUMPY); write it with numpy.save", name);
  }
  const size_t version_at = kMagic.size();
  if (content.size() < version_at + 4) return Corrupt("{}: cut short inside the .npy header", name);
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(content[i])); };
  const size_t major = byte(version_at);
  if (major < 1 || major > 3) {
    return Unsupported("{}: .npy version {} is not read; numpy.save writes versions 1 to 3", name, major);
  }
  const size_t length_bytes = major == 1 ? 2 : 4;
  const size_t header_at = version_at + 2 + length_bytes;
  if (content.size() < header_at) return Corrupt("{}: cut short inside the .npy header", name);
  size_t header_length = 0;
  for (size_t i = 0; i < length_bytes; ++i) header_length |= byte(version_at + 2 + i) << (8 * i);
  if (header_length > content.size() - header_at) return Corrupt("{}: cut short inside the .npy header", name);
  if (header_length > kMaxHeaderBytes) {
    return TooLarge("{}: the .npy header has {} bytes, the limit is {}", name, header_length, kMaxHeaderBytes);
  }

  SINEW_ASSIGN_OR_RETURN(Header header, HeaderParser(content.substr(header_at, header_length), name).Parse());
  const std::string_view data = content.substr(header_at + header_length);
  const std::optional<int64_t> count = ElementCount(header.shape);
  const std::optional<int64_t> bytes =
      count ? CheckedMul(*count, static_cast<int64_t>(ElementBytes(header.type))) : std::nullopt;
  // Checked before anything is allocated: the values are at most eight times as long as the file itself.
  if (!bytes || static_cast<uint64_t>(*bytes) != data.size()) {
    return Corrupt("{}: shape ({}) needs {} bytes of data, the file has {}", name, fmt::join(header.shape, ", "),
                   bytes ? fmt::format("{}", *bytes) : "more than 2^63", data.size());
  }

  NpyArray array;
  array.shape = std::move(header.shape);
  array.values.resize(static_cast<size_t>(*count));
  switch (header.type) {
    case ElementType::kF4:
      Convert<float>(data, array.values);
      break;
    case ElementType::kF8:
      Convert<double>(data, array.values);
      break;
    case ElementType::kU1:
      Convert<uint8_t>(data, array.values);
      break;
    case ElementType::kI4:
      Convert<int32_t>(data, array.values);
      break;
  }
  return array;
}

Result<NpyArray> ReadNpy(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return ParseNpy({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, path.string());
}

Status WriteNpy(const std::filesystem::path& path, std::span<const int64_t> shape, std::span<const float> values,
                const WriteOptions& options) {
  for (int64_t size : shape) {
    if (size < 0)
      return InvalidArgument("{}: dimension {} of ({}) is negative", path.string(), size, fmt::join(shape, ", "));
  }
  if (shape.size() > kMaxRank)
    return InvalidArgument("{}: {} dimensions, .npy has at most 32", path.string(), shape.size());
  const std::optional<int64_t> count = ElementCount(shape);
  if (!count || static_cast<uint64_t>(*count) != values.size()) {
    return InvalidArgument("{}: {} values do not fill shape ({})", path.string(), values.size(),
                           fmt::join(shape, ", "));
  }
  // A tuple of one needs its comma in Python.
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t before = kMagic.size() + 4;
  const size_t whole = (before + header.size() + 1 + kHeaderAlignBytes - 1) / kHeaderAlignBytes * kHeaderAlignBytes;
  header.append(whole - before - header.size() - 1, ' ').push_back('\n');

  std::string head(kMagic);
  head += '\x01';
  head += '\x00';
  head += static_cast<char>(header.size() & 0xff);
  head += static_cast<char>(header.size() >> 8);
  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, options));
  SINEW_RETURN_IF_ERROR(file.Write(head + header));
  SINEW_RETURN_IF_ERROR(file.Write(values.data(), values.size_bytes()));
  return file.Commit();
}

}  // namespace sinew
