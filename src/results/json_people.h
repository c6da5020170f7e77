// What the JSON formats have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/boxes.h"
#include "results/record.h"

namespace sinew::results {

using Json = nlohmann::ordered_json;

// More than any picture shows; a document with more does not hold poses.
inline constexpr size_t kMaxPeople = 100'000;
inline constexpr size_t kMaxKeypoints = 1000;

// x, y, score of one keypoint after the other; 0, 0, 0 for a missing one. Coordinates have 3 decimals or 6.
Json KeypointsToJson(std::span<const Keypoint> keypoints, int decimals = 3);
// The way back from the member `name` of `person`.
Result<std::vector<Keypoint>> KeypointsFromJson(const Json& person, const char* name);

// Adds "face_box" and "upper_body_box": {"x","y","w","h"}, or null (boxes.h).
void AddBoxes(const Person& person, const Skeleton& skeleton, const Record& record, Json* json);

// On one line and with a line end. Text that is not UTF-8, such as a file's name may be, has U+FFFD in its place.
std::string ToLine(const Json& json);

}  // namespace sinew::results
