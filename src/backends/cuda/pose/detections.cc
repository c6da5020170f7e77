// Views of what the kernels found.
#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/pose_work.h"

namespace sinew::cuda {

Detections::Detections(const DecodeTables& sizes, const DecodeResults& results, int picture)
    : not_finite_(results.not_finite[picture]),
      not_finite_value_(results.not_finite_value[picture]),
      is_complete_(true),
      peaks_(results.peaks + static_cast<ptrdiff_t>(picture) * sizes.keypoints * kPeakCapacity),
      peak_counts_(results.peak_counts + static_cast<ptrdiff_t>(picture) * sizes.keypoints),
      pairs_(results.pairs + static_cast<ptrdiff_t>(picture) * sizes.limb_count * kPairCapacity),
      pair_counts_(results.pair_counts + static_cast<ptrdiff_t>(picture) * sizes.limb_count) {
  for (int k = 0; k < sizes.keypoints; ++k) is_complete_ = is_complete_ && peak_counts_[k] <= kPeakCapacity;
  for (int l = 0; l < sizes.limb_count; ++l) is_complete_ = is_complete_ && pair_counts_[l] <= kPairCapacity;
}

std::span<const FoundPeak> Detections::peaks(int keypoint) const {
  return {peaks_ + static_cast<ptrdiff_t>(keypoint) * kPeakCapacity, static_cast<size_t>(peak_counts_[keypoint])};
}

std::span<const ScoredPair> Detections::pairs(int limb) const {
  return {pairs_ + static_cast<ptrdiff_t>(limb) * kPairCapacity, static_cast<size_t>(pair_counts_[limb])};
}

}  // namespace sinew::cuda
