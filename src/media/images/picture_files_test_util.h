// Picture files of every kind that is read, written by the tests' own code or by the format's library: for tests of
// values, and as the beginnings of the fuzzer's corpus.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sinew::media {

// The value of a sample, 0 to 1: column, row, channel (R, G, B, A; or grey, A).
using SampleFunction = std::function<double(int x, int y, int channel)>;

struct PnmSpec {
  int digit = 6;  // P1 to P7
  int max_value = 255;
  int channels = 3;  // of PAM
  const char* tuple_type = "RGB";
};
std::string WritePnm(const PnmSpec& spec, int width, int height, const SampleFunction& sample);

struct TiffSpec {
  int bits = 8, channels = 3;
  bool is_float = false, is_signed = false;
  int photometric = 2;  // RGB
  bool planar = false;
  int tile = 0;         // side of the tiles; 0: strips
  int compression = 1;  // none
  int orientation = 1;
  bool big = false;  // BigTIFF
  bool big_endian = false;
  int subfile_type = 0;
  double scale = 1;  // of floats
};
std::string WriteTiff(const TiffSpec& spec, int width, int height, const SampleFunction& sample);

struct PngSpec {
  int bits = 8;
  int color_type = 2;  // RGB
  bool interlaced = false;
  bool transparent = false;  // a tRNS chunk
  std::string exif;          // an eXIf chunk
};
// Of a palette, sample(x, y, 0) chooses the entry; entry i is (i, 255 - i, 3 * i mod 256).
std::string WritePng(const PngSpec& spec, int width, int height, const SampleFunction& sample);

enum class BmpKind { kRgb24, kRgb32, kTopDown, kPalette8, kPalette4, kPalette1, kRgb565, kRgb555, kRle8 };
// Of a palette, sample(x, y, 0) chooses the entry, entries as in WritePng.
std::string WriteBmp(BmpKind kind, int width, int height, const SampleFunction& sample);

// Uncompressed; R, G and B as 32-bit floats, or as 16-bit ones.
std::string WriteExr(bool half, int width, int height, const SampleFunction& sample);

// Standard (B, G, R) or of type RGB.
std::string WriteSunRaster(bool rgb, int width, int height, const SampleFunction& sample);

struct JpegSpec {
  enum class Colors { kGrey, kYcc, kRgb, kCmyk, kYcck } colors = Colors::kYcc;
  bool progressive = false, arithmetic = false, adobe_marker = true;
  int restart_rows = 0;
  int quality = 95;
  std::string exif;  // an APP1 segment's content
};
// CMYK samples are light, not ink: as Adobe writes them.
std::string WriteJpeg(const JpegSpec& spec, int width, int height, const SampleFunction& sample);

// An EXIF block, "Exif\0\0" and all, with an orientation.
std::string ExifBlock(int orientation, bool little_endian = false);

struct HeifSpec {
  bool avif = false;
  int quality = 100;  // 100: lossless
  int rotate_degrees = 0;
};
// Empty where this machine's libheif has no encoder for it.
std::string WriteHeif(const HeifSpec& spec, int width, int height, const SampleFunction& sample);

struct PictureFile {
  std::string name;
  std::string bytes;
};
// One small picture of each kind.
std::vector<PictureFile> SmallPictures();

}  // namespace sinew::media
