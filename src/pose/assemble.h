// People out of connections between peaks.
#pragma once

#include <span>
#include <vector>

#include "pose/limbs.h"
#include "pose/peaks.h"
#include "sinew/model_description.h"

namespace sinew::pose {

inline constexpr int kMissing = -1;

// A person as peaks.
struct Assembly {
  std::vector<int> peaks;  // one a keypoint: an index into PeakList::peaks, or kMissing
  int parts = 0;           // keypoints counted while assembling
  float sum = 0;           // scores of the counted keypoints and of their connections

  float score() const { return sum / parts; }
};

// Limb by limb in the skeleton's order: a connection starts a person, adds a missing keypoint to one, or joins two that
// have no keypoint in common. One that contradicts what stronger or earlier ones built is left out, so every peak
// belongs to one person at most and `parts` is the number of keypoints.
std::vector<Assembly> AssemblePeople(const Skeleton& skeleton, const PeakList& peaks, const Connections& connections);

// The same as tf-pose-estimation does it, with all its consequences:
//   - a connection that meets one person by its first keypoint replaces that person's second, and counts it again;
//   - one that meets two people with a keypoint in common gives its second keypoint to the first of them as well;
//   - peak 0 does not count as a keypoint in common, and joining it with another makes a third peak of them;
//   - one that meets three or more people is left out.
std::vector<Assembly> AssembleLikeTfPose(const Skeleton& skeleton, const PeakList& peaks,
                                         const Connections& connections);

// Removes people with fewer than `min_parts` parts or a score below `min_score`; of the rest keeps the `max_people` of
// the highest scores (0: all), in their order.
void SelectPeople(int min_parts, float min_score, int max_people, std::vector<Assembly>* people);

}  // namespace sinew::pose
