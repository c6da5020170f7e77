// The decoder of trt_pose's networks: trt_pose.h's people on the picture.
#pragma once

#include <span>
#include <vector>

#include "pose/finite.h"
#include "pose/people_decoder.h"

namespace sinew::pose {

// Peaks, pairs and people by the original's constants. Of the options, `max_peaks` bounds what is found, and
// `min_parts`, `min_score` and `max_people` choose among it; a person's score is the mean heat of its keypoints. The
// original keeps single keypoints: min_parts 1.
class TrtPoseDecoder : public PeopleDecoder {
 public:
  TrtPoseDecoder(const ModelDescription& description, simd::Target target)
      : description_(description), are_finite_(AreFiniteFor(target)) {}

  Status Validate(const DecodeOptions& options) const override;
  Result<std::vector<Person>> Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                     const DecodeOptions& options) override;
  const DecodeTimes& times() const override { return times_; }

 private:
  const ModelDescription description_;
  const AreFiniteFunction are_finite_;
  DecodeTimes times_;
};

}  // namespace sinew::pose
