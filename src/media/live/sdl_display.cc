// The window, by SDL. A module of its own: see display.h.
#include <SDL2/SDL.h>

#include <algorithm>

#include "base/error.h"
#include "media/live/display.h"

namespace sinew::media {
namespace {

// Of the screen, that a window takes at first.
constexpr double kScreenShare = 0.8;

struct Destroy {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};

class SdlDisplay : public Display {
 public:
  ~SdlDisplay() override {
    texture_.reset();
    renderer_.reset();
    window_.reset();
    SDL_Quit();
  }

  Result<bool> Show(const Image& image) override {
    if (!window_) SINEW_RETURN_IF_ERROR(OpenWindow(image));
    if (width_ != image.width || height_ != image.height) {
      texture_.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_BGR24, SDL_TEXTUREACCESS_STREAMING, image.width,
                                       image.height));
      if (!texture_) return Failed("a picture for the window");
      width_ = image.width, height_ = image.height;
      SDL_RenderSetLogicalSize(renderer_.get(), width_, height_);
    }
    if (SDL_UpdateTexture(texture_.get(), nullptr, image.pixels.data(), 3 * image.width) != 0)
      return Failed("a picture for the window");
    SDL_RenderClear(renderer_.get());
    SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, nullptr);
    SDL_RenderPresent(renderer_.get());
    return !WantsToEnd();
  }

 private:
  static Status Failed(const char* what) { return Unavailable("{}: {}", what, SDL_GetError()); }

  Status OpenWindow(const Image& image) {
    SDL_Rect screen = {0, 0, image.width, image.height};
    SDL_GetDisplayUsableBounds(0, &screen);
    const double scale = std::min({1.0, kScreenShare * screen.w / image.width, kScreenShare * screen.h / image.height});
    const auto side = [scale](int pixels) { return std::max(1, static_cast<int>(pixels * scale)); };
    window_.reset(SDL_CreateWindow("sinew", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, side(image.width),
                                   side(image.height), SDL_WINDOW_RESIZABLE));
    if (!window_) return Failed("a window");
    renderer_.reset(SDL_CreateRenderer(window_.get(), -1, 0));
    return renderer_ ? Status() : Failed("a window");
  }

  static bool WantsToEnd() {
    bool end = false;
    for (SDL_Event event; SDL_PollEvent(&event) != 0;) {
      const bool key =
          event.type == SDL_KEYDOWN && (event.key.keysym.sym == SDLK_q || event.key.keysym.sym == SDLK_ESCAPE);
      end |= key || event.type == SDL_QUIT;
    }
    return end;
  }

  std::unique_ptr<SDL_Window, Destroy> window_;
  std::unique_ptr<SDL_Renderer, Destroy> renderer_;
  std::unique_ptr<SDL_Texture, Destroy> texture_;
  int width_ = 0, height_ = 0;
};

}  // namespace
}  // namespace sinew::media

extern "C" void SinewOpenDisplay(sinew::media::DisplayResult* result) {
  // Ctrl-C is the program's.
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    result->error = SDL_GetError();
    return;
  }
  result->display = std::make_unique<sinew::media::SdlDisplay>();
}
