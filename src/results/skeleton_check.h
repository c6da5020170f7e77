// For the formats that have a place for each keypoint of one skeleton.
#pragma once

#include "base/error.h"
#include "pose/skeleton.h"
#include "results/record.h"

namespace sinew::results {

// kInvalidArgument where a person has not the keypoints of COCO-18.
inline Status CheckSkeleton(const Record& record) {
  for (const Person& person : record.people) {
    if (person.keypoints.size() == pose::kKeypointCount) continue;
    return InvalidArgument("{} frame {}: a person of {} keypoints, COCO-18 has {}", record.source, record.frame,
                           person.keypoints.size(), pose::kKeypointCount);
  }
  return Status();
}

}  // namespace sinew::results
