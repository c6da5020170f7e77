// Views of what the kernels found.
#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/pose_work.h"

namespace sinew::cuda {

Detections::Detections(const DecodePlan& plan, const DecodeResults& results, int picture)
    : plan_(&plan),
      not_finite_(results.not_finite[picture]),
      not_finite_value_(results.not_finite_value[picture]),
      is_complete_(true) {
  const ptrdiff_t keypoints = static_cast<ptrdiff_t>(plan.heat_channels.size()),
                  limbs = static_cast<ptrdiff_t>(plan.limbs.size());
  peaks_ = results.peaks + picture * keypoints * kPeakCapacity;
  peak_counts_ = results.peak_counts + picture * keypoints;
  pairs_ = results.pairs + picture * limbs * kPairCapacity;
  pair_counts_ = results.pair_counts + picture * limbs;
  for (ptrdiff_t k = 0; k < keypoints; ++k) is_complete_ = is_complete_ && peak_counts_[k] <= kPeakCapacity;
  for (ptrdiff_t l = 0; l < limbs; ++l) is_complete_ = is_complete_ && pair_counts_[l] <= kPairCapacity;
}

std::optional<Detections::NotFinite> Detections::not_finite() const {
  if (not_finite_ == kAllFinite) return std::nullopt;
  int64_t index = not_finite_;
  const int64_t cells = int64_t{plan_->x.cells} * plan_->y.cells;
  for (const MapPart& part : plan_->parts) {
    if (index < cells * part.count) {
      return NotFinite{part.output, static_cast<int>(index / part.count),
                       part.first + static_cast<int>(index % part.count), not_finite_value_};
    }
    index -= cells * part.count;
  }
  return std::nullopt;  // the kernels count no further
}

std::span<const FoundPeak> Detections::peaks(int keypoint) const {
  return {peaks_ + static_cast<ptrdiff_t>(keypoint) * kPeakCapacity, static_cast<size_t>(peak_counts_[keypoint])};
}

std::span<const ScoredPair> Detections::pairs(int limb) const {
  return {pairs_ + static_cast<ptrdiff_t>(limb) * kPairCapacity, static_cast<size_t>(pair_counts_[limb])};
}

}  // namespace sinew::cuda
