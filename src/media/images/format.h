// The formats of pictures, told by how a file begins: suffixes decide nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sinew::media {

enum class PictureFormat {
  kJpeg,
  kPng,
  kWebP,
  kTiff,
  kHeif,  // HEIC, AVIF
  kBmp,
  kPnm,  // PBM, PGM, PPM, PAM
  kJpeg2000,
  kExr,
  kSunRaster,
  // Known, so that the message can name them, but not read.
  kRadiance,
  kJpegXl,
  kJpegLs,
  kJpegXr,
  kPhotoshop,
  kCameraRaw,
};

// So many first bytes tell every format.
inline constexpr size_t kSniffBytes = 64;

// Nothing where the bytes are not a picture's that is known here; they may be a video's (GIF counts as one).
std::optional<PictureFormat> SniffPicture(std::span<const uint8_t> head);

// "JPEG", "JPEG 2000", ...
const char* FormatName(PictureFormat format);

}  // namespace sinew::media
