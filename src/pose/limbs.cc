// Scores and matches pairs of peaks.
#include "pose/limbs.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/check.h"

namespace sinew::pose {
namespace {

struct Field {
  ConstView view;
  const AreaAxis& x;
  const AreaAxis& y;
};

// The score of the limb between two peaks, or nothing where too little speaks for it. Single precision and the order of
// the sums are those of tf-pose-estimation.
std::optional<float> ScorePair(const Field& field, const Limb& limb, const Peak& from, const Peak& to,
                               const LimbOptions& options) {
  float direction_x = to.x - from.x, direction_y = to.y - from.y;
  const float length = std::sqrt(direction_x * direction_x + direction_y * direction_y);
  if (length < 1e-12f) return std::nullopt;
  const float step_x = direction_x / kPafSamples, step_y = direction_y / kPafSamples;
  direction_x /= length, direction_y /= length;
  float sum = 0;
  int agreeing = 0;
  for (int i = 0; i < kPafSamples; ++i) {
    const int x = static_cast<int>(from.x + i * step_x + 0.5), y = static_cast<int>(from.y + i * step_y + 0.5);
    SINEW_DCHECK(x >= 0 && x < field.x.target() && y >= 0 && y < field.y.target());
    const ConstView& view = field.view;
    const float paf_x = SampleArea(view.data, view.pixel_stride, field.x, field.y, x, y, limb.field_x);
    const float paf_y = SampleArea(view.data, view.pixel_stride, field.x, field.y, x, y, limb.field_y);
    const float score = direction_x * paf_x + direction_y * paf_y;
    sum += score;
    if (score > options.paf_threshold) ++agreeing;
    if (agreeing + kPafSamples - 1 - i < options.min_samples) return std::nullopt;
  }
  const float score = static_cast<float>(sum / kPafSamples + std::min(0.0, 0.5 * field.y.target() / length - 1.0));
  if (!(score > 0)) return std::nullopt;
  return score;
}

}  // namespace

void LimbFinder::Find(ConstView fields, std::span<const Limb> limbs, const AreaAxis& x, const AreaAxis& y,
                      const PeakList& peaks, const LimbOptions& options, Connections* connections) {
  const Field field{fields, x, y};
  connections->resize(limbs.size());
  for (size_t l = 0; l < limbs.size(); ++l) {
    const Limb& limb = limbs[l];
    const auto from = peaks.of(limb.from), to = peaks.of(limb.to);
    pairs_.clear();
    for (size_t a = 0; a < from.size(); ++a) {
      for (size_t b = 0; b < to.size(); ++b) {
        if (const std::optional<float> score = ScorePair(field, limb, from[a], to[b], options)) {
          pairs_.push_back({static_cast<int>(a), static_cast<int>(b), *score});
        }
      }
    }
    Match(limb, peaks, options.unordered_ties, &pairs_, &(*connections)[l]);
  }
}

void LimbFinder::Match(const Limb& limb, const PeakList& peaks, bool unordered_ties, std::vector<PairScore>* pairs,
                       std::vector<Connection>* chosen) {
  const auto better = [](const PairScore& a, const PairScore& b) { return a.score > b.score; };
  if (unordered_ties) {
    std::sort(pairs->begin(), pairs->end(), better);
  } else {
    std::stable_sort(pairs->begin(), pairs->end(), better);
  }
  used_from_.assign(peaks.of(limb.from).size(), 0), used_to_.assign(peaks.of(limb.to).size(), 0);
  chosen->clear();
  for (const PairScore& pair : *pairs) {
    if (used_from_[pair.from] || used_to_[pair.to]) continue;
    used_from_[pair.from] = used_to_[pair.to] = 1;
    chosen->push_back({peaks.begin(limb.from) + pair.from, peaks.begin(limb.to) + pair.to, pair.score});
  }
}

}  // namespace sinew::pose
