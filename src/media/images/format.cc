// Signatures. Sources: ITU-T T.81 (JPEG), T.87 (JPEG-LS), T.800 (JPEG 2000), T.832 (JPEG XR), ISO/IEC 18181-2 (JPEG
// XL), 14496-12 and 23008-12 (HEIF); W3C PNG; RFC 9649 (WebP); TIFF 6.0 and BigTIFF; Microsoft's BITMAPFILEHEADER;
// netpbm's pnm(5) and pam(5); OpenEXR file layout; Radiance's filefmts; Sun's rasterfile(5).
#include "media/images/format.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sinew::media {
namespace {

using Bytes = std::span<const uint8_t>;

bool HasAt(Bytes bytes, size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<ptrdiff_t>(offset),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

struct Signature {
  size_t offset;
  std::string_view text;
  PictureFormat format;
};

using namespace std::string_view_literals;
constexpr std::array kSignatures = {
    Signature{0, "\xff\xd8\xff\xf7"sv, PictureFormat::kJpegLs},
    Signature{0, "\xff\xd8\xff"sv, PictureFormat::kJpeg},
    Signature{0, "\x89PNG\r\n\x1a\n"sv, PictureFormat::kPng},
    Signature{8, "WEBP"sv, PictureFormat::kWebP},
    Signature{8, "CR"sv, PictureFormat::kCameraRaw},  // behind a TIFF header: Canon's CR2
    Signature{0, "II*\0"sv, PictureFormat::kTiff},
    Signature{0, "MM\0*"sv, PictureFormat::kTiff},
    Signature{0, "II+\0"sv, PictureFormat::kTiff},
    Signature{0, "MM\0+"sv, PictureFormat::kTiff},
    Signature{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, PictureFormat::kJpeg2000},
    Signature{0, "\xff\x4f\xff\x51"sv, PictureFormat::kJpeg2000},
    Signature{0, "v/1\x01"sv, PictureFormat::kExr},
    Signature{0, "#?RADIANCE"sv, PictureFormat::kRadiance},
    Signature{0, "#?RGBE"sv, PictureFormat::kRadiance},
    Signature{0, "\x59\xa6\x6a\x95"sv, PictureFormat::kSunRaster},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, PictureFormat::kJpegXl},
    Signature{0, "\xff\x0a"sv, PictureFormat::kJpegXl},
    Signature{0, "II\xbc"sv, PictureFormat::kJpegXr},
    Signature{0, "8BPS"sv, PictureFormat::kPhotoshop},
    Signature{0, "FUJIFILMCCD-RAW"sv, PictureFormat::kCameraRaw},
    Signature{0, "IIU\0"sv, PictureFormat::kCameraRaw},  // Panasonic's RW2
    Signature{0, "IIRO"sv, PictureFormat::kCameraRaw},   // Olympus' ORF
    Signature{4, "ftypcrx "sv, PictureFormat::kCameraRaw},
};

bool IsTiffHeader(Bytes bytes) { return HasAt(bytes, 0, "II*\0"sv) || HasAt(bytes, 0, "MM\0*"sv); }

// A text file may begin with BM as well: the header behind it has one of few sizes.
bool IsBmp(Bytes bytes) {
  constexpr std::array kHeaderBytes = {12, 16, 40, 52, 56, 64, 108, 124};
  return HasAt(bytes, 0, "BM") && bytes.size() >= 18 && bytes[15] == 0 && bytes[16] == 0 && bytes[17] == 0 &&
         std::find(kHeaderBytes.begin(), kHeaderBytes.end(), bytes[14]) != kHeaderBytes.end();
}

// "P6\n": a letter, a digit, and white space or a comment.
bool IsPnm(Bytes bytes) {
  return bytes.size() >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
         std::string_view(" \t\r\n#").find(static_cast<char>(bytes[2])) != std::string_view::npos;
}

// A file of boxes whose major or compatible brands are those of still pictures. Sequences of them ("avis", "hevc",
// "msf1" as the major brand) are videos.
bool IsHeif(Bytes bytes) {
  if (!HasAt(bytes, 4, "ftyp")) return false;
  constexpr std::array<std::string_view, 8> kStill = {"mif1", "mif2", "heic", "heix", "heim", "heis", "avif", "MA1A"};
  return std::any_of(kStill.begin(), kStill.end(), [&](std::string_view brand) { return HasAt(bytes, 8, brand); });
}

}  // namespace

std::optional<PictureFormat> SniffPicture(Bytes head) {
  for (const Signature& signature : kSignatures) {
    if (!HasAt(head, signature.offset, signature.text)) continue;
    if (signature.format == PictureFormat::kWebP && !HasAt(head, 0, "RIFF")) continue;
    if (signature.text == "CR" && !IsTiffHeader(head)) continue;
    return signature.format;
  }
  if (IsBmp(head)) return PictureFormat::kBmp;
  if (IsPnm(head)) return PictureFormat::kPnm;
  if (IsHeif(head)) return PictureFormat::kHeif;
  return std::nullopt;
}

const char* FormatName(PictureFormat format) {
  switch (format) {
    case PictureFormat::kJpeg:
      return "JPEG";
    case PictureFormat::kPng:
      return "PNG";
    case PictureFormat::kWebP:
      return "WebP";
    case PictureFormat::kTiff:
      return "TIFF";
    case PictureFormat::kHeif:
      return "HEIF";
    case PictureFormat::kBmp:
      return "BMP";
    case PictureFormat::kPnm:
      return "PNM";
    case PictureFormat::kJpeg2000:
      return "JPEG 2000";
    case PictureFormat::kExr:
      return "OpenEXR";
    case PictureFormat::kRadiance:
      return "Radiance HDR";
    case PictureFormat::kSunRaster:
      return "Sun raster";
    case PictureFormat::kJpegXl:
      return "JPEG XL";
    case PictureFormat::kJpegLs:
      return "JPEG-LS";
    case PictureFormat::kJpegXr:
      return "JPEG XR";
    case PictureFormat::kPhotoshop:
      return "Photoshop";
    case PictureFormat::kCameraRaw:
      return "camera raw";
  }
  return "unknown";
}

}  // namespace sinew::media
