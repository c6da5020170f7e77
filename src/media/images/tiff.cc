// Source: TIFF 6.0; Adobe's technical notes on TIFF and DNG for the kinds that are refused.
#include "media/images/tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/images/exif.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

// What a sane picture never has, and a hostile one would make us allocate.
constexpr uint16_t kMaxSamplesPerPixel = 64;
constexpr tmsize_t kMaxTileBytes = tmsize_t{256} << 20;
constexpr tmsize_t kMaxLibraryAllocation = tmsize_t{1} << 30;

// The bytes as a file of libtiff's, and the first thing that it complained about.
struct Session {
  std::span<const uint8_t> bytes;
  uint64_t position = 0;
  std::string message;
};

tmsize_t Read(thandle_t handle, void* to, tmsize_t count) {
  auto& session = *static_cast<Session*>(handle);
  if (session.position >= session.bytes.size() || count <= 0) return 0;
  const size_t got = std::min(static_cast<size_t>(count), session.bytes.size() - static_cast<size_t>(session.position));
  std::memcpy(to, session.bytes.data() + session.position, got);
  session.position += got;
  return static_cast<tmsize_t>(got);
}
tmsize_t Write(thandle_t, void*, tmsize_t) { return -1; }
toff_t Seek(thandle_t handle, toff_t offset, int whence) {
  auto& session = *static_cast<Session*>(handle);
  const uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? session.position : session.bytes.size();
  return session.position = base + offset;
}
int Close(thandle_t) { return 0; }
toff_t Size(thandle_t handle) { return static_cast<Session*>(handle)->bytes.size(); }
// Never written to: the file is opened for reading.
int Map(thandle_t handle, void** base, toff_t* size) {
  const auto& session = *static_cast<Session*>(handle);
  *base = const_cast<uint8_t*>(session.bytes.data());
  *size = session.bytes.size();
  return 1;
}
void Unmap(thandle_t, void*, toff_t) {}

void Note(Session* session, const char* module, const char* format, va_list arguments) {
  if (!session->message.empty()) return;
  char text[300];
  std::vsnprintf(text, sizeof(text), format, arguments);
  session->message = module == nullptr ? text : fmt::format("{}: {}", module, text);
}
int NoteError(TIFF*, void* session, const char* module, const char* format, va_list arguments) {
  Note(static_cast<Session*>(session), module, format, arguments);
  return 1;
}
// Of tags, libtiff warns all the time. The JPEG decoder inside it warns of damage.
int NoteWarning(TIFF*, void* session, const char* module, const char* format, va_list arguments) {
  if (module != nullptr && std::strcmp(module, "JPEGLib") == 0)
    Note(static_cast<Session*>(session), module, format, arguments);
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, CloseTiff>;

TiffPtr Open(Session* session) {
  TIFFOpenOptions* const options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMaxLibraryAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options, NoteError, session);
  TIFFOpenOptionsSetWarningHandlerExtR(options, NoteWarning, session);
  TiffPtr tiff(TIFFClientOpenExt("picture", "r", session, Read, Write, Seek, Close, Size, Map, Unmap, options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

// The tags that say what the samples are.
struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, format = SAMPLEFORMAT_UINT, photometric = 0, planar = PLANARCONFIG_CONTIG,
           orientation = ORIENTATION_TOPLEFT, compression = COMPRESSION_NONE;
  bool has_photometric = false;
  uint32_t tile_width = 0, tile_height = 0;  // 0: strips

  bool is_grey() const { return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE; }
  int colors() const { return is_grey() ? 1 : 3; }
};

Layout ReadLayout(TIFF* tiff) {
  Layout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &layout.orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  layout.has_photometric = TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 1;
  if (TIFFIsTiled(tiff) != 0) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &layout.tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &layout.tile_height);
  }
  return layout;
}

// A raw file's first picture is a preview, or what its sensor saw.
bool IsCameraRaw(TIFF* tiff, const Layout& layout) {
  uint32_t kind = 0;
  uint16_t count = 0;
  void* list = nullptr;
  const bool reduced = TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) == 1 && (kind & FILETYPE_REDUCEDIMAGE) != 0;
  const bool has_others = TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &list) == 1 && count > 0;
  return TIFFGetField(tiff, TIFFTAG_DNGVERSION, &list) == 1 || (reduced && has_others) ||
         layout.photometric == PHOTOMETRIC_CFA || layout.photometric == 34892 /* LinearRaw */;
}

// One sample of a row in 0 to 255; nothing for a float out of range.
class Samples {
 public:
  explicit Samples(const Layout& layout) : bits_(layout.bits), is_float_(layout.format == SAMPLEFORMAT_IEEEFP) {}

  static bool AreReadable(const Layout& layout) {
    if (layout.format == SAMPLEFORMAT_IEEEFP) return layout.bits == 16 || layout.bits == 32 || layout.bits == 64;
    return layout.format == SAMPLEFORMAT_UINT && layout.bits >= 1 && layout.bits <= 32;
  }

  std::optional<uint8_t> At(const uint8_t* row, size_t index) const {
    if (is_float_) return FromFloat(Float(row, index));
    const uint64_t most = (uint64_t{1} << bits_) - 1;
    return static_cast<uint8_t>((Integer(row, index) * 255 + most / 2) / most);
  }

 private:
  template <class T>
  static T Load(const uint8_t* row, size_t index) {
    T value;
    std::memcpy(&value, row + index * sizeof(T), sizeof(T));
    return value;
  }

  // libtiff hands out samples of whole bytes in this machine's order, all others packed, the highest bit first.
  uint64_t Integer(const uint8_t* row, size_t index) const {
    if (bits_ == 8) return row[index];
    if (bits_ == 16) return Load<uint16_t>(row, index);
    if (bits_ == 32) return Load<uint32_t>(row, index);
    if (bits_ == 24) {
      uint32_t value = 0;
      std::memcpy(&value, row + 3 * index, 3);  // swapped as 24-bit numbers: little endian here
      return value;
    }
    uint64_t value = 0;
    for (size_t bit = index * bits_, end = bit + bits_; bit < end; ++bit)
      value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1);
    return value;
  }

  double Float(const uint8_t* row, size_t index) const {
    if (bits_ == 64) return Load<double>(row, index);
    if (bits_ == 32) return Load<float>(row, index);
    const auto half = Load<uint16_t>(row, index);
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31) return fraction == 0 ? INFINITY : NAN;
    const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return half >> 15 != 0 ? -magnitude : magnitude;
  }

  // Room for what resampling filters overshoot; NaN is out of range as well.
  static std::optional<uint8_t> FromFloat(double value) {
    constexpr double kOvershoot = 0.1;
    if (!(value >= -kOvershoot && value <= 1 + kOvershoot)) return std::nullopt;
    return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
  }

  const size_t bits_;
  const bool is_float_;
};

// Grey or RGB pictures out of their samples, row by row or tile by tile.
class DirectReader {
 public:
  DirectReader(TIFF* tiff, const Layout& layout, std::string_view name, Image* image)
      : tiff_(tiff), layout_(layout), name_(name), samples_(layout), image_(image) {}

  Status Read() {
    const bool separate = layout_.planar == PLANARCONFIG_SEPARATE && layout_.samples > 1;
    const uint16_t planes = separate ? static_cast<uint16_t>(layout_.colors()) : 1;
    step_ = separate ? 1 : layout_.samples;
    for (uint16_t plane = 0; plane < planes; ++plane) {
      SINEW_RETURN_IF_ERROR(layout_.tile_width > 0 ? ReadTiles(plane, separate) : ReadRows(plane, separate));
    }
    return Status();
  }

 private:
  Status ReadRows(uint16_t plane, bool separate) {
    std::vector<uint8_t> row(static_cast<size_t>(TIFFScanlineSize(tiff_)));
    if (row.size() < BytesFor(layout_.width)) return Corrupt("{}: damaged TIFF: rows that are too short", name_);
    for (uint32_t y = 0; y < layout_.height; ++y) {
      if (TIFFReadScanline(tiff_, row.data(), y, plane) != 1) return Damaged();
      SINEW_RETURN_IF_ERROR(Convert(row.data(), 0, y, layout_.width, separate ? plane : -1));
    }
    return Status();
  }

  Status ReadTiles(uint16_t plane, bool separate) {
    const tmsize_t tile_bytes = TIFFTileSize(tiff_), row_bytes = TIFFTileRowSize(tiff_);
    if (tile_bytes < 1 || tile_bytes > kMaxTileBytes || layout_.tile_height == 0)
      return TooLarge("{}: TIFF tiles of {}x{} pixels", name_, layout_.tile_width, layout_.tile_height);
    if (static_cast<size_t>(row_bytes) < BytesFor(layout_.tile_width) || tile_bytes / layout_.tile_height < row_bytes)
      return Corrupt("{}: damaged TIFF: tiles that are too small", name_);
    std::vector<uint8_t> tile(static_cast<size_t>(tile_bytes));
    for (uint32_t top = 0; top < layout_.height; top += layout_.tile_height) {
      for (uint32_t left = 0; left < layout_.width; left += layout_.tile_width) {
        if (TIFFReadTile(tiff_, tile.data(), left, top, 0, plane) < 0) return Damaged();
        const uint32_t rows = std::min(layout_.tile_height, layout_.height - top);
        const uint32_t columns = std::min(layout_.tile_width, layout_.width - left);
        for (uint32_t y = 0; y < rows; ++y) {
          SINEW_RETURN_IF_ERROR(Convert(tile.data() + static_cast<size_t>(y) * static_cast<size_t>(row_bytes), left,
                                        top + y, columns, separate ? plane : -1));
        }
      }
    }
    return Status();
  }

  size_t BytesFor(uint32_t pixels) const { return (size_t{pixels} * step_ * layout_.bits + 7) / 8; }

  // `plane`: the one color in the row, or -1 for all of them.
  Status Convert(const uint8_t* row, uint32_t x, uint32_t y, uint32_t columns, int plane) {
    uint8_t* to = image_->pixels.data() + 3 * (size_t{y} * layout_.width + x);
    const bool inverted = layout_.photometric == PHOTOMETRIC_MINISWHITE;
    for (uint32_t i = 0; i < columns; ++i, to += 3) {
      const int colors = plane < 0 ? layout_.colors() : 1;
      for (int color = 0; color < colors; ++color) {
        const std::optional<uint8_t> sample = samples_.At(row, size_t{i} * step_ + static_cast<size_t>(color));
        if (!sample)
          return Unsupported("{}: a TIFF whose floating-point samples go beyond 0 (black) to 1 (white): scale them",
                             name_);
        const uint8_t value = inverted ? static_cast<uint8_t>(255 - *sample) : *sample;
        if (layout_.is_grey()) {
          to[0] = to[1] = to[2] = value;
        } else {
          to[2 - (plane < 0 ? color : plane)] = value;
        }
      }
    }
    return Status();
  }

  Status Damaged() const { return Corrupt("{}: damaged TIFF", name_); }

  TIFF* const tiff_;
  const Layout layout_;
  const std::string_view name_;
  const Samples samples_;
  Image* const image_;
  size_t step_ = 1;
};

// Everything else, as far as libtiff converts it. Rows come in the file's own order.
Status ReadConverted(TIFF* tiff, const Layout& layout, std::string_view name, Image* image) {
  char reason[1024] = "";
  TIFFRGBAImage converter;
  if (TIFFRGBAImageOK(tiff, reason) != 1 || TIFFRGBAImageBegin(&converter, tiff, /*stop=*/1, reason) != 1)
    return Unsupported("{}: a TIFF of a kind that cannot be read: {}", name, reason);
  converter.req_orientation = converter.orientation;
  std::vector<uint32_t> raster(size_t{layout.width} * layout.height);
  const int done = TIFFRGBAImageGet(&converter, raster.data(), layout.width, layout.height);
  TIFFRGBAImageEnd(&converter);
  if (done != 1) return Corrupt("{}: damaged TIFF", name);
  uint8_t* to = image->pixels.data();
  for (const uint32_t pixel : raster) {
    *to++ = static_cast<uint8_t>(TIFFGetB(pixel));
    *to++ = static_cast<uint8_t>(TIFFGetG(pixel));
    *to++ = static_cast<uint8_t>(TIFFGetR(pixel));
  }
  return Status();
}

Result<Image> Decode(TIFF* tiff, std::string_view name, const ImageLimits& limits) {
  const Layout layout = ReadLayout(tiff);
  if (IsCameraRaw(tiff, layout))
    return Unsupported("{}: is a camera's raw file, which cannot be read: develop it into a JPEG or TIFF", name);
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, layout.width, layout.height, limits));
  if (layout.samples > kMaxSamplesPerPixel)
    return Unsupported("{}: a TIFF with {} samples a pixel", name, layout.samples);
  Image image = Image::OfSize(static_cast<int>(layout.width), static_cast<int>(layout.height));
  const bool direct = layout.has_photometric && (layout.is_grey() || layout.photometric == PHOTOMETRIC_RGB) &&
                      layout.compression != COMPRESSION_OJPEG;
  if (direct) {
    if (!Samples::AreReadable(layout)) {
      return Unsupported("{}: a TIFF with {} samples of {} bits: unsigned and floating-point ones can be read", name,
                         layout.format == SAMPLEFORMAT_INT ? "signed" : "other", layout.bits);
    }
    if (layout.samples < layout.colors())
      return Corrupt("{}: damaged TIFF: an RGB picture with {} samples a pixel", name, layout.samples);
    SINEW_RETURN_IF_ERROR(DirectReader(tiff, layout, name, &image).Read());
  } else {
    if (layout.format != SAMPLEFORMAT_UINT && layout.photometric != PHOTOMETRIC_LOGLUV &&
        layout.photometric != PHOTOMETRIC_LOGL)
      return Unsupported("{}: a TIFF whose samples are not unsigned numbers", name);
    SINEW_RETURN_IF_ERROR(ReadConverted(tiff, layout, name, &image));
  }
  return Oriented(std::move(image), UprightFromExif(layout.orientation));
}

}  // namespace

Result<Image> DecodeTiffPicture(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  Session session{.bytes = bytes};
  const TiffPtr tiff = Open(&session);
  if (!tiff) return Corrupt("{}: damaged TIFF: {}", name, session.message);
  session.message.clear();  // of tags; what counts is the pixels
  Result<Image> image = Decode(tiff.get(), name, limits);
  const bool damaged = image.ok() ? !session.message.empty() : image.status().code() == StatusCode::kCorrupt;
  if (damaged && !session.message.empty()) return Corrupt("{}: damaged TIFF: {}", name, session.message);
  return image;
}

}  // namespace sinew::media
