// A small rasteriser: a shape is the set of points within a radius of a segment, and a pixel's coverage follows from
// its distance to it.
#include "results/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "pose/skeleton.h"
#include "results/color.h"

namespace sinew::results {
namespace {

// One colour a keypoint, around the rainbow as OpenPose paints the COCO skeleton. A limb has the colour of the keypoint
// that it leads to.
constexpr std::array<Color, pose::kKeypointCount> kColors = {{
    {85, 0, 255},
    {0, 0, 255},
    {0, 85, 255},
    {0, 170, 255},
    {0, 255, 255},
    {0, 255, 170},
    {0, 255, 85},
    {0, 255, 0},
    {85, 255, 0},
    {170, 255, 0},
    {255, 255, 0},
    {255, 170, 0},
    {255, 85, 0},
    {255, 0, 0},
    {170, 0, 255},
    {255, 0, 170},
    {255, 0, 255},
    {255, 0, 85},
}};

// OpenPose lets the picture shine through its limbs.
constexpr float kLimbOpacity = 0.7f;
// Beyond this no coordinate is in a picture, and float arithmetic on it is still exact enough.
constexpr float kMaxCoordinate = 1e6f;

struct Point {
  float x, y;
};

// All pixels within `radius` of the segment from a to b; the outermost half pixel fades.
void DrawSegment(Point a, Point b, float radius, const Color& color, float opacity, media::Image* image) {
  const float reach = radius + 1;
  const auto first = [&](float low) { return std::max(0, static_cast<int>(std::floor(low - reach))); };
  const auto last = [&](float high, int size) { return std::min(size - 1, static_cast<int>(std::ceil(high + reach))); };
  const float dx = b.x - a.x, dy = b.y - a.y, length_squared = dx * dx + dy * dy;
  const int y_last = last(std::max(a.y, b.y), image->height), x_last = last(std::max(a.x, b.x), image->width);
  for (int y = first(std::min(a.y, b.y)); y <= y_last; ++y) {
    for (int x = first(std::min(a.x, b.x)); x <= x_last; ++x) {
      const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
      const float t = length_squared > 0 ? std::clamp((px * dx + py * dy) / length_squared, 0.0f, 1.0f) : 0.0f;
      const float distance = std::hypot(px - t * dx, py - t * dy);
      const float coverage = std::clamp(radius + 0.5f - distance, 0.0f, 1.0f);
      if (coverage > 0)
        Blend(
            color, coverage * opacity,
            &image->pixels[3 * (static_cast<size_t>(y) * static_cast<size_t>(image->width) + static_cast<size_t>(x))]);
    }
  }
}

}  // namespace

float MeanSide(const media::Image& image) {
  return std::sqrt(static_cast<float>(image.width) * static_cast<float>(image.height));
}

bool IsDrawable(const Keypoint& k) {
  return k.score > 0 && std::fabs(k.x) < kMaxCoordinate && std::fabs(k.y) < kMaxCoordinate;  // false for NaN
}

void DrawPeople(std::span<const Person> people, media::Image* image, float line_width) {
  const float radius = std::max(1.0f, MeanSide(*image) * line_width / 2);
  for (const Person& person : people) {
    if (person.keypoints.size() != pose::kKeypointCount) continue;
    const auto keypoint = [&](int i) -> const Keypoint& { return person.keypoints[static_cast<size_t>(i)]; };
    // The limbs from shoulder to ear only help to assemble people.
    for (int i = 0; i < pose::kTreeLimbCount; ++i) {
      const pose::Limb& limb = pose::kLimbs[static_cast<size_t>(i)];
      const Keypoint &from = keypoint(limb.from), &to = keypoint(limb.to);
      if (!IsDrawable(from) || !IsDrawable(to)) continue;
      DrawSegment({from.x, from.y}, {to.x, to.y}, radius, kColors[static_cast<size_t>(limb.to)], kLimbOpacity, image);
    }
    for (int i = 0; i < pose::kKeypointCount; ++i) {
      const Keypoint& k = keypoint(i);
      if (IsDrawable(k)) DrawSegment({k.x, k.y}, {k.x, k.y}, 1.5f * radius, kColors[static_cast<size_t>(i)], 1, image);
    }
  }
}

}  // namespace sinew::results
