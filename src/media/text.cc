// Text by way of the module.
#include "media/text.h"

#include "base/error.h"
#include "media/images/picture_module.h"

namespace sinew::media {

Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image) {
  constexpr int kMaxHeight = 10'000;
  // A line of text is a line: more of it is in no picture.
  constexpr size_t kMaxBytes = 1000;
  if (cap_height < 1 || cap_height > kMaxHeight)
    return InvalidArgument("letters of {} pixels; 1 to {} can be drawn", cap_height, kMaxHeight);
  SINEW_ASSIGN_OR_RETURN(const PictureModule* const module, LoadPictureModule());
  return module->DrawText(text.substr(0, kMaxBytes), x, y, cap_height, image);
}

}  // namespace sinew::media
