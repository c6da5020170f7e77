// A window on the screen.
#pragma once

#include <memory>
#include <string>

#include "media/images/image.h"

namespace sinew::media {

// One thread, always the same.
class Display {
 public:
  virtual ~Display() = default;
  // Shows the picture, scaled evenly into the window, and looks at what the user does: false once the window was
  // closed, or q or Esc pressed.
  virtual Result<bool> Show(const Image& image) = 0;
};

// The window appears with the first picture. kUnavailable where there is no screen, or SDL, behind the module, is not
// installed.
Result<std::unique_ptr<Display>> OpenDisplay();

// The module's one exported function, "SinewOpenDisplay": fills `display` or `error`.
struct DisplayResult {
  std::unique_ptr<Display> display;
  std::string error;
};
using OpenDisplayFunction = void (*)(DisplayResult* result);

}  // namespace sinew::media
