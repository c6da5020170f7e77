// Draws maps of made-up people.
#include "pose/synthetic_maps.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {
namespace {

constexpr float kSigma = 7.0f;      // of a keypoint's blob, in network-input pixels
constexpr float kHalfWidth = 8.0f;  // of a limb's bar

void DrawKeypoint(const SyntheticPerson::Joint& joint, int keypoint, SyntheticMaps* maps) {
  for (int y = 0; y < maps->height; ++y) {
    for (int x = 0; x < maps->width; ++x) {
      const float dx = x * kMapStride + 3.5f - joint.x, dy = y * kMapStride + 3.5f - joint.y;
      float& heat = maps->at(y, x, keypoint);
      heat = std::max(heat, std::exp(-(dx * dx + dy * dy) / (2 * kSigma * kSigma)));
    }
  }
}

void DrawLimb(const SyntheticPerson::Joint& from, const SyntheticPerson::Joint& to, const Limb& limb,
              SyntheticMaps* maps) {
  const float length = std::hypot(to.x - from.x, to.y - from.y);
  const float ux = (to.x - from.x) / length, uy = (to.y - from.y) / length;
  for (int y = 0; y < maps->height; ++y) {
    for (int x = 0; x < maps->width; ++x) {
      const float dx = x * kMapStride + 3.5f - from.x, dy = y * kMapStride + 3.5f - from.y;
      const float along = dx * ux + dy * uy, across = std::fabs(dx * uy - dy * ux);
      if (along < -kHalfWidth || along > length + kHalfWidth || across > kHalfWidth) continue;
      maps->at(y, x, limb.channel_x) = ux;
      maps->at(y, x, limb.channel_y) = uy;
    }
  }
}

}  // namespace

SyntheticPerson StandingPerson(float x, float y, float size) {
  constexpr float offsets[kKeypointCount][2] = {
      {0, -0.45f},    {0, 0},        {-0.3f, 0},      {-0.45f, 0.45f}, {-0.5f, 0.85f},  {0.3f, 0},
      {0.45f, 0.45f}, {0.5f, 0.85f}, {-0.2f, 1},      {-0.22f, 1.6f},  {-0.24f, 2.2f},  {0.2f, 1},
      {0.22f, 1.6f},  {0.24f, 2.2f}, {-0.1f, -0.55f}, {0.1f, -0.55f},  {-0.22f, -0.5f}, {0.22f, -0.5f}};
  SyntheticPerson person;
  for (int k = 0; k < kKeypointCount; ++k)
    person.joints[k] = {x + offsets[k][0] * size, y + offsets[k][1] * size, true};
  return person;
}

SyntheticMaps DrawMaps(int width, int height, const std::vector<SyntheticPerson>& people) {
  SyntheticMaps maps{height, width, std::vector<float>(static_cast<size_t>(width) * height * kMapChannels)};
  for (const SyntheticPerson& person : people) {
    for (int k = 0; k < kKeypointCount; ++k) {
      if (person.joints[k].visible) DrawKeypoint(person.joints[k], k, &maps);
    }
    for (const Limb& limb : kLimbs) {
      const auto &from = person.joints[limb.from], &to = person.joints[limb.to];
      if (from.visible && to.visible) DrawLimb(from, to, limb, &maps);
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float most = 0;
      for (int k = 0; k < kKeypointCount; ++k) most = std::max(most, maps.at(y, x, k));
      maps.at(y, x, kKeypointCount) = 1 - most;
    }
  }
  return maps;
}

std::vector<SyntheticPerson> Crowd(int count) {
  std::vector<SyntheticPerson> people;
  for (int i = 0; i < count; ++i) people.push_back(StandingPerson(70 + 128 * (i % 5), 50 + 182 * (i / 5), 56));
  return people;
}

}  // namespace sinew::pose
