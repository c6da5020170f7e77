// Writing and reading OpenPose's JSON.
#include "results/openpose_json.h"

#include "base/check.h"
#include "base/error.h"
#include "base/file.h"
#include "results/json_people.h"

namespace sinew::results {
namespace {

constexpr double kVersion = 1.3;
constexpr const char* kKeypoints = "pose_keypoints_2d";

// OpenPose divides by the picture's sides.
std::vector<Keypoint> Scaled(std::span<const Keypoint> keypoints, const Record& record, KeypointScale scale) {
  std::vector<Keypoint> scaled(keypoints.begin(), keypoints.end());
  if (scale == KeypointScale::kPicture || record.width < 1 || record.height < 1) return scaled;
  const float factor = scale == KeypointScale::kSigned ? 2 : 1, least = scale == KeypointScale::kSigned ? -1 : 0;
  for (Keypoint& k : scaled) {
    if (!(k.score > 0)) continue;
    k.x = k.x * factor / static_cast<float>(record.width) + least;
    k.y = k.y * factor / static_cast<float>(record.height) + least;
  }
  return scaled;
}

Json ToJson(std::span<const Keypoint> keypoints, int64_t id, int decimals) {
  Json json;
  json["person_id"] = {id};
  json[kKeypoints] = KeypointsToJson(keypoints, decimals);
  for (const char* other :
       {"face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d",
        "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d"}) {
    json[other] = Json::array();
  }
  return json;
}

Result<Person> FromJson(const Json& json) {
  Person person;
  SINEW_ASSIGN_OR_RETURN(person.keypoints, KeypointsFromJson(json, kKeypoints));
  float total = 0;
  int found = 0;
  for (const Keypoint& keypoint : person.keypoints) {
    if (keypoint.score <= 0) continue;
    total += keypoint.score;
    ++found;
  }
  person.score = found > 0 ? total / static_cast<float>(found) : 0;
  return person;
}

}  // namespace

std::string ToOpenPoseJson(const Record& record, const JsonOptions& options) {
  SINEW_CHECK(record.person_ids.empty() || record.person_ids.size() == record.people.size());
  const int decimals = options.scale == KeypointScale::kPicture ? 3 : 6;
  Json list = Json::array();
  for (size_t i = 0; i < record.people.size(); ++i) {
    Json person = ToJson(Scaled(record.people[i].keypoints, record, options.scale),
                         record.person_ids.empty() ? -1 : record.person_ids[i], decimals);
    if (options.boxes) AddBoxes(record.people[i], options.skeleton, record, &person);
    list.push_back(std::move(person));
  }
  Json document;
  document["version"] = kVersion;
  document["people"] = std::move(list);
  if (!record.candidates.empty()) {
    Json candidates = Json::object();
    for (size_t k = 0; k < record.candidates.size(); ++k)
      candidates[fmt::format("{}", k)] = KeypointsToJson(Scaled(record.candidates[k], record, options.scale), decimals);
    document["part_candidates"] = Json::array({std::move(candidates)});
  }
  if (!record.error.empty()) document["error"] = record.error;
  return ToLine(document);
}

std::string ToOpenPoseJson(std::span<const Person> people) {
  Record record;
  record.people.assign(people.begin(), people.end());
  return ToOpenPoseJson(record);
}

Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name) {
  // Without exceptions, a document that is not JSON is "discarded".
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return Corrupt("{}: is not JSON", name);
  if (!document.is_object() || !document.contains("people") || !document["people"].is_array()) {
    return Corrupt("{}: has no list \"people\"", name);
  }
  const Json& list = document["people"];
  if (list.size() > kMaxPeople) return Corrupt("{}: {} people, at most {} make sense", name, list.size(), kMaxPeople);
  std::vector<Person> people;
  for (size_t i = 0; i < list.size(); ++i) {
    Result<Person> person = FromJson(list[i]);
    if (!person.ok()) return Prefixed(fmt::format("{}: person {}", name, i), person.status());
    people.push_back(std::move(*person));
  }
  return people;
}

std::filesystem::path OpenPoseJsonPath(const std::filesystem::path& folder, std::string_view name) {
  return folder / fmt::format("{}_keypoints.json", name);
}

Status WriteOpenPoseJson(const std::filesystem::path& folder, std::string_view name, const Record& record,
                         const JsonOptions& options, const WriteOptions& write_options) {
  return WriteFile(OpenPoseJsonPath(folder, name), ToOpenPoseJson(record, options), write_options);
}

}  // namespace sinew::results
