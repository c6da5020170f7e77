// A small rasteriser: a shape is the set of points within a radius of a segment, and a pixel's coverage follows from
// its distance to it.
#include "results/draw.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "results/color.h"

namespace sinew {
namespace {

using results::Color;

// A person who fills half of the picture has lines of the given width; far smaller and larger ones would have none to
// be seen, and nothing else to be seen.
constexpr float kUsualShare = 0.5f, kLeastWidth = 0.3f, kGreatestWidth = 1.5f;
// Narrower lines are broken by the grid of the pixels.
constexpr float kLeastRadius = 0.75f;
// Beyond this no coordinate is in a picture, and float arithmetic on it is still exact enough.
constexpr float kMaxCoordinate = 1e6f;

struct Point {
  float x, y;
};

// All pixels within `radius` of the segment from a to b; the outermost half pixel fades.
void DrawSegment(Point a, Point b, float radius, const Color& color, float opacity, const MutableImageView& image) {
  const float reach = radius + 1;
  const auto first = [&](float low) { return std::max(0, static_cast<int>(std::floor(low - reach))); };
  const auto last = [&](float high, int size) { return std::min(size - 1, static_cast<int>(std::ceil(high + reach))); };
  const float dx = b.x - a.x, dy = b.y - a.y, length_squared = dx * dx + dy * dy;
  const int y_last = last(std::max(a.y, b.y), image.height), x_last = last(std::max(a.x, b.x), image.width);
  for (int y = first(std::min(a.y, b.y)); y <= y_last; ++y) {
    uint8_t* const row = image.data + static_cast<size_t>(y) * image.row_stride_bytes;
    for (int x = first(std::min(a.x, b.x)); x <= x_last; ++x) {
      const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
      const float t = length_squared > 0 ? std::clamp((px * dx + py * dy) / length_squared, 0.0f, 1.0f) : 0.0f;
      const float distance = std::hypot(px - t * dx, py - t * dy);
      const float coverage = std::clamp(radius + 0.5f - distance, 0.0f, 1.0f);
      if (coverage > 0) results::Blend(color, coverage * opacity, row + 3 * static_cast<size_t>(x));
    }
  }
}

Color ToColor(const Rgb& color) { return {color.b, color.g, color.r}; }

float MeanSide(int width, int height) { return std::sqrt(static_cast<float>(width) * static_cast<float>(height)); }

// The longer side of the box around the keypoints.
float Extent(const Person& person) {
  float left = kMaxCoordinate, right = -kMaxCoordinate, top = kMaxCoordinate, bottom = -kMaxCoordinate;
  for (const Keypoint& k : person.keypoints) {
    if (!results::IsDrawable(k)) continue;
    left = std::min(left, k.x), right = std::max(right, k.x);
    top = std::min(top, k.y), bottom = std::max(bottom, k.y);
  }
  return std::max({0.0f, right - left, bottom - top});
}

void DrawPerson(const Person& person, const Skeleton& skeleton, const DrawOptions& options,
                const MutableImageView& image) {
  const float mean_side = MeanSide(image.width, image.height);
  const float share = std::clamp(Extent(person) / (kUsualShare * mean_side), kLeastWidth, kGreatestWidth);
  const float radius = std::max(kLeastRadius, mean_side * options.line_width * share / 2);
  const auto keypoint = [&](int i) -> const Keypoint& { return person.keypoints[static_cast<size_t>(i)]; };
  const auto is_drawn = [&](const Keypoint& k) { return results::IsDrawable(k) && k.score >= options.min_score; };
  const auto color = [&](int i) { return ToColor(skeleton.keypoints[static_cast<size_t>(i)].color); };
  for (const Limb& limb : skeleton.limbs) {
    const Keypoint &from = keypoint(limb.from), &to = keypoint(limb.to);
    if (!limb.in_tree || !is_drawn(from) || !is_drawn(to)) continue;
    DrawSegment({from.x, from.y}, {to.x, to.y}, radius, color(limb.to), options.limb_opacity, image);
  }
  for (int i = 0; i < skeleton.keypoint_count(); ++i) {
    const Keypoint& k = keypoint(i);
    if (is_drawn(k)) DrawSegment({k.x, k.y}, {k.x, k.y}, 1.5f * radius, color(i), 1, image);
  }
}

}  // namespace

Status DrawPeople(std::span<const Person> people, const Skeleton& skeleton, const MutableImageView& image,
                  const DrawOptions& options) {
  SINEW_RETURN_IF_ERROR(skeleton.Validate());
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    return InvalidArgument("a picture of {}x{} pixels: there is nothing to draw on", image.width, image.height);
  }
  if (image.row_stride_bytes < 3 * static_cast<size_t>(image.width)) {
    return InvalidArgument("row stride of {} bytes is less than a row of {} BGR pixels", image.row_stride_bytes,
                           image.width);
  }
  SINEW_RETURN_IF_ERROR(results::CheckDrawOptions(options));
  for (size_t i = 0; i < people.size(); ++i) {
    if (people[i].keypoints.size() == skeleton.keypoints.size()) continue;
    return InvalidArgument("person {} has {} keypoints, the skeleton {} has {}", i, people[i].keypoints.size(),
                           skeleton.name, skeleton.keypoints.size());
  }
  for (const Person& person : people) DrawPerson(person, skeleton, options, image);
  return Status();
}

namespace results {

float MeanSide(const media::Image& image) { return sinew::MeanSide(image.width, image.height); }

bool IsDrawable(const Keypoint& k) {
  return k.score > 0 && std::fabs(k.x) < kMaxCoordinate && std::fabs(k.y) < kMaxCoordinate;  // false for NaN
}

Status CheckDrawOptions(const DrawOptions& options) {
  if (!(options.line_width > 0) || options.line_width > 1)
    return InvalidArgument("line_width is {}, must be above 0 and at most 1", options.line_width);
  if (!(options.limb_opacity >= 0) || options.limb_opacity > 1)
    return InvalidArgument("limb_opacity is {}, must be 0 to 1", options.limb_opacity);
  if (!(options.min_score >= 0)) return InvalidArgument("min_score is {}, must be 0 or more", options.min_score);
  return Status();
}

void DrawPeople(std::span<const Person> people, const Skeleton& skeleton, media::Image* image,
                const DrawOptions& options) {
  const MutableImageView view = {image->pixels.data(), image->width, image->height,
                                 3 * static_cast<size_t>(image->width)};
  for (const Person& person : people) {
    if (person.keypoints.size() == skeleton.keypoints.size()) DrawPerson(person, skeleton, options, view);
  }
}

}  // namespace results
}  // namespace sinew
