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

Json ToJson(const Person& person, int64_t id) {
  Json json;
  json["person_id"] = {id};
  json[kKeypoints] = KeypointsToJson(person.keypoints);
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
  Json list = Json::array();
  for (size_t i = 0; i < record.people.size(); ++i) {
    Json person = ToJson(record.people[i], record.person_ids.empty() ? -1 : record.person_ids[i]);
    if (options.boxes) AddBoxes(record.people[i], options.skeleton, record, &person);
    list.push_back(std::move(person));
  }
  Json document;
  document["version"] = kVersion;
  document["people"] = std::move(list);
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
