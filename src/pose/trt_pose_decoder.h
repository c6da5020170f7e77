// The decoder of trt_pose's networks: trt_pose.h's people on the picture.
#pragma once

#include <span>
#include <vector>

#include "pose/cell_people_decoder.h"

namespace sinew::pose {

// Peaks, pairs and people by the original's constants; `max_peaks` bounds what is found. A person's score is the mean
// heat of its keypoints. The original keeps single keypoints: min_parts 1.
class TrtPoseDecoder : public CellPeopleDecoder {
 public:
  using CellPeopleDecoder::CellPeopleDecoder;

 protected:
  std::vector<CellPerson> FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) override;
};

}  // namespace sinew::pose
