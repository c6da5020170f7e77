// The public functions over media and the JSON of OpenPose.
#include "sinew/io.h"

#include <utility>

#include "base/error.h"
#include "media/images/image.h"
#include "results/openpose_json.h"

namespace sinew {
namespace {

Result<Picture> ToPicture(Result<media::Image> image) {
  if (!image.ok()) return image.status();
  return Picture{image->width, image->height, std::move(image->pixels)};
}

}  // namespace

Result<Picture> ReadPicture(const std::filesystem::path& path) { return ToPicture(media::ReadImage(path)); }

Result<Picture> DecodePicture(std::span<const uint8_t> bytes, std::string_view name) {
  return ToPicture(media::DecodeImage(bytes, name));
}

Status WritePicture(const std::filesystem::path& path, const Picture& picture) {
  const bool has_sides = picture.width > 0 && picture.height > 0;
  const size_t needed = has_sides ? 3 * static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height) : 0;
  if (!has_sides || picture.pixels.size() != needed) {
    return InvalidArgument("{}: a picture of {}x{} with {} bytes of pixels", path.string(), picture.width,
                           picture.height, picture.pixels.size());
  }
  return media::WriteImage(path, {picture.width, picture.height, picture.pixels});
}

std::string ToOpenPoseJson(std::span<const Person> people, std::span<const int64_t> person_ids) {
  results::Record record;
  record.people.assign(people.begin(), people.end());
  if (person_ids.size() == people.size()) record.person_ids.assign(person_ids.begin(), person_ids.end());
  return results::ToOpenPoseJson(record);
}

Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name) {
  return results::ParseOpenPoseJson(text, name);
}

}  // namespace sinew
