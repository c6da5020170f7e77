// trt_pose's people, with scores.
#include "pose/trt_pose_decoder.h"

#include <algorithm>

#include "pose/trt_pose.h"

namespace sinew::pose {

std::vector<CellPerson> TrtPoseDecoder::FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) {
  TrtPoseOptions original;
  original.max_peaks = std::min(original.max_peaks, options.max_peaks);
  const Heads& heads = description().heads;
  std::vector<CellPerson> people;
  for (const TrtPosePerson& found : FindTrtPosePeople(
           Channels(outputs, heads.heat_maps), Channels(outputs, heads.fields), description().skeleton, original)) {
    CellPerson person;
    int parts = 0;
    for (const TrtPoseKeypoint& keypoint : found) {
      person.keypoints.push_back({keypoint.x, keypoint.y, keypoint.heat});
      if (keypoint.heat <= 0) continue;
      person.score += keypoint.heat;
      ++parts;
    }
    if (parts > 0) person.score /= static_cast<float>(parts);
    people.push_back(std::move(person));
  }
  return people;
}

}  // namespace sinew::pose
