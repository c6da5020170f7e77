// Draws maps of made-up people.
#include "pose/synthetic_maps_test_util.h"

#include <algorithm>
#include <cmath>

namespace sinew::pose {
namespace {

// In cells: at a stride of 8 pixels, blobs of 7 pixels and bars of 16.
constexpr float kSigma = 0.875f;    // of a keypoint's blob
constexpr float kHalfWidth = 1.0f;  // of a limb's bar

class Drawing {
 public:
  Drawing(const Heads& heads, SyntheticMaps* maps) : heads_(heads), maps_(*maps) {}

  void DrawKeypoint(const SyntheticPerson::Joint& joint, int keypoint) {
    const float sigma = kSigma * heads_.stride;
    for (int y = 0; y < maps_.height; ++y) {
      for (int x = 0; x < maps_.width; ++x) {
        const float dx = Centre(x) - joint.x, dy = Centre(y) - joint.y;
        float& heat = maps_.at(y, x, heads_.heat_maps.first + keypoint);
        heat = std::max(heat, std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)));
      }
    }
  }

  void DrawLimb(const SyntheticPerson::Joint& from, const SyntheticPerson::Joint& to, const Limb& limb) {
    const float length = std::hypot(to.x - from.x, to.y - from.y), half_width = kHalfWidth * heads_.stride;
    const float ux = (to.x - from.x) / length, uy = (to.y - from.y) / length;
    for (int y = 0; y < maps_.height; ++y) {
      for (int x = 0; x < maps_.width; ++x) {
        const float dx = Centre(x) - from.x, dy = Centre(y) - from.y;
        const float along = dx * ux + dy * uy, across = std::fabs(dx * uy - dy * ux);
        if (along < -half_width || along > length + half_width || across > half_width) continue;
        maps_.at(y, x, heads_.fields.first + limb.field_x) = ux;
        maps_.at(y, x, heads_.fields.first + limb.field_y) = uy;
      }
    }
  }

  void DrawBackground() {
    for (int y = 0; y < maps_.height; ++y) {
      for (int x = 0; x < maps_.width; ++x) {
        float most = 0;
        for (int k = 0; k < heads_.heat_maps.count; ++k)
          most = std::max(most, maps_.at(y, x, heads_.heat_maps.first + k));
        maps_.at(y, x, heads_.background) = 1 - most;
      }
    }
  }

 private:
  // In network-input pixels.
  float Centre(int cell) const { return cell * heads_.stride + heads_.stride / 2.0f - 0.5f; }

  const Heads& heads_;
  SyntheticMaps& maps_;
};

SyntheticPerson At(float x, float y, float size, const std::vector<std::pair<float, float>>& offsets) {
  SyntheticPerson person;
  for (const auto& [dx, dy] : offsets) person.joints.push_back({x + dx * size, y + dy * size, true});
  return person;
}

}  // namespace

SyntheticPerson StandingPerson(float x, float y, float size) {
  return At(x, y, size,
            {{0, -0.45f},
             {0, 0},
             {-0.3f, 0},
             {-0.45f, 0.45f},
             {-0.5f, 0.85f},
             {0.3f, 0},
             {0.45f, 0.45f},
             {0.5f, 0.85f},
             {-0.2f, 1},
             {-0.22f, 1.6f},
             {-0.24f, 2.2f},
             {0.2f, 1},
             {0.22f, 1.6f},
             {0.24f, 2.2f},
             {-0.1f, -0.55f},
             {0.1f, -0.55f},
             {-0.22f, -0.5f},
             {0.22f, -0.5f}});
}

ModelDescription FishDescription() {
  ModelDescription fish;
  fish.skeleton.name = "fish";
  fish.skeleton.keypoints = {
      {"nose", {255, 0, 0}}, {"back", {0, 255, 0}}, {"tail", {0, 0, 255}}, {"fin", {255, 255, 0}}};
  fish.skeleton.limbs = {{0, 1, 4, 5}, {1, 2, 0, 1}, {1, 3, 2, 3}};
  fish.heads.fields = {.output = 0, .first = 0, .count = 6};
  fish.heads.heat_maps = {.output = 0, .first = 7, .count = 4};
  fish.heads.stride = 4;
  return fish;
}

SyntheticPerson SwimmingFish(float x, float y, float size) {
  return At(x, y, size, {{-1, 0.1f}, {0, 0}, {1, 0.2f}, {0.1f, 0.7f}});
}

SyntheticMaps DrawMaps(int width, int height, const std::vector<SyntheticPerson>& people,
                       const ModelDescription& description) {
  const Heads& heads = description.heads;
  const int channels = std::max(
      {heads.heat_maps.first + heads.heat_maps.count, heads.fields.first + heads.fields.count, heads.background + 1});
  SyntheticMaps maps{height, width, channels, std::vector<float>(static_cast<size_t>(width) * height * channels)};
  Drawing drawing(heads, &maps);
  for (const SyntheticPerson& person : people) {
    for (int k = 0; k < heads.heat_maps.count; ++k) {
      if (person.joints[k].visible) drawing.DrawKeypoint(person.joints[k], k);
    }
    for (const Limb& limb : description.skeleton.limbs) {
      const auto &from = person.joints[limb.from], &to = person.joints[limb.to];
      if (from.visible && to.visible) drawing.DrawLimb(from, to, limb);
    }
  }
  if (heads.background != -1) drawing.DrawBackground();
  return maps;
}

std::vector<SyntheticPerson> Crowd(int count) {
  std::vector<SyntheticPerson> people;
  for (int i = 0; i < count; ++i) people.push_back(StandingPerson(70 + 128 * (i % 5), 50 + 182 * (i / 5), 56));
  return people;
}

}  // namespace sinew::pose
