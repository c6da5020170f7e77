// The check of a picture's size.
#include "media/limits.h"

#include <limits>

#include "base/error.h"

namespace sinew::media {

Status CheckPictureSize(std::string_view name, int64_t width, int64_t height, const ImageLimits& limits) {
  if (width < 1 || height < 1) return Corrupt("{}: a picture of {}x{} pixels", name, width, height);
  if (width > limits.max_pixels / height || width > std::numeric_limits<int>::max() ||
      height > std::numeric_limits<int>::max()) {
    return TooLarge("{}: a picture of {}x{} pixels, the limit is {} (--max-pixels)", name, width, height,
                    limits.max_pixels);
  }
  return Status();
}

}  // namespace sinew::media
