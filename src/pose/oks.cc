// OKS between two people found.
#include "pose/oks.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/error.h"

namespace sinew::pose {

std::array<Keypoint, kCocoKeypointCount> ToCocoKeypoints(const Person& person, const Skeleton& skeleton) {
  SINEW_CHECK(person.keypoints.size() == skeleton.keypoints.size());
  std::array<Keypoint, kCocoKeypointCount> keypoints;
  for (size_t k = 0; k < person.keypoints.size(); ++k) {
    const int coco = skeleton.keypoints[k].coco;
    if (coco != -1) keypoints[static_cast<size_t>(coco)] = person.keypoints[k];
  }
  return keypoints;
}

Status CheckPeople(std::span<const Person> people, const Skeleton& skeleton) {
  if (people.size() > kMaxPeople) {
    return InvalidArgument("{} people in a picture: at most {} are compared", people.size(), kMaxPeople);
  }
  for (size_t i = 0; i < people.size(); ++i) {
    const auto& keypoints = people[i].keypoints;
    if (keypoints.size() != skeleton.keypoints.size()) {
      return InvalidArgument("person {} has {} keypoints: only people of the skeleton {}, which has {}, are compared",
                             i, keypoints.size(), skeleton.name, skeleton.keypoints.size());
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

double Oks(const Person& a, const Person& b, const Skeleton& skeleton) {
  const double area = (PoseArea(a) + PoseArea(b)) / 2;
  double sum = 0;
  int common = 0;
  for (size_t k = 0; k < skeleton.keypoints.size(); ++k) {
    const Keypoint &from = a.keypoints[k], &to = b.keypoints[k];
    const double variance = OksVariance(skeleton.keypoints[k].oks_sigma);
    if (variance == 0 || !IsFound(from) || !IsFound(to)) continue;
    const double dx = double{from.x} - to.x, dy = double{from.y} - to.y;
    sum += OksTerm(dx * dx + dy * dy, variance, area);
    ++common;
  }
  return common > 0 ? sum / common : 0;
}

}  // namespace sinew::pose
