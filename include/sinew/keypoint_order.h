// People in the keypoints of another skeleton: BODY_25's, which tools made for OpenPose expect, of a COCO model's.
//
//   auto order = sinew::KeypointOrder::Create(estimator->description().skeleton, sinew::Body25Skeleton());
//   for (sinew::Person& person : *people) person.keypoints = order->Reorder(person.keypoints);
//   sinew::ToOpenPoseJson(*people);                                            // 25 keypoints a person
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// Where each keypoint of one skeleton is found in another: by its name, and the neck and "mid_hip", where the other has
// none, in the middle of both shoulders and both hips. A value, and safe to use from any number of threads.
class KeypointOrder {
 public:
  // kInvalidArgument for a skeleton that is not valid; kUnsupported where `from` has not all that the neck and
  // "mid_hip" of `to` would be made of, or no keypoint of `to` at all. Other keypoints that `from` lacks are missing in
  // everybody: BODY_25's feet.
  static Result<KeypointOrder> Create(const Skeleton& from, const Skeleton& to);

  // Keypoints of a person of `from`, as many as it has (an empty list stays one), in the order of `to`. A middle is
  // missing where one of its two keypoints is, and has the lower of their scores.
  std::vector<Keypoint> Reorder(std::span<const Keypoint> keypoints) const;

  // The same of lists of peaks (PoseEstimator::candidates): those of a middle are an empty list.
  std::vector<std::vector<Keypoint>> ReorderCandidates(std::vector<std::vector<Keypoint>> candidates) const;

  const Skeleton& skeleton() const { return to_; }

 private:
  // Indices in `from`: two of a middle, else the same twice; -1: there is none.
  struct Origin {
    int a = -1, b = -1;
  };
  KeypointOrder(Skeleton to, std::vector<Origin> origins, size_t count)
      : to_(std::move(to)), origins_(std::move(origins)), count_(count) {}

  Skeleton to_;
  std::vector<Origin> origins_;
  size_t count_;  // keypoints of `from`
};

}  // namespace sinew
