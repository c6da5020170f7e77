// Writers of picture files, one function a format.
#include "media/images/picture_files_test_util.h"

#include <gtest/gtest.h>
#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>
#include <unistd.h>
#include <webp/encode.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#ifdef SINEW_HAS_LIBHEIF
#include <libheif/heif.h>
#endif

namespace sinew::media {
namespace {

uint32_t Quantized(double value, int max_value) { return static_cast<uint32_t>(std::lround(value * max_value)); }
uint8_t Byte(double value) { return static_cast<uint8_t>(Quantized(value, 255)); }

void AppendLittle(std::string* bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) *bytes += static_cast<char>(value >> 8 * i);
}
void AppendBig(std::string* bytes, uint64_t value, int count) {
  for (int i = count; i-- > 0;) *bytes += static_cast<char>(value >> 8 * i);
}

// Bits from the highest on, rows ending at whole bytes.
class BitRow {
 public:
  void Append(uint64_t value, int bits) {
    for (int i = bits; i-- > 0;) {
      if (used_ % 8 == 0) bytes_ += '\0';
      bytes_.back() = static_cast<char>(bytes_.back() | static_cast<char>((value >> i & 1) << (7 - used_ % 8)));
      ++used_;
    }
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  int used_ = 0;
};

// IEEE 754 binary16, of numbers that it holds exactly or nearly.
uint16_t Half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 255) - 127 + 15;
  const uint32_t sign = bits >> 16 & 0x8000, fraction = bits & 0x7fffff;
  if (exponent <= 0) return static_cast<uint16_t>(sign);
  return static_cast<uint16_t>((sign | static_cast<uint32_t>(exponent) << 10) + ((fraction + 0x1000) >> 13));
}

void PaletteEntry(int i, uint8_t* rgb) {
  rgb[0] = static_cast<uint8_t>(i), rgb[1] = static_cast<uint8_t>(255 - i), rgb[2] = static_cast<uint8_t>(3 * i);
}

}  // namespace

std::string WritePnm(const PnmSpec& spec, int width, int height, const SampleFunction& sample) {
  std::string bytes;
  int channels = spec.digit == 3 || spec.digit == 6 ? 3 : 1;
  if (spec.digit == 7) {
    channels = spec.channels;
    bytes = "P7\nWIDTH " + std::to_string(width) + "\nHEIGHT " + std::to_string(height) + "\nDEPTH " +
            std::to_string(channels) + "\nMAXVAL " + std::to_string(spec.max_value) + "\nTUPLTYPE " + spec.tuple_type +
            "\nENDHDR\n";
  } else {
    bytes = "P" + std::to_string(spec.digit) + "\n# a comment\n" + std::to_string(width) + " " +
            std::to_string(height) + "\n";
    if (spec.digit != 1 && spec.digit != 4) bytes += std::to_string(spec.max_value) + "\n";
  }
  for (int y = 0; y < height; ++y) {
    BitRow row;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const uint32_t value = Quantized(sample(x, y, c), spec.max_value);
        const bool ink = sample(x, y, c) < 0.5;
        if (spec.digit == 1) bytes += ink ? "1 " : "0 ";
        if (spec.digit == 4) row.Append(ink ? 1 : 0, 1);
        if (spec.digit == 2 || spec.digit == 3) bytes += std::to_string(value) + "\n";
        if (spec.digit >= 5) row.Append(value, spec.max_value > 255 ? 16 : 8);
      }
    }
    bytes += row.bytes();
  }
  return bytes;
}

std::string WriteTiff(const TiffSpec& spec, int width, int height, const SampleFunction& sample) {
  const std::string path = ::testing::TempDir() + "sinew_tiff_" + std::to_string(getpid());
  const std::string mode = std::string("w") + (spec.big ? "8" : "") + (spec.big_endian ? "b" : "l");
  TIFF* const tiff = TIFFOpen(path.c_str(), mode.c_str());
  if (tiff == nullptr) return "";
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, spec.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, spec.channels);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, spec.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, spec.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, spec.orientation);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, spec.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (spec.subfile_type != 0) TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, spec.subfile_type);
  if (spec.is_float) TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
  if (spec.is_signed) TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT);
  const int colors = spec.photometric == PHOTOMETRIC_RGB || spec.photometric == PHOTOMETRIC_YCBCR ? 3
                     : spec.photometric == PHOTOMETRIC_SEPARATED                                  ? 4
                                                                                                  : 1;
  if (spec.channels > colors) {
    const uint16_t kind = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (spec.photometric == PHOTOMETRIC_PALETTE) {
    std::vector<uint16_t> map[3];
    for (int i = 0; i < 1 << spec.bits; ++i) {
      uint8_t rgb[3];
      PaletteEntry(i, rgb);
      for (int c = 0; c < 3; ++c) map[c].push_back(static_cast<uint16_t>(rgb[c] * 257));
    }
    TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
  }
  if (spec.compression == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (spec.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, spec.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, spec.tile);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, spec.compression == COMPRESSION_JPEG ? 16 : 8);
  }
  // The samples of pixels x0 <= x < x1 in the order of a row; libtiff takes those of whole bytes in this machine's
  // order.
  const auto row_of = [&](int x0, int x1, int y, int plane) {
    std::string bytes;
    BitRow packed;
    for (int x = x0; x < x1; ++x) {
      for (int c = plane < 0 ? 0 : plane; c < (plane < 0 ? spec.channels : plane + 1); ++c) {
        const double value = x < width && y < height ? sample(x, y, c) : 0;
        if (spec.is_float) {
          if (spec.bits == 16) AppendLittle(&bytes, Half(static_cast<float>(value * spec.scale)), 2);
          if (spec.bits == 32) AppendLittle(&bytes, std::bit_cast<uint32_t>(static_cast<float>(value * spec.scale)), 4);
          if (spec.bits == 64) AppendLittle(&bytes, std::bit_cast<uint64_t>(value * spec.scale), 8);
          continue;
        }
        const auto most = static_cast<double>((uint64_t{1} << spec.bits) - 1);
        const auto number = spec.photometric == PHOTOMETRIC_PALETTE ? static_cast<uint64_t>(value)
                                                                    : static_cast<uint64_t>(std::round(value * most));
        spec.bits % 8 == 0 ? AppendLittle(&bytes, number, spec.bits / 8) : packed.Append(number, spec.bits);
      }
    }
    return spec.bits % 8 == 0 ? bytes : packed.bytes();
  };
  const int planes = spec.planar ? spec.channels : 1;
  for (int plane = 0; plane < planes; ++plane) {
    const int only = spec.planar ? plane : -1;
    if (spec.tile == 0) {
      for (int y = 0; y < height; ++y) {
        std::string row = row_of(0, width, y, only);
        EXPECT_EQ(TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), static_cast<uint16_t>(plane)), 1);
      }
      continue;
    }
    for (int top = 0; top < height; top += spec.tile) {
      for (int left = 0; left < width; left += spec.tile) {
        std::string tile;
        for (int y = top; y < top + spec.tile; ++y) tile += row_of(left, left + spec.tile, y, only);
        EXPECT_GT(TIFFWriteTile(tiff, tile.data(), static_cast<uint32_t>(left), static_cast<uint32_t>(top), 0,
                                static_cast<uint16_t>(plane)),
                  0);
      }
    }
  }
  TIFFClose(tiff);
  std::string bytes = ReadFile(path).value();
  std::filesystem::remove(path);
  return bytes;
}

std::string WritePng(const PngSpec& spec, int width, int height, const SampleFunction& sample) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &bytes,
      [](png_structp writer, png_bytep data, size_t count) {
        static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<const char*>(data), count);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), spec.bits, spec.color_type,
               spec.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  const bool palette = spec.color_type == PNG_COLOR_TYPE_PALETTE;
  if (palette) {
    std::vector<png_color> entries;
    for (int i = 0; i < 1 << spec.bits; ++i) {
      uint8_t rgb[3];
      PaletteEntry(i, rgb);
      entries.push_back({rgb[0], rgb[1], rgb[2]});
    }
    png_set_PLTE(png, info, entries.data(), static_cast<int>(entries.size()));
  }
  if (spec.transparent) {
    png_byte alpha[2] = {0, 128};
    png_color_16 color = {0, 0, 0, 0, 0};
    png_set_tRNS(png, info, alpha, palette ? 2 : 0, palette ? nullptr : &color);
  }
  std::string exif = spec.exif;
  if (!exif.empty())
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), reinterpret_cast<png_bytep>(exif.data()));
  const int channels = png_get_channels(png, info);
  std::vector<std::string> rows;
  for (int y = 0; y < height; ++y) {
    BitRow row;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        row.Append(palette ? static_cast<uint64_t>(sample(x, y, c)) : Quantized(sample(x, y, c), (1 << spec.bits) - 1),
                   spec.bits);
      }
    }
    rows.push_back(row.bytes());
  }
  std::vector<png_bytep> pointers;
  for (std::string& row : rows) pointers.push_back(reinterpret_cast<png_bytep>(row.data()));
  png_write_info(png, info);
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string WriteBmp(BmpKind kind, int width, int height, const SampleFunction& sample) {
  const int bits = kind == BmpKind::kRgb24 || kind == BmpKind::kTopDown   ? 24
                   : kind == BmpKind::kRgb32                              ? 32
                   : kind == BmpKind::kPalette4                           ? 4
                   : kind == BmpKind::kPalette1                           ? 1
                   : kind == BmpKind::kRgb565 || kind == BmpKind::kRgb555 ? 16
                                                                          : 8;
  const int compression = kind == BmpKind::kRle8 ? 1 : kind == BmpKind::kRgb565 ? 3 : 0;
  std::string table;
  for (int i = 0; bits <= 8 && i < 1 << bits; ++i) {
    uint8_t rgb[3];
    PaletteEntry(i, rgb);
    table += {static_cast<char>(rgb[2]), static_cast<char>(rgb[1]), static_cast<char>(rgb[0]), '\0'};
  }
  if (kind == BmpKind::kRgb565) {
    for (const uint32_t mask : {0xf800u, 0x07e0u, 0x001fu}) AppendLittle(&table, mask, 4);
  }
  std::string pixels;
  for (int i = 0; i < height; ++i) {
    const int y = kind == BmpKind::kTopDown ? i : height - 1 - i;
    std::string row;
    BitRow packed;
    for (int x = 0; x < width; ++x) {
      if (bits >= 24) {
        row += {static_cast<char>(Byte(sample(x, y, 2))), static_cast<char>(Byte(sample(x, y, 1))),
                static_cast<char>(Byte(sample(x, y, 0)))};
        if (bits == 32) row += '\x7f';
      } else if (bits == 16) {
        const int green_bits = kind == BmpKind::kRgb565 ? 6 : 5;
        AppendLittle(&row,
                     Quantized(sample(x, y, 0), 31) << (5 + green_bits) |
                         Quantized(sample(x, y, 1), (1 << green_bits) - 1) << 5 | Quantized(sample(x, y, 2), 31),
                     2);
      } else if (kind == BmpKind::kRle8) {
        row += {'\1', static_cast<char>(sample(x, y, 0))};
      } else {
        packed.Append(static_cast<uint64_t>(sample(x, y, 0)), bits);
      }
    }
    row += packed.bytes();
    if (kind == BmpKind::kRle8) {
      row += std::string(2, '\0');
    } else {
      while (row.size() % 4 != 0) row += '\0';
    }
    pixels += row;
  }
  if (kind == BmpKind::kRle8) pixels += std::string("\0\1", 2);
  std::string bytes = "BM";
  const size_t offset = 14 + 40 + table.size();
  AppendLittle(&bytes, offset + pixels.size(), 4);
  AppendLittle(&bytes, 0, 4);
  AppendLittle(&bytes, offset, 4);
  AppendLittle(&bytes, 40, 4);
  AppendLittle(&bytes, static_cast<uint32_t>(width), 4);
  AppendLittle(&bytes, static_cast<uint32_t>(kind == BmpKind::kTopDown ? -height : height), 4);
  AppendLittle(&bytes, 1, 2);
  AppendLittle(&bytes, static_cast<uint64_t>(bits), 2);
  AppendLittle(&bytes, static_cast<uint64_t>(compression), 4);
  AppendLittle(&bytes, pixels.size(), 4);
  bytes += std::string(16, '\0');  // pixels a metre, colours in the table
  return bytes + table + pixels;
}

std::string WriteExr(bool half, int width, int height, const SampleFunction& sample) {
  std::string bytes("v/1\1\2\0\0\0", 8);
  const auto attribute = [&](const char* name, const char* type, const std::string& value) {
    bytes += std::string(name) + '\0' + type + '\0';
    AppendLittle(&bytes, value.size(), 4);
    bytes += value;
  };
  std::string channels;
  for (const char* name : {"B", "G", "R"}) {
    channels += std::string(name) + '\0';
    AppendLittle(&channels, half ? 1 : 2, 4);
    AppendLittle(&channels, 0, 4);
    AppendLittle(&channels, 1, 4);
    AppendLittle(&channels, 1, 4);
  }
  channels += '\0';
  std::string window, one, zeros(8, '\0');
  AppendLittle(&window, 0, 8);
  AppendLittle(&window, static_cast<uint32_t>(width - 1), 4);
  AppendLittle(&window, static_cast<uint32_t>(height - 1), 4);
  AppendLittle(&one, std::bit_cast<uint32_t>(1.0f), 4);
  attribute("channels", "chlist", channels);
  attribute("compression", "compression", std::string(1, '\0'));
  attribute("dataWindow", "box2i", window);
  attribute("displayWindow", "box2i", window);
  attribute("lineOrder", "lineOrder", std::string(1, '\0'));
  attribute("pixelAspectRatio", "float", one);
  attribute("screenWindowCenter", "v2f", zeros);
  attribute("screenWindowWidth", "float", one);
  bytes += '\0';
  const size_t line_bytes = 8 + static_cast<size_t>(width) * 3 * (half ? 2 : 4);
  const size_t first = bytes.size() + 8 * static_cast<size_t>(height);
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) AppendLittle(&bytes, first + y * line_bytes, 8);
  for (int y = 0; y < height; ++y) {
    AppendLittle(&bytes, static_cast<uint32_t>(y), 4);
    AppendLittle(&bytes, line_bytes - 8, 4);
    for (int c = 2; c >= 0; --c) {
      for (int x = 0; x < width; ++x) {
        const auto value = static_cast<float>(sample(x, y, c));
        half ? AppendLittle(&bytes, Half(value), 2) : AppendLittle(&bytes, std::bit_cast<uint32_t>(value), 4);
      }
    }
  }
  return bytes;
}

std::string WriteSunRaster(bool rgb, int width, int height, const SampleFunction& sample) {
  std::string pixels;
  for (int y = 0; y < height; ++y) {
    std::string row;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) row += static_cast<char>(Byte(sample(x, y, rgb ? c : 2 - c)));
    }
    if (row.size() % 2 != 0) row += '\0';
    pixels += row;
  }
  std::string bytes;
  for (const size_t value : {size_t{0x59a66a95}, static_cast<size_t>(width), static_cast<size_t>(height), size_t{24},
                             pixels.size(), size_t{rgb ? 3u : 1u}, size_t{0}, size_t{0}}) {
    AppendBig(&bytes, value, 4);
  }
  return bytes + pixels;
}

std::string WriteJpeg(const JpegSpec& spec, int width, int height, const SampleFunction& sample) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  using Colors = JpegSpec::Colors;
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = spec.colors == Colors::kGrey ? 1 : spec.colors < Colors::kCmyk ? 3 : 4;
  info.in_color_space = info.input_components == 1 ? JCS_GRAYSCALE : info.input_components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  if (spec.colors == Colors::kRgb) jpeg_set_colorspace(&info, JCS_RGB);
  if (spec.colors == Colors::kYcck) jpeg_set_colorspace(&info, JCS_YCCK);
  info.write_Adobe_marker = spec.adobe_marker && spec.colors >= Colors::kRgb ? TRUE : FALSE;
  jpeg_set_quality(&info, spec.quality, TRUE);
  info.arith_code = spec.arithmetic ? TRUE : FALSE;
  info.restart_in_rows = spec.restart_rows;
  if (spec.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (!spec.exif.empty()) {
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(spec.exif.data()),
                      static_cast<unsigned>(spec.exif.size()));
  }
  for (int y = 0; y < height; ++y) {
    std::string row;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < info.input_components; ++c) row += static_cast<char>(Byte(sample(x, y, c)));
    }
    auto* pointer = reinterpret_cast<JSAMPROW>(row.data());
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string bytes(reinterpret_cast<const char*>(buffer), size);
  std::free(buffer);
  return bytes;
}

std::string ExifBlock(int orientation, bool little_endian) {
  std::string block("Exif\0\0", 6);
  block += little_endian ? "II" : "MM";
  const auto append = [&](uint64_t value, int count) {
    little_endian ? AppendLittle(&block, value, count) : AppendBig(&block, value, count);
  };
  append(42, 2);
  append(8, 4);
  append(1, 2);       // entries
  append(0x0112, 2);  // orientation
  append(3, 2);       // 16 bits
  append(1, 4);
  append(static_cast<uint64_t>(orientation), 2);
  append(0, 2);
  append(0, 4);  // no other directory
  return block;
}

std::string WriteHeif(const HeifSpec& spec, int width, int height, const SampleFunction& sample) {
  std::string bytes;
#ifdef SINEW_HAS_LIBHEIF
  heif_init(nullptr);
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  const heif_compression_format format = spec.avif ? heif_compression_AV1 : heif_compression_HEVC;
  if (heif_context_get_encoder_for_format(context, format, &encoder).code == heif_error_Ok) {
    heif_image* image = nullptr;
    heif_image_create(width, height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image);
    heif_image_add_plane(image, heif_channel_interleaved, width, height, 24);
    int stride = 0;
    uint8_t* const plane = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) plane[y * stride + 3 * x + c] = Byte(sample(x, y, c));
      }
    }
    heif_encoder_set_lossy_quality(encoder, spec.quality);
    if (spec.quality == 100) heif_encoder_set_lossless(encoder, 1);
    heif_encoder_set_parameter_string(encoder, "chroma", "444");
    heif_encoding_options* const options = heif_encoding_options_alloc();
    options->save_alpha_channel = 0;
    if (spec.rotate_degrees == 90) options->image_orientation = heif_orientation_rotate_90_cw;
    heif_image_handle* handle = nullptr;
    if (heif_context_encode_image(context, image, encoder, options, &handle).code == heif_error_Ok) {
      heif_writer writer = {1, [](heif_context*, const void* data, size_t size, void* user) {
                              static_cast<std::string*>(user)->assign(static_cast<const char*>(data), size);
                              return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                            }};
      heif_context_write(context, &writer, &bytes);
      heif_image_handle_release(handle);
    }
    heif_encoding_options_free(options);
    heif_image_release(image);
    heif_encoder_release(encoder);
  }
  heif_context_free(context);
  heif_deinit();
#endif
  return bytes;
}

std::vector<PictureFile> SmallPictures() {
  const int width = 9, height = 6;
  const SampleFunction colors = [](int x, int y, int c) { return ((x * 29 + y * 31 + c * 53) % 256) / 255.0; };
  const SampleFunction entries = [](int x, int y, int) { return (x + y) % 2; };
  std::vector<PictureFile> files;
  const auto add = [&files](std::string name, std::string bytes) {
    if (!bytes.empty()) files.push_back({std::move(name), std::move(bytes)});
  };
  using Colors = JpegSpec::Colors;
  for (const auto& [name, spec] :
       std::initializer_list<std::pair<const char*, JpegSpec>>{{"ycc.jpg", {}},
                                                               {"grey.jpg", {.colors = Colors::kGrey}},
                                                               {"cmyk.jpg", {.colors = Colors::kCmyk}},
                                                               {"ycck.jpg", {.colors = Colors::kYcck}},
                                                               {"progressive.jpg", {.progressive = true}},
                                                               {"restarts.jpg", {.restart_rows = 1}},
                                                               {"turned.jpg", {.exif = ExifBlock(6)}}}) {
    add(name, WriteJpeg(spec, width, height, colors));
  }
  add("rgb.png", WritePng({}, width, height, colors));
  add("deep_alpha.png", WritePng({.bits = 16, .color_type = 6, .interlaced = true}, width, height, colors));
  add("palette.png", WritePng({.bits = 1, .color_type = 3, .transparent = true}, width, height, entries));
  add("rgb.tiff", WriteTiff({}, width, height, colors));
  add("float.tiff", WriteTiff({.bits = 32, .is_float = true, .compression = 8}, width, height, colors));
  add("twelve.tiff", WriteTiff({.bits = 12, .planar = true, .compression = 5}, width, height, colors));
  add("tiles.tiff", WriteTiff({.bits = 16, .channels = 4, .tile = 16, .big = true}, width, height, colors));
  add("palette.tiff", WriteTiff({.channels = 1, .photometric = 3, .compression = 32773}, width, height, entries));
  add("cmyk.tiff", WriteTiff({.channels = 4, .photometric = 5}, width, height, colors));
  add("jpeg.tiff", WriteTiff({.photometric = 6, .compression = 7}, width, height, colors));
  add("rgb.bmp", WriteBmp(BmpKind::kRgb24, width, height, colors));
  add("rle.bmp", WriteBmp(BmpKind::kRle8, width, height, entries));
  add("565.bmp", WriteBmp(BmpKind::kRgb565, width, height, colors));
  for (int digit = 1; digit <= 7; ++digit)
    add("p" + std::to_string(digit) + ".pnm", WritePnm({.digit = digit}, width, height, colors));
  add("float.exr", WriteExr(false, width, height, colors));
  add("rgb.ras", WriteSunRaster(true, width, height, colors));
  add("a.heic", WriteHeif({.quality = 50}, 64, 64, colors));
  add("a.avif", WriteHeif({.avif = true, .quality = 50}, 64, 64, colors));
  std::string pixels;
  for (int i = 0; i < 3 * width * height; ++i) pixels += static_cast<char>(i * 7);
  for (const bool lossless : {false, true}) {
    uint8_t* buffer = nullptr;
    const auto* data = reinterpret_cast<const uint8_t*>(pixels.data());
    const size_t size = lossless ? WebPEncodeLosslessBGR(data, width, height, 3 * width, &buffer)
                                 : WebPEncodeBGR(data, width, height, 3 * width, 80, &buffer);
    add(lossless ? "lossless.webp" : "lossy.webp", std::string(reinterpret_cast<const char*>(buffer), size));
    WebPFree(buffer);
  }
  return files;
}

}  // namespace sinew::media
