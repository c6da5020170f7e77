// Maps of made-up people, for tests and benchmarks: Gaussian blobs for keypoints, bars of unit vectors for limbs.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/view.h"
#include "pose/skeleton.h"

namespace sinew::pose {

// Positions in network-input pixels; a keypoint that is not visible leaves no trace.
struct SyntheticPerson {
  struct Joint {
    float x = 0, y = 0;
    bool visible = true;
  };
  std::array<Joint, kKeypointCount> joints;
};

// A person facing the camera, the neck at (x, y), `size` pixels from neck to hip.
SyntheticPerson StandingPerson(float x, float y, float size);

// An NHWC tensor of 57 channels.
struct SyntheticMaps {
  int height = 0, width = 0;
  std::vector<float> values;
  ConstView view() const { return {values.data(), height, width, kMapChannels, kMapChannels}; }
  float& at(int y, int x, int channel) { return values[(static_cast<size_t>(y) * width + x) * kMapChannels + channel]; }
};

SyntheticMaps DrawMaps(int width, int height, const std::vector<SyntheticPerson>& people);

// Rows of people that fill maps of 82x46 cells (a 656x368 input).
std::vector<SyntheticPerson> Crowd(int count);

}  // namespace sinew::pose
