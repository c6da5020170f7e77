// The decoder of lightweight OpenPose's networks: lightweight_openpose.h's people on the picture.
#pragma once

#include <span>
#include <vector>

#include "pose/cell_people_decoder.h"
#include "pose/cubic_axis.h"

namespace sinew::pose {

// Peaks, pairs and people by the original's constants; `max_peaks` bounds what is found of each keypoint. A person's
// score is the mean, over the keypoints that count, of their heat and their connections' scores. The original keeps
// people of 3 keypoints and a score of 0.2; an ear that a limb from the shoulder brings does not count.
class LightweightOpenPoseDecoder : public CellPeopleDecoder {
 public:
  using CellPeopleDecoder::CellPeopleDecoder;

 protected:
  std::vector<CellPerson> FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) override;

 private:
  CubicAxis x_, y_;
  std::vector<float> rows_, plane_;
};

}  // namespace sinew::pose
