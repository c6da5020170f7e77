// JPEG with libjpeg-turbo. Its errors leave through longjmp, so the functions that call it hold nothing that needs
// destruction; buffers belong to their callers.
//
// libjpeg warns of harmless things and of damage alike, and makes up what is missing. A picture is whole here when all
// its rows came out of undamaged entropy-coded data. That its end marker is missing, or that stray bytes stand before
// it, makes it no worse: cameras write both.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include "base/error.h"
#include "media/images/codec.h"
#include "media/images/exif.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

constexpr int kQuality = 95;
// Bytes that belong to nothing, before a marker behind the picture's data. More of them are data that the decoder did
// not come to, since damage led it astray.
constexpr int kMaxStrayBytes = 8;
// Real progressive files have about ten; each costs a pass over all coefficients, however few its bytes.
constexpr int kMaxScans = 200;

// One use of the library: its error manager, and what was found out about the picture.
struct Session {
  jpeg_error_mgr base;  // first: libjpeg knows the whole by this address
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
  bool damaged, lacks_end;
  // Where the first damage showed: the rows that were out by then, or the scan of those of a progressive picture.
  unsigned rows, scan;

  jpeg_error_mgr* Install();
};

// The message of the error or warning at hand, and where it came. The first one says most.
void NoteDamage(j_common_ptr info) {
  Session& session = *reinterpret_cast<Session*>(info->err);
  if (session.damaged) return;
  session.damaged = true;
  (*info->err->format_message)(info, session.message);
  if (!info->is_decompressor) return;
  const auto& picture = *reinterpret_cast<jpeg_decompress_struct*>(info);
  session.rows = picture.output_scanline;
  const bool one_scan = !picture.progressive_mode && picture.comps_in_scan == picture.num_components;
  session.scan = one_scan ? 0 : static_cast<unsigned>(picture.input_scan_number);
}

[[noreturn]] void Exit(j_common_ptr info) {
  NoteDamage(info);
  std::longjmp(reinterpret_cast<Session*>(info->err)->jump, 1);
}

bool IsRestartMarker(int marker) { return marker >= JPEG_RST0 && marker <= JPEG_RST0 + 7; }

void EmitMessage(j_common_ptr info, int level) {
  if (level >= 0) return;  // a trace message
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
      // Where data is missing, the entropy decoder complains as well.
      reinterpret_cast<Session*>(info->err)->lacks_end = true;
      return;
    case JWRN_EXTRANEOUS_DATA: {
      const int bytes = info->err->msg_parm.i[0], marker = info->err->msg_parm.i[1];
      const bool in_header = info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number == 0;
      if (in_header || (bytes <= kMaxStrayBytes && !IsRestartMarker(marker))) return;
      break;
    }
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
      return;  // said of headers, and without consequence for the pixels
    default:
      break;
  }
  NoteDamage(info);
}

void Silence(j_common_ptr) {}

jpeg_error_mgr* Session::Install() {
  jpeg_std_error(&base);
  base.error_exit = Exit;
  base.emit_message = EmitMessage;
  base.output_message = Silence;
  message[0] = '\0';
  damaged = lacks_end = false;
  rows = scan = 0;
  return &base;
}

// What a header tells.
struct Header {
  int width = 0, height = 0;
  int channels = 0;       // of a row as libjpeg hands it out: 3, or 4 for CMYK
  bool inverted = false;  // CMYK as Adobe writes it: 255 is no ink
  int exif_orientation = 1;
  bool arithmetic = false;
};

int ReadOrientation(const jpeg_decompress_struct& info) {
  for (const jpeg_marker_struct* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    constexpr size_t kPrefix = 6;
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length >= kPrefix && std::memcmp(marker->data, "Exif", 5) == 0)
      return ExifOrientation({marker->data, marker->data_length});
  }
  return 1;
}

// Whether all scans came that the picture needs. Of a progressive one without its end marker, the last scans may be
// missing: the rows are all there, but blurred.
bool HasAllScans(const jpeg_decompress_struct& info, bool lacks_end) {
  for (int i = 0; i < info.num_components; ++i) {
    if (info.comp_info[i].quant_table == nullptr) return false;  // in no scan at all
    if (!lacks_end || !info.progressive_mode || info.coef_bits == nullptr) continue;
    for (int k = 0; k < DCTSIZE2; ++k) {
      if (info.coef_bits[i][k] != 0) return false;  // not sent, or not to the last bit
    }
  }
  return true;
}

void LimitScans(j_common_ptr info) {
  const auto& picture = *reinterpret_cast<j_decompress_ptr>(info);
  if (picture.input_scan_number <= kMaxScans) return;
  Session& session = *reinterpret_cast<Session*>(info->err);
  session.damaged = true;
  std::snprintf(session.message, sizeof(session.message), "more than %d scans", kMaxScans);
  std::longjmp(session.jump, 1);
}

// Begins to read and fills `header`. What goes wrong from here on leaves through session->jump.
void Begin(std::span<const uint8_t> bytes, jpeg_decompress_struct* info, Header* header) {
  jpeg_create_decompress(info);
  jpeg_mem_src(info, bytes.data(), bytes.size());
  jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(info, TRUE);
  header->width = static_cast<int>(info->image_width);
  header->height = static_cast<int>(info->image_height);
  header->channels = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK ? 4 : 3;
  header->inverted = info->saw_Adobe_marker != 0;
  header->exif_orientation = ReadOrientation(*info);
  header->arithmetic = info->arith_code != 0;
  info->out_color_space = header->channels == 4 ? JCS_CMYK : JCS_EXT_BGR;
}

bool ReadHeader(std::span<const uint8_t> bytes, Header* header, Session* session) {
  jpeg_decompress_struct info;
  info.err = session->Install();
  if (setjmp(session->jump) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  Begin(bytes, &info, header);
  jpeg_destroy_decompress(&info);
  return true;
}

// Rows of B, G, R from rows of C, M, Y, K: what paper reflects through two layers of ink.
void FromCmyk(const JSAMPLE* cmyk, bool inverted, JDIMENSION width, uint8_t* bgr) {
  const auto light = [inverted](JSAMPLE ink) { return inverted ? ink : 255 - ink; };
  for (JDIMENSION x = 0; x < width; ++x, cmyk += 4, bgr += 3) {
    const int black = light(cmyk[3]);
    for (int i = 0; i < 3; ++i) bgr[i] = static_cast<uint8_t>((light(cmyk[2 - i]) * black + 127) / 255);
  }
}

// Rows into `pixels`, 3 bytes a pixel; `row` has room for one with 4. False where the library gave up.
bool ReadPixels(std::span<const uint8_t> bytes, uint8_t* pixels, JSAMPROW row, Session* session) {
  jpeg_decompress_struct info;
  jpeg_progress_mgr progress = {};
  progress.progress_monitor = LimitScans;
  info.err = session->Install();
  if (setjmp(session->jump) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  Header header;
  Begin(bytes, &info, &header);
  info.progress = &progress;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    uint8_t* const to = pixels + size_t{3} * info.output_scanline * info.output_width;
    JSAMPROW target = header.channels == 4 ? row : to;
    jpeg_read_scanlines(&info, &target, 1);
    if (header.channels == 4) FromCmyk(row, header.inverted, info.output_width, to);
  }
  if (!session->damaged && !HasAllScans(info, session->lacks_end)) {
    session->damaged = true;
    std::snprintf(session->message, sizeof(session->message), "scans are missing");
    session->scan = static_cast<unsigned>(info.input_scan_number);
  }
  jpeg_finish_decompress(&info);  // looks at what stands behind the data
  jpeg_destroy_decompress(&info);
  return true;
}

Status Damage(const Session& session, std::string_view name, const Header& header) {
  if (session.scan > 0) return Corrupt("{}: damaged JPEG, in scan {}: {}", name, session.scan, session.message);
  return Corrupt("{}: damaged JPEG, {} of {} rows are whole: {}", name, session.rows, header.height, session.message);
}

bool Encode(const Image& image, unsigned char** out, unsigned long* size, Session* session) {
  jpeg_compress_struct info;
  info.err = session->Install();
  if (setjmp(session->jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, out, size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, kQuality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data()) + size_t{3} * info.next_scanline * info.image_width;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

Result<Image> DecodeJpeg(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  Session session;
  Header header;
  if (!ReadHeader(bytes, &header, &session)) return Corrupt("{}: damaged JPEG: {}", name, session.message);
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, header.width, header.height, limits));
  if (header.arithmetic) {
    return Unsupported("{}: a JPEG with arithmetic coding, in which damage would not show: convert it into another one",
                       name);
  }
  Image image = Image::OfSize(header.width, header.height);
  std::vector<JSAMPLE> row(size_t{4} * static_cast<size_t>(header.width));
  if (!ReadPixels(bytes, image.pixels.data(), row.data(), &session) || session.damaged)
    return Damage(session, name, header);
  return Oriented(std::move(image), UprightFromExif(header.exif_orientation));
}

Result<std::string> EncodeJpeg(const Image& image) {
  Session session;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const bool done = Encode(image, &buffer, &size, &session);
  std::string bytes(reinterpret_cast<const char*>(buffer), done ? size : 0);
  std::free(buffer);
  if (!done)
    return InvalidArgument("a picture of {}x{} cannot be written as JPEG: {}", image.width, image.height,
                           session.message);
  return bytes;
}

}  // namespace sinew::media
