// Which peaks the part affinity field connects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/view.h"
#include "pose/area_axis.h"
#include "pose/peaks.h"
#include "sinew/model_description.h"

namespace sinew::pose {

// Samples of the field on each limb, at 0, 1/10 .. 9/10 of the way.
inline constexpr int kPafSamples = 10;

// Two peaks (indices into PeakList::peaks) that a limb joins.
struct Connection {
  int from = 0, to = 0;
  float score = 0;
};

// Two peaks, counted within those of their keypoints, and what the field says for a limb between them: more than 0.
struct PairScore {
  int from = 0, to = 0;
  float score = 0;
};

// One list a limb, in the order in which they were chosen, best first. A peak is in one connection of a limb at most.
using Connections = std::vector<std::vector<Connection>>;

struct LimbOptions {
  float paf_threshold = 0;
  int min_samples = 0;
  // The order of equal scores. True: that of std::sort comparing scores alone, as in tf-pose-estimation. False: by the
  // position of the peaks.
  bool unordered_ties = false;
};

// Keeps its scratch between calls.
class LimbFinder {
 public:
  // For each limb, scores every pair of peaks by the mean of the field along the segment, less a penalty for segments
  // longer than half the map's height, and takes the best pairs greedily. `fields` has the channels that the limbs
  // name.
  void Find(ConstView fields, std::span<const Limb> limbs, const AreaAxis& x, const AreaAxis& y, const PeakList& peaks,
            const LimbOptions& options, Connections* connections);

  // The second half of Find for one limb, for pairs that were scored elsewhere: sorts `pairs`, which come by their
  // first peak, then by their second, and takes the best.
  void Match(const Limb& limb, const PeakList& peaks, bool unordered_ties, std::vector<PairScore>* pairs,
             std::vector<Connection>* chosen);

 private:
  std::vector<PairScore> pairs_;
  std::vector<uint8_t> used_from_, used_to_;
};

}  // namespace sinew::pose
