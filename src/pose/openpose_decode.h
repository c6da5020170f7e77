// Heat maps and part affinity fields become people as in OpenPose on GPUs (DecodeOptions::Compat::kOpenPose).
//
// What differs from decode.h: maps are upsampled to the network's input by cubic interpolation, and not smoothed; peaks
// have the weighted mean position of the 7x7 pixels around them; limbs are sampled 5 to 25 times, by their length, and
// need a share of good samples; connections of all limbs together are taken by falling score, to which the confidence
// of their keypoints adds; what would give a person a keypoint twice is left out; feet do not count for who is
// somebody.
//   Source: Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", TPAMI 2019
#pragma once

#include <span>
#include <vector>

#include "base/view.h"
#include "pose/cubic_axis.h"
#include "pose/decode.h"
#include "pose/map_geometry.h"
#include "sinew/decode_options.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pose.h"

namespace sinew::pose {

// In pixels of the network's input.
struct RefinedPeak {
  float x = 0, y = 0, score = 0;
};

// Of the skeleton's limb `limb`, between two peaks counted within those of their keypoints.
struct ScoredLimb {
  float total = 0;  // what they are taken by
  float score = 0;
  int limb = 0, from = 0, to = 0;
};

// By keypoint: peaks, from top to bottom and left to right.
using RefinedPeaks = std::vector<std::vector<RefinedPeak>>;

// Peaks of one upsampled map of `width` columns: pixels above `threshold` and all their neighbours, at most `most`.
// `offset_x` and `offset_y` are added to their positions.
std::vector<RefinedPeak> FindRefinedPeaks(std::span<const float> plane, int width, float threshold, int most,
                                          float offset_x, float offset_y);

struct OpenPosePerson {
  std::vector<int> peaks;  // one a keypoint, counted within its peaks; kMissing
  int parts = 0;
  float sum = 0;  // scores of keypoints and connections
};

// People out of connections, which are sorted here.
std::vector<OpenPosePerson> ConnectPeople(const Skeleton& skeleton, const RefinedPeaks& peaks,
                                          std::vector<ScoredLimb> limbs);

class OpenPoseDecoder {
 public:
  // The description must be valid.
  explicit OpenPoseDecoder(const ModelDescription& description) : description_(description) {}

  // Maps are finite and fit the description.
  Result<std::vector<Person>> Decode(const Maps& maps, const MapGeometry& geometry, const DecodeOptions& options);

  const DecodeTimes& times() const { return times_; }

 private:
  std::vector<ScoredLimb> ScoreLimbs(ConstView fields, const RefinedPeaks& peaks, const DecodeOptions& options) const;

  ModelDescription description_;
  CubicAxis x_, y_;
  std::vector<float> rows_, plane_;
  DecodeTimes times_;
};

}  // namespace sinew::pose
