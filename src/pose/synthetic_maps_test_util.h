// Maps of made-up people, for tests and benchmarks: Gaussian blobs for keypoints, bars of unit vectors for limbs.
#pragma once

#include <cstddef>
#include <vector>

#include "base/view.h"
#include "sinew/model_description.h"

namespace sinew::pose {

// Of COCO-18.
inline constexpr int kKeypointCount = 18, kMapChannels = 57;

// Positions in network-input pixels, one a keypoint of the skeleton; one that is not visible leaves no trace.
struct SyntheticPerson {
  struct Joint {
    float x = 0, y = 0;
    bool visible = true;
  };
  std::vector<Joint> joints;
};

// A person of COCO-18 facing the camera, the neck at (x, y), `size` pixels from neck to hip.
SyntheticPerson StandingPerson(float x, float y, float size);

// A skeleton of four keypoints, a nose, a back, a tail and a fin, and three limbs; nothing of it is like COCO-18: the
// fields come first, the cells are 4 pixels, there is no background, and channel 6 is of no use.
ModelDescription FishDescription();
// A fish that swims to the left, its back at (x, y), `size` pixels from back to nose and to tail.
SyntheticPerson SwimmingFish(float x, float y, float size);

// An NHWC tensor: the one output of the description.
struct SyntheticMaps {
  int height = 0, width = 0, channels = 0;
  std::vector<float> values;
  ConstView view() const { return {values.data(), height, width, channels, static_cast<size_t>(channels)}; }
  float& at(int y, int x, int channel) { return values[(static_cast<size_t>(y) * width + x) * channels + channel]; }
};

SyntheticMaps DrawMaps(int width, int height, const std::vector<SyntheticPerson>& people,
                       const ModelDescription& description = TfPoseDescription());

// Rows of people that fill maps of 82x46 cells (a 656x368 input).
std::vector<SyntheticPerson> Crowd(int count);

}  // namespace sinew::pose
