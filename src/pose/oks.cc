// OKS between two people found.
#include "pose/oks.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/error.h"
#include "pose/skeleton.h"

namespace sinew::pose {

std::array<Keypoint, kCocoKeypointCount> ToCocoKeypoints(const Person& person) {
  SINEW_CHECK(person.keypoints.size() == kKeypointCount);
  std::array<Keypoint, kCocoKeypointCount> keypoints;
  for (int c = 0; c < kCocoKeypointCount; ++c) keypoints[c] = person.keypoints[kCocoKeypoints[c]];
  return keypoints;
}

Status CheckPeople(std::span<const Person> people) {
  if (people.size() > kMaxPeople) {
    return InvalidArgument("{} people on a picture: at most {} are compared", people.size(), kMaxPeople);
  }
  for (size_t i = 0; i < people.size(); ++i) {
    const auto& keypoints = people[i].keypoints;
    if (keypoints.size() != kKeypointCount) {
      return InvalidArgument("person {} has {} keypoints: only the {} of COCO-18 are compared", i, keypoints.size(),
                             kKeypointCount);
    }
    const auto is_finite = [](const Keypoint& k) {
      return std::isfinite(k.x) && std::isfinite(k.y) && std::isfinite(k.score);
    };
    if (!std::ranges::all_of(keypoints, is_finite) || !std::isfinite(people[i].score)) {
      return InvalidArgument("person {} has a value that is not finite", i);
    }
  }
  return Status();
}

double PoseArea(const Person& person) {
  constexpr double kLeastAspect = 1.0 / 3;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, top = kInfinity, right = -kInfinity, bottom = -kInfinity;
  for (const Keypoint& keypoint : person.keypoints) {
    if (!IsFound(keypoint)) continue;
    left = std::min<double>(left, keypoint.x), right = std::max<double>(right, keypoint.x);
    top = std::min<double>(top, keypoint.y), bottom = std::max<double>(bottom, keypoint.y);
  }
  if (left > right) return 1;
  const double width = right - left, height = bottom - top;
  const double length = std::max(width, height), breadth = std::min(width, height);
  return std::max(length * std::max(breadth, length * kLeastAspect), 1.0);
}

double Oks(const Person& a, const Person& b) {
  const auto from = ToCocoKeypoints(a), to = ToCocoKeypoints(b);
  const double area = (PoseArea(a) + PoseArea(b)) / 2;
  double sum = 0;
  int common = 0;
  for (int c = 0; c < kCocoKeypointCount; ++c) {
    if (!IsFound(from[c]) || !IsFound(to[c])) continue;
    const double dx = double{from[c].x} - to[c].x, dy = double{from[c].y} - to[c].y;
    sum += OksTerm(dx * dx + dy * dy, c, area);
    ++common;
  }
  return common > 0 ? sum / common : 0;
}

}  // namespace sinew::pose
