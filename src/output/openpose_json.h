// OpenPose's JSON format, version 1.3: what its users' tools read.
//   {"version":1.3,"people":[{"person_id":[-1],"pose_keypoints_2d":[x,y,score, ...], ...}]}
// Coordinates are pixels of the original picture; a missing keypoint is 0,0,0. The face, hand and 3D lists are empty, as
// OpenPose writes them when it was not asked for these.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::output {

// Coordinates to a thousandth of a pixel, scores to a millionth. The same people give the same bytes.
std::string ToOpenPoseJson(std::span<const Person> people);

// Reads it back (person scores are not in the format: they become the mean of the keypoints'). kCorrupt, with `name` in
// front, for anything that is not such a document.
Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name);

}  // namespace sinew::output
