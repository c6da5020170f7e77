// What is known of one tracked person: where each keypoint is expected now, how large the person is, how it moves.
#pragma once

#include <vector>

#include "pose/oks.h"
#include "track/motion.h"

namespace sinew::track {

// The keypoints of a skeleton by which people are compared: those with a sigma.
struct ComparedKeypoints {
  explicit ComparedKeypoints(const Skeleton& skeleton);

  std::vector<size_t> indices;
  std::vector<double> variances;  // pose::OksVariance, one each
};

// A person found, made ready for comparing with many bodies.
struct Pose {
  Pose(const Person& person, const ComparedKeypoints& compared);

  std::vector<Keypoint> keypoints;  // one a compared keypoint
  double area;
};

class Body {
 public:
  // `compared` must outlive the body, and belong to all poses that it gets.
  Body(const Pose& pose, const ComparedKeypoints& compared);

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

  const ComparedKeypoints* compared_;
  std::vector<Joint> joints_;
  double area_;
  Motion motion_;
  double unseen_seconds_ = 0;
  int sightings_ = 1;
};

}  // namespace sinew::track
