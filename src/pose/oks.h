// Object keypoint similarity (OKS), COCO's measure of how well two poses agree.
//   OKS = mean over keypoints i of exp(-d_i^2 / (2 area k_i^2)),  k_i = 2 sigma_i
// d_i is the distance of the two keypoints, sigma_i how far annotators of keypoint i are apart on a person of area 1
// (SkeletonKeypoint::oks_sigma; keypoints whose sigma is 0 do not count).
//   Source: Ronchi & Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017;
//           cocodataset.org/#keypoints-eval
#pragma once

#include <array>
#include <cmath>
#include <span>

#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::pose {

// k_i^2 of a keypoint.
inline double OksVariance(double sigma) { return 2 * sigma * (2 * sigma); }

// One keypoint's part in the mean: 1 at no distance, 0 far off. `area` is in square pixels and positive.
inline double OksTerm(double squared_distance, double variance, double area) {
  return std::exp(-(squared_distance / variance / area / 2));
}

// The person's keypoints in COCO's order; those that the skeleton has not are missing. Needs a person of the skeleton.
std::array<Keypoint, kCocoKeypointCount> ToCocoKeypoints(const Person& person, const Skeleton& skeleton);

inline bool IsFound(const Keypoint& keypoint) { return keypoint.score > 0; }

// Area in square pixels that stands for the size of a person found: that of the box around all found keypoints. A side
// of the box counts as a third of the other one at least (the breadth of somebody who stands), so that people seen from
// the side, or by a few keypoints in a line, keep a size. At least 1.
double PoseArea(const Person& person);

// More people than a picture shows; comparing all with all takes time that grows with the square of their number.
inline constexpr size_t kMaxPeople = 1000;

// Whether people from outside may go into what compares them: of the skeleton, finite, at most kMaxPeople.
// kInvalidArgument names the person.
Status CheckPeople(std::span<const Person> people, const Skeleton& skeleton);

// OKS of two people found, in any order, over the keypoints that both have; 0 where they have none in common. Their
// size is the mean of both areas. Needs people of the skeleton.
double Oks(const Person& a, const Person& b, const Skeleton& skeleton);

}  // namespace sinew::pose
