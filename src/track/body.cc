// Expectation and correction of a person's keypoints.
#include "track/body.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace sinew::track {
namespace {

// A keypoint that has not been seen for so long, although the person has, says nothing about where it is now.
constexpr double kJointMemorySeconds = 1.0;
// However long a person has been out of sight, it is looked for within this many sizes only (a standard deviation):
// further away it is more likely somebody else.
constexpr double kMostSearchDeviation = 0.5;
// Squared distances of so many variances and more add e^-32 or less: most pairs of people are that far apart, and the
// exponential function takes longest where its value is next to nothing.
constexpr double kNoticed = 64;
// Part of the latest area in the kept one, at least: the box around the keypoints swings with arms and legs.
constexpr double kLeastAreaGain = 0.2;

double Median(std::vector<double>* values) {
  const auto middle = values->begin() + static_cast<ptrdiff_t>(values->size() / 2);
  std::ranges::nth_element(*values, middle);
  if (values->size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values->begin(), middle)) / 2;
}

}  // namespace

ComparedKeypoints::ComparedKeypoints(const Skeleton& skeleton) {
  for (size_t k = 0; k < skeleton.keypoints.size(); ++k) {
    const double sigma = skeleton.keypoints[k].oks_sigma;
    if (sigma == 0) continue;
    indices.push_back(k);
    variances.push_back(pose::OksVariance(sigma));
  }
}

Pose::Pose(const Person& person, const ComparedKeypoints& compared) : area(pose::PoseArea(person)) {
  keypoints.reserve(compared.indices.size());
  for (const size_t index : compared.indices) keypoints.push_back(person.keypoints[index]);
}

Body::Body(const Pose& pose, const ComparedKeypoints& compared)
    : compared_(&compared), area_(pose.area), motion_(pose.area) {
  joints_.reserve(pose.keypoints.size());
  for (const Keypoint& keypoint : pose.keypoints) {
    const double age = pose::IsFound(keypoint) ? 0 : std::numeric_limits<double>::infinity();
    joints_.push_back({keypoint.x, keypoint.y, age});
  }
}

bool Body::Joint::IsKnown() const { return age <= kJointMemorySeconds; }

void Body::Move(Vector2 by) {
  for (Joint& joint : joints_) joint.x += by.x, joint.y += by.y;
}

void Body::Predict(double seconds) {
  Move(motion_.Predict(seconds, area_));
  unseen_seconds_ += seconds;
}

double Body::Similarity(const Pose& pose) const {
  const double area = (area_ + pose.area) / 2;
  const double spread = std::min(motion_.Spread(area_), kMostSearchDeviation * kMostSearchDeviation * area_);
  double sum = 0;
  int common = 0;
  for (size_t c = 0; c < joints_.size(); ++c) {
    const Keypoint& keypoint = pose.keypoints[c];
    if (!pose::IsFound(keypoint) || !joints_[c].IsKnown()) continue;
    ++common;
    const double dx = keypoint.x - joints_[c].x, dy = keypoint.y - joints_[c].y;
    const double squared = dx * dx + dy * dy, variance = compared_->variances[c] * area + spread;
    if (squared < kNoticed * variance)
      sum += pose::OksTerm(squared, compared_->variances[c], variance / compared_->variances[c]);
  }
  return sum / (common + 1);
}

Vector2 Body::MedianOffset(const Pose& pose) const {
  std::vector<double> x, y;
  for (size_t c = 0; c < joints_.size(); ++c) {
    if (!pose::IsFound(pose.keypoints[c]) || !joints_[c].IsKnown()) continue;
    x.push_back(pose.keypoints[c].x - joints_[c].x);
    y.push_back(pose.keypoints[c].y - joints_[c].y);
  }
  return {Median(&x), Median(&y)};
}

double Body::AreaOfJoints() const {
  Person person;
  for (const Joint& joint : joints_) {
    person.keypoints.push_back(
        {static_cast<float>(joint.x), static_cast<float>(joint.y), joint.IsKnown() ? 1.0f : 0.0f});
  }
  return pose::PoseArea(person);
}

void Body::Correct(const Pose& pose) {
  Move(motion_.Correct(MedianOffset(pose), area_));
  for (size_t c = 0; c < joints_.size(); ++c) {
    const Keypoint& keypoint = pose.keypoints[c];
    joints_[c].age += unseen_seconds_;
    if (pose::IsFound(keypoint)) joints_[c] = {keypoint.x, keypoint.y, 0};
  }
  unseen_seconds_ = 0;
  ++sightings_;
  area_ += std::max(1.0 / sightings_, kLeastAreaGain) * (AreaOfJoints() - area_);
}

}  // namespace sinew::track
