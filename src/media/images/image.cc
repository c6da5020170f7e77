// The choice of the codec, and files around it.
#include "media/images/image.h"

#include "base/error.h"
#include "base/file.h"
#include "media/backend.h"
#include "media/extension.h"
#include "media/images/codec.h"
#include "media/images/picture_header.h"
#include "media/limits.h"

namespace sinew::media {
namespace {

// A picture file holds at least a bit for each 8x8 block and at most a few bytes a pixel with room to spare.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 31;

}  // namespace

Result<Image> DecodeImage(std::span<const uint8_t> bytes, std::string_view name, const ImageLimits& limits) {
  if (bytes.empty()) return Corrupt("{}: the file is empty", name);
  if (LooksLikeJpeg(bytes)) {
    SINEW_ASSIGN_OR_RETURN(std::optional<Image> image, DecodeJpeg(bytes, name, limits));
    if (image) return std::move(*image);
  } else if (LooksLikePng(bytes)) {
    SINEW_ASSIGN_OR_RETURN(std::optional<Image> image, DecodePng(bytes, name, limits));
    if (image) return std::move(*image);
  }
  if (const std::optional<ClaimedSize> size = SizeInHeader(bytes)) {
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name, size->width, size->height, limits));
  }
  const Result<const Backend*> backend = LoadBackend();
  if (!backend.ok()) return Prefixed(name, backend.status());
  SINEW_ASSIGN_OR_RETURN(Image image, (*backend)->Decode(bytes, name));
  SINEW_RETURN_IF_ERROR(CheckPictureSize(name, image.width, image.height, limits));
  return image;
}

Result<Image> ReadImage(const std::filesystem::path& path, const ImageLimits& limits) {
  SINEW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
  return DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, path.string(), limits);
}

Status WriteImage(const std::filesystem::path& path, const Image& image, const WriteOptions& options) {
  const std::string extension = LowerExtension(path);
  Result<std::string> bytes = Unsupported("{}: a picture's name needs an extension such as .jpg", path.string());
  if (extension == ".jpg" || extension == ".jpeg") {
    bytes = EncodeJpeg(image);
  } else if (extension == ".png") {
    bytes = EncodePng(image);
  } else if (!extension.empty()) {
    SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
    bytes = backend->Encode(image, extension);
  }
  if (!bytes.ok()) return Prefixed(path.string(), bytes.status());
  return WriteFile(path, *bytes, options);
}

}  // namespace sinew::media
