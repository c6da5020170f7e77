// The frame of decoders with rules of their own, whose people come of the network's cells without upsampling: checks,
// the way to the picture, and the choice among people by number of keypoints, score and count.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "pose/decode.h"
#include "pose/finite.h"
#include "pose/people_decoder.h"

namespace sinew::pose {

// Where it is, in cells from the maps' top left corner (a cell's centre is at 0.5); a score of 0: it is missing.
struct CellKeypoint {
  double x = 0, y = 0;
  float score = 0;
};

struct CellPerson {
  std::vector<CellKeypoint> keypoints;  // one a keypoint of the skeleton
  float score = 0;
};

class CellPeopleDecoder : public PeopleDecoder {
 public:
  CellPeopleDecoder(const ModelDescription& description, simd::Target target)
      : description_(description), are_finite_(AreFiniteFor(target)) {}

  // Refuses compatibility with anything: these rules are the original's.
  Status Validate(const DecodeOptions& options) const final;
  // People have at least `min_parts` keypoints and a score of `min_score`; the `max_people` of the highest scores stay.
  Result<std::vector<Person>> Decode(std::span<const ConstView> outputs, const MapGeometry& geometry,
                                     const DecodeOptions& options) final;
  const DecodeTimes& times() const final { return times_; }

 protected:
  // The original's people, in its order. All values that the description names are there, finite, and of the same
  // cells.
  virtual std::vector<CellPerson> FindPeople(std::span<const ConstView> outputs, const DecodeOptions& options) = 0;

  const ModelDescription& description() const { return description_; }

 private:
  const ModelDescription description_;
  const AreFiniteFunction are_finite_;
  DecodeTimes times_;
};

}  // namespace sinew::pose
