// The choice of the codec, and files around it.
#include "media/images/image.h"

#include "base/error.h"
#include "base/file.h"
#include "media/backend.h"
#include "media/extension.h"
#include "media/images/codec.h"
#include "media/images/picture_header.h"
#include "media/images/picture_module.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

// A picture file holds at least a bit for each 8x8 block and at most a few bytes a pixel with room to spare.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

Result<Image> DecodeByModule(PictureFormat format, std::span<const uint8_t> bytes, std::string_view name,
                             const ImageLimits& limits) {
  switch (format) {
    case PictureFormat::kWebP:
    case PictureFormat::kTiff: {
      const Result<const PictureModule*> module = LoadPictureModule();
      if (!module.ok()) return Prefixed(name, module.status());
      return format == PictureFormat::kWebP ? (*module)->DecodeWebP(bytes, name, limits)
                                            : (*module)->DecodeTiff(bytes, name, limits);
    }
    case PictureFormat::kHeif: {
      const Result<const HeifModule*> module = LoadHeifModule();
      if (!module.ok()) return Prefixed(name, module.status());
      return (*module)->DecodeHeif(bytes, name, limits);
    }
    default: {
      const Result<const Backend*> backend = LoadBackend();
      if (!backend.ok()) return Prefixed(name, backend.status());
      return (*backend)->DecodePicture(format, bytes, name, limits);
    }
  }
}

}  // namespace

Result<Image> DecodeImage(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  if (bytes.empty()) return Corrupt("{}: the file is empty", name);
  if (bytes.size() > kMaxFileBytes)
    return TooLarge("{}: {} bytes are not a picture, the limit is {}", name, bytes.size(), kMaxFileBytes);
  const std::optional<PictureFormat> format = SniffPicture(bytes.first(std::min(bytes.size(), kSniffBytes)));
  if (!format) return Unsupported("{}: is not a picture that can be read", name);
  switch (*format) {
    case PictureFormat::kJpeg:
      return DecodeJpeg(bytes, name, limits);
    case PictureFormat::kPng:
      return DecodePng(bytes, name, limits);
    case PictureFormat::kRadiance:
    case PictureFormat::kJpegXl:
    case PictureFormat::kJpegLs:
    case PictureFormat::kJpegXr:
    case PictureFormat::kPhotoshop:
    case PictureFormat::kCameraRaw:
      return Unsupported("{}: {} pictures cannot be read: convert it, to JPEG or PNG for instance", name,
                         FormatName(*format));
    default:
      break;
  }
  if (const std::optional<ClaimedSize> size = SizeInHeader(bytes)) {
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name, size->width, size->height, limits));
  }
  return DecodeByModule(*format, bytes, name, limits);
}

Result<Image> ReadImage(const std::filesystem::path& path, const ImageLimits& limits) {
  std::error_code error;
  if (std::filesystem::is_fifo(path, error))  // which would keep this waiting for a writer
    return InvalidArgument("{}: is a named pipe, no picture", path.string());
  SINEW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
  return DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, path.string(), limits);
}

Status WriteImage(const std::filesystem::path& path, const Image& image, const WriteOptions& options) {
  const std::string extension = LowerExtension(path);
  Result<std::string> bytes = Unsupported("pictures are written as .jpg, .png or .webp, not as \"{}\"", extension);
  if (extension == ".jpg" || extension == ".jpeg") {
    bytes = EncodeJpeg(image);
  } else if (extension == ".png") {
    bytes = EncodePng(image);
  } else if (extension == ".webp") {
    SINEW_ASSIGN_OR_RETURN(const PictureModule* const module, LoadPictureModule());
    bytes = module->EncodeWebP(image);
  }
  if (!bytes.ok()) return Prefixed(path.string(), bytes.status());
  return WriteFile(path, *bytes, options);
}

}  // namespace sinew::media
