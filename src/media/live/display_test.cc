// The window, on SDL's dummy screen.
#include "media/live/display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "media/module.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

constexpr char kHowToGetIt[] = "the window was not built, as SDL is missing: make display";

bool HasModule() { return LoadFromModule("libsinew_display", "SinewOpenDisplay", "").ok(); }

TEST(DisplayTest, NoScreenIsTold) {
  for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"}) unsetenv(variable);
  EXPECT_THAT(OpenDisplay().status().message(), HasSubstr("there is no screen"));
  if (!HasModule()) GTEST_SKIP() << kHowToGetIt;
  setenv("SDL_VIDEODRIVER", "no such driver", 1);
  EXPECT_THAT(OpenDisplay().status().message(), HasSubstr("pictures cannot be shown here"));
}

TEST(DisplayTest, PicturesOfSeveralSizes) {
  setenv("SDL_VIDEODRIVER", "dummy", 1);
  if (!HasModule()) GTEST_SKIP() << kHowToGetIt;
  auto display = OpenDisplay();
  ASSERT_TRUE(display.ok()) << display.status().message();
  for (const auto& [width, height] : {std::pair{64, 48}, {31, 1}, {1, 700}, {64, 48}}) {
    const Result<bool> shown = (*display)->Show(Image::OfSize(width, height));
    ASSERT_TRUE(shown.ok()) << shown.status().message();
    EXPECT_TRUE(*shown);
  }
}

}  // namespace
}  // namespace sinew::media
