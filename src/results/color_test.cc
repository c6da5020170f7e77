// The colour maps.
#include "results/color.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <ostream>

namespace sinew::results {

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

TEST(DirectionColorsTest, AWheel) {
  const DirectionColors colors;
  const float up = static_cast<float>(std::sin(std::numbers::pi / 3));
  EXPECT_EQ(colors(1, 0), (Color{0, 0, 255}));
  EXPECT_EQ(colors(-7, 0), (Color{255, 255, 0}));
  EXPECT_EQ(colors(-7, -0.0f), colors(-7, 0));
  const auto near = [](const Color& a, const Color& b) {
    return std::abs(a.b - b.b) <= 2 && std::abs(a.g - b.g) <= 2 && std::abs(a.r - b.r) <= 2;
  };
  EXPECT_TRUE(near(colors(0.5f, up), {0, 255, 255})) << "a sixth of a turn";
  EXPECT_TRUE(near(colors(-0.5f, up), {0, 255, 0})) << "a third";
  EXPECT_TRUE(near(colors(-0.5f, -up), {255, 0, 0})) << "two thirds";
  EXPECT_TRUE(near(colors(0.5f, -up), {255, 0, 255}));
  EXPECT_TRUE(near(colors(1, -1e-6f), {0, 0, 255})) << "the end of the turn is its start";
  EXPECT_EQ(colors(0, 0), colors(1, 0));
}

}  // namespace
}  // namespace sinew::results
