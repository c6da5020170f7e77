// Keypoints and boxes as JSON.
#include "results/json_people.h"

#include <cmath>

#include "base/error.h"
#include "results/decimals.h"

namespace sinew::results {
namespace {

Json ToJson(const std::optional<Box>& box) {
  if (!box) return nullptr;
  return {{"x", box->x}, {"y", box->y}, {"w", box->width}, {"h", box->height}};
}

}  // namespace

Json KeypointsToJson(std::span<const Keypoint> keypoints, int decimals) {
  Json json = Json::array();
  for (const Keypoint& keypoint : keypoints) {
    const Keypoint k = FiniteOrMissing(keypoint);
    json.push_back(decimals == 3 ? Thousandth(k.x) : Millionth(k.x));
    json.push_back(decimals == 3 ? Thousandth(k.y) : Millionth(k.y));
    json.push_back(Millionth(k.score));
  }
  return json;
}

Result<std::vector<Keypoint>> KeypointsFromJson(const Json& person, const char* name) {
  if (!person.is_object() || !person.contains(name) || !person[name].is_array())
    return Corrupt("has no list \"{}\"", name);
  const Json& list = person[name];
  if (list.size() % 3 != 0 || list.size() > 3 * kMaxKeypoints) {
    return Corrupt("\"{}\" has {} values, must be x, y, score of at most {} keypoints", name, list.size(),
                   kMaxKeypoints);
  }
  std::vector<Keypoint> keypoints;
  keypoints.reserve(list.size() / 3);
  for (size_t i = 0; i < list.size(); i += 3) {
    float values[3];
    for (size_t j = 0; j < 3; ++j) {
      const Json& value = list[i + j];
      if (!value.is_number()) return Corrupt("\"{}\" has a value that is not a number: {}", name, value.type_name());
      values[j] = value.get<float>();
      if (!std::isfinite(values[j])) return Corrupt("\"{}\" has a value out of range: {}", name, value.dump());
    }
    keypoints.push_back({values[0], values[1], values[2]});
  }
  return keypoints;
}

void AddBoxes(const Person& person, const Skeleton& skeleton, const Record& record, Json* json) {
  (*json)["face_box"] = ToJson(FaceBox(person, skeleton, record.width, record.height));
  (*json)["upper_body_box"] = ToJson(UpperBodyBox(person, skeleton, record.width, record.height));
}

std::string ToLine(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace sinew::results
