// What is known of one tracked person: where each keypoint is expected now, how large the person is, how it moves.
#pragma once

#include <array>

#include "pose/oks.h"
#include "track/motion.h"

namespace sinew::track {

// A person found, made ready for comparing with many bodies.
struct Pose {
  explicit Pose(const Person& person) : keypoints(pose::ToCocoKeypoints(person)), area(pose::PoseArea(person)) {}

  std::array<Keypoint, pose::kCocoKeypointCount> keypoints;
  double area;
};

class Body {
 public:
  explicit Body(const Pose& pose);

  // Lets time pass.
  void Predict(double seconds);

  // How well a pose fits the expected one, 0 to 1: OKS with variances widened by that of the expected place, times
  // n / (n + 1) for n common keypoints, since a few may agree by chance.
  double Similarity(const Pose& pose) const;

  // Takes in that this is the person. Keypoints that the pose has not move along with the others.
  void Correct(const Pose& pose);

 private:
  struct Joint {
    double x = 0, y = 0;
    double age;  // seconds from when it was last seen to when the person was
    bool IsKnown() const;
  };

  Vector2 MedianOffset(const Pose& pose) const;
  void Move(Vector2 by);
  double AreaOfJoints() const;

  std::array<Joint, pose::kCocoKeypointCount> joints_;
  double area_;
  Motion motion_;
  double unseen_seconds_ = 0;
  int sightings_ = 1;
};

}  // namespace sinew::track
