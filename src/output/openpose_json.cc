// Writing and reading OpenPose's JSON.
#include "output/openpose_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace sinew::output {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kVersion = 1.3;
constexpr const char* kKeypoints = "pose_keypoints_2d";
// More than any picture shows; a document with more is no pose.
constexpr size_t kMaxPeople = 100'000;
constexpr size_t kMaxKeypoints = 1000;

// 123.457, not 123.45700000000001: to the decimal that was meant.
double Thousandth(float value) { return std::round(static_cast<double>(value) * 1e3) / 1e3; }
double Millionth(float value) { return std::round(static_cast<double>(value) * 1e6) / 1e6; }

Json ToJson(const Person& person) {
  Json keypoints = Json::array();
  for (const Keypoint& keypoint : person.keypoints) {
    keypoints.push_back(Thousandth(keypoint.x));
    keypoints.push_back(Thousandth(keypoint.y));
    keypoints.push_back(Millionth(keypoint.score));
  }
  Json json;
  json["person_id"] = {-1};
  json[kKeypoints] = std::move(keypoints);
  for (const char* other : {"face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d",
                            "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d"}) {
    json[other] = Json::array();
  }
  return json;
}

Result<Person> FromJson(const Json& json) {
  if (!json.is_object() || !json.contains(kKeypoints) || !json[kKeypoints].is_array()) return Corrupt("has no list \"{}\"", kKeypoints);
  const Json& list = json[kKeypoints];
  if (list.size() % 3 != 0 || list.size() > 3 * kMaxKeypoints) {
    return Corrupt("\"{}\" has {} values, must be x, y, score of at most {} keypoints", kKeypoints, list.size(), kMaxKeypoints);
  }
  Person person;
  float total = 0;
  int found = 0;
  for (size_t i = 0; i < list.size(); i += 3) {
    float values[3];
    for (size_t j = 0; j < 3; ++j) {
      if (!list[i + j].is_number()) return Corrupt("\"{}\" has a value that is no number: {}", kKeypoints, list[i + j].dump());
      values[j] = list[i + j].get<float>();
      if (!std::isfinite(values[j])) return Corrupt("\"{}\" has a value out of range: {}", kKeypoints, list[i + j].dump());
    }
    person.keypoints.push_back({values[0], values[1], values[2]});
    if (values[2] > 0) {
      total += values[2];
      ++found;
    }
  }
  person.score = found > 0 ? total / static_cast<float>(found) : 0;
  return person;
}

}  // namespace

std::string ToOpenPoseJson(std::span<const Person> people) {
  Json list = Json::array();
  for (const Person& person : people) list.push_back(ToJson(person));
  Json document;
  document["version"] = kVersion;
  document["people"] = std::move(list);
  return document.dump() + "\n";
}

Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name) {
  // Without exceptions, a document that is no JSON is "discarded".
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return Corrupt("{}: is no JSON", name);
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

}  // namespace sinew::output
