// The decoder of MoveNet MultiPose: from the middle of each person to where heat is high near its regressed keypoints.
#pragma once

#include <span>
#include <vector>

#include "pose/cell_people_decoder.h"

namespace sinew::pose {

// A cell whose centre heat is the highest of a window of 5x5 is the middle of a person. There the network tells the
// person's box and, roughly, its keypoints. Each keypoint is at the cell of the box where heat, weighted by
//   exp(-distance^2 / (0.3 * shorter side of the maps)),     distances from the rough place, all in cells,
// is highest, moved by that cell's offset. Its score is the heat of that cell with the largest weight that it has for
// this person or one of the six highest centres whose box it is in. A person's score is the centre heat times the mean
// of the scores of its keypoints above 0.127.
//   Source: the end of tfhub.dev/google/movenet/multipose/lightning/1, node by node; its constants are of half
//   precision
// The original has the six highest centres and no more, whatever their heat; here all are people down to a heat of
// `min_score`, which no person's score exceeds, and at most `max_peaks`. Keypoints below `peak_threshold` are missing.
class MoveNetDecoder : public CellPeopleDecoder {
 public:
  using CellPeopleDecoder::CellPeopleDecoder;

 protected:
  std::vector<CellPerson> FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) override;
};

}  // namespace sinew::pose
