// Object keypoint similarity (OKS), COCO's measure of how well two poses agree, and the 17 keypoints that it is for.
//   OKS = mean over keypoints i of exp(-d_i^2 / (2 area k_i^2)),  k_i = 2 sigma_i
// d_i is the distance of the two keypoints, sigma_i how far annotators of keypoint i are apart on a person of area 1.
//   Source: Ronchi & Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017;
//           cocodataset.org/#keypoints-eval
#pragma once

#include <array>
#include <cmath>
#include <span>

#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew::pose {

inline constexpr int kCocoKeypointCount = 17;

// COCO keypoint c is keypoint kCocoKeypoints[c] of the COCO-18 skeleton (skeleton.h), whose neck COCO has not.
inline constexpr std::array<int, kCocoKeypointCount> kCocoKeypoints = {
    0,               // nose
    15, 14, 17, 16,  // eyes and ears, in each pair the left one first
    5,  2,           // shoulders
    6,  3,           // elbows
    7,  4,           // wrists
    11, 8,           // hips
    12, 9,           // knees
    13, 10,          // ankles
};

// sigma_i, in COCO's order.
inline constexpr std::array<double, kCocoKeypointCount> kCocoSigmas = {0.026, 0.025, 0.025, 0.035, 0.035, 0.079,
                                                                       0.079, 0.072, 0.072, 0.062, 0.062, 0.107,
                                                                       0.107, 0.087, 0.087, 0.089, 0.089};

// k_i^2 of COCO keypoint c.
inline double OksVariance(int c) { return 2 * kCocoSigmas[c] * (2 * kCocoSigmas[c]); }

// One keypoint's part in the mean: 1 at no distance, 0 far off. `area` is in square pixels and positive.
inline double OksTerm(double squared_distance, int c, double area) {
  return std::exp(-(squared_distance / OksVariance(c) / area / 2));
}

// The person's keypoints in COCO's order, without the neck. Needs a COCO-18 person.
std::array<Keypoint, kCocoKeypointCount> ToCocoKeypoints(const Person& person);

inline bool IsFound(const Keypoint& keypoint) { return keypoint.score > 0; }

// Area in square pixels that stands for the size of a person found: that of the box around the found keypoints, the
// neck included. A side of the box counts as a third of the other one at least (the breadth of somebody who stands), so
// that people seen from the side, or by a few keypoints in a line, keep a size. At least 1.
double PoseArea(const Person& person);

// More people than a picture shows; comparing all with all takes time that grows with the square of their number.
inline constexpr size_t kMaxPeople = 1000;

// Whether people from outside may go into what compares them: COCO-18, finite, at most kMaxPeople. kInvalidArgument
// names the person.
Status CheckPeople(std::span<const Person> people);

// OKS of two people found, in any order, over the keypoints that both have; 0 where they have none in common. Their
// size is the mean of both areas. Needs COCO-18 people.
double Oks(const Person& a, const Person& b);

}  // namespace sinew::pose
