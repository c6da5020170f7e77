// The decoder of PoseNet's networks: from the highest keypoints, along displacements, to the others.
#pragma once

#include <span>
#include <vector>

#include "pose/cell_people_decoder.h"

namespace sinew::pose {

// Every local maximum of a heat map within a window of 3x3 cells, at a score of 0.5 or more, is a candidate. From the
// highest on: one that lies within 20 pixels of the network's input of the same keypoint of an earlier person belongs
// to that one; another makes a person, whose other keypoints follow from it limb by limb: the displacement at the cell
// that is nearest to the known end, then twice the offset at the cell that is nearest to where that leads. A keypoint's
// score is the heat of the cell nearest to it. A person's score is the sum of the scores of its keypoints, without
// those that lie within 20 pixels of the same keypoint of an earlier person, by the number of keypoints.
//   Source: Papandreou et al., "PersonLab", ECCV 2018, 3.1; npm @tensorflow-models/posenet 2.2.2, decodeMultiplePoses
// The original stops at 5 people; here `max_people` says how many. `max_peaks` bounds the candidates of a keypoint, and
// keypoints below `peak_threshold` are missing.
class PoseNetDecoder : public CellPeopleDecoder {
 public:
  using CellPeopleDecoder::CellPeopleDecoder;

 protected:
  std::vector<CellPerson> FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) override;
};

}  // namespace sinew::pose
