// Loading the module with the window.
#include "media/live/display.h"

#include <cstdlib>

#include "base/error.h"
#include "media/module.h"

namespace sinew::media {
namespace {

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && value[0] != '\0';
}

}  // namespace

Result<std::unique_ptr<Display>> OpenDisplay() {
  // Without a display server, SDL would take over a bare console.
  if (!IsSet("DISPLAY") && !IsSet("WAYLAND_DISPLAY") && !IsSet("SDL_VIDEODRIVER")) {
    return Unavailable(
        "there is no screen to show pictures on (neither DISPLAY nor WAYLAND_DISPLAY is set): write them to a video or "
        "a folder");
  }
  SINEW_ASSIGN_OR_RETURN(void* const function,
                         LoadFromModule("libsinew_display", "SinewOpenDisplay", "SDL (Debian: libsdl2-2.0-0)"));
  DisplayResult result;
  reinterpret_cast<OpenDisplayFunction>(function)(&result);
  if (!result.display)
    return Unavailable("pictures cannot be shown here ({}): write them to a video or a folder", result.error);
  return std::move(result.display);
}

}  // namespace sinew::media
