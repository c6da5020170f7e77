// The colour maps.
#include "output/color.h"

#include <gtest/gtest.h>

#include <limits>
#include <numbers>
#include <ostream>

namespace sinew::output {

void PrintTo(const Color& c, std::ostream* out) { *out << "b" << int{c.b} << " g" << int{c.g} << " r" << int{c.r}; }

namespace {

TEST(HeatColorsTest, BrightnessGrowsSteadily) {
  const HeatColors colors;
  EXPECT_EQ(colors(0), (Color{0, 0, 0}));
  EXPECT_EQ(colors(1), (Color{255, 255, 255}));
  double before = -1;
  for (int i = 0; i <= 255; ++i) {
    const Color& c = colors(static_cast<float>(i) / 255);
    const double brightness = 0.30 * c.r + 0.59 * c.g + 0.11 * c.b;  // the weights of the paper
    EXPECT_GT(brightness, before);
    EXPECT_NEAR(brightness, i, 1.5);
    before = brightness;
  }
}

TEST(HeatColorsTest, AnyNumberHasAColor) {
  const HeatColors colors;
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(colors(-1), colors(0));
  EXPECT_EQ(colors(-inf), colors(0));
  EXPECT_EQ(colors(std::numeric_limits<float>::quiet_NaN()), colors(0));
  EXPECT_EQ(colors(inf), colors(1));
}

TEST(DirectionColorTest, AWheel) {
  const float turn = static_cast<float>(2 * std::numbers::pi);
  EXPECT_EQ(DirectionColor(0), (Color{0, 0, 255}));
  EXPECT_EQ(DirectionColor(turn / 6), (Color{0, 255, 255}));
  EXPECT_EQ(DirectionColor(turn / 3), (Color{0, 255, 0}));
  EXPECT_EQ(DirectionColor(turn / 2), (Color{255, 255, 0}));
  EXPECT_EQ(DirectionColor(2 * turn / 3), (Color{255, 0, 0}));
  EXPECT_EQ(DirectionColor(-turn / 3), (Color{255, 0, 0}));
  EXPECT_EQ(DirectionColor(-turn / 2), DirectionColor(turn / 2));
  EXPECT_EQ(DirectionColor(turn / 12), (Color{0, 128, 255}));
  EXPECT_EQ(DirectionColor(std::numeric_limits<float>::quiet_NaN()), DirectionColor(0));
}

}  // namespace
}  // namespace sinew::output
