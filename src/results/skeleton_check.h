// For the formats that have a place for each keypoint of one skeleton.
#pragma once

#include "base/error.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::results {

// kInvalidArgument where a person has not the keypoints of the skeleton.
inline Status CheckSkeleton(const Record& record, const Skeleton& skeleton) {
  for (const Person& person : record.people) {
    if (person.keypoints.size() == skeleton.keypoints.size()) continue;
    return InvalidArgument("{} frame {}: a person of {} keypoints, the skeleton {} has {}", record.source, record.frame,
                           person.keypoints.size(), skeleton.name, skeleton.keypoints.size());
  }
  return Status();
}

}  // namespace sinew::results
