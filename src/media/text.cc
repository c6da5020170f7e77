// Text by way of the backend.
#include "media/text.h"

#include <string>

#include "base/error.h"
#include "media/backend.h"

namespace sinew::media {

Status DrawText(std::string_view text, int x, int y, int cap_height, Image* image) {
  constexpr int kMaxHeight = 10'000;
  // A line of text is a line: more of it is in no picture.
  constexpr size_t kMaxBytes = 1000;
  if (cap_height < 1 || cap_height > kMaxHeight) {
    return InvalidArgument("letters of {} pixels; 1 to {} can be drawn", cap_height, kMaxHeight);
  }
  SINEW_ASSIGN_OR_RETURN(const Backend* const backend, LoadBackend());
  return backend->DrawText(std::string(text.substr(0, kMaxBytes)), x, y, cap_height, image);
}

}  // namespace sinew::media
