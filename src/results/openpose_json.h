// OpenPose's JSON format, version 1.3: what its users' tools read.
//   {"version":1.3,"people":[{"person_id":[-1],"pose_keypoints_2d":[x,y,score, ...], ...}]}
// Coordinates are pixels of the original picture; a missing keypoint is 0,0,0. The face, hand and 3D lists are empty,
// as OpenPose writes them when it was not asked for these. Members that OpenPose does not know, and its readers skip:
// "face_box" and "upper_body_box" of a person on request (boxes.h), and "error" beside "people" where the frame could
// not be decoded. Record::candidates, where there are any, are "part_candidates": a list of one object, in which "0",
// "1", ... have x, y, score of each peak of that keypoint.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::results {

// What coordinates are in, in OpenPose's JSON (its --keypoint_scale): pixels of the picture, 0 to 1, or -1 to 1 from
// its top left corner to its bottom right one.
enum class KeypointScale { kPicture, kUnit, kSigned };

struct JsonOptions {
  bool boxes = false;                             // face and upper body of each person
  Skeleton skeleton = Coco18Skeleton();           // where the boxes find nose, shoulders and so on
  KeypointScale scale = KeypointScale::kPicture;  // of OpenPose's JSON
};

// Coordinates to a thousandth of a pixel, scores to a millionth.
std::string ToOpenPoseJson(const Record& record, const JsonOptions& options = {});
// People without identities.
std::string ToOpenPoseJson(std::span<const Person> people);

// Reads it back (person scores are not in the format: they become the mean of the keypoints'). kCorrupt, with `name` in
// front, for anything that is not such a document.
Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name);

// NAME_keypoints.json in `folder`, which exists; NAME is what ResultNames (names.h) says. It appears when it is whole.
// Thread-safe for different names.
Status WriteOpenPoseJson(const std::filesystem::path& folder, std::string_view name, const Record& record,
                         const JsonOptions& options = {}, const WriteOptions& write_options = {});
std::filesystem::path OpenPoseJsonPath(const std::filesystem::path& folder, std::string_view name);

}  // namespace sinew::results
