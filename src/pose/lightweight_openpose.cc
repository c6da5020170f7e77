// Peaks, pairs, people.
#include "pose/lightweight_openpose.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "pose/assemble.h"

namespace sinew::pose {
namespace {

// The original's constants.
constexpr float kPeakThreshold = 0.1f;
constexpr int kLeastDistance = 6;  // upsampled pixels between two keypoints of a kind
constexpr int kSamples = 10;       // on the line between two peaks, its ends included
constexpr int kGoodSamples = 9;    // more than 0.8 of them
constexpr float kFieldThreshold = 0.05f;
constexpr float kTiny = 1e-6f;

// Only the `most` hottest of them, in their order.
void KeepHottest(int most, std::vector<LightweightPeak>* peaks) {
  const size_t limit = static_cast<size_t>(most);
  if (peaks->size() <= limit) return;
  std::vector<size_t> order(peaks->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return (*peaks)[a].heat > (*peaks)[b].heat; });
  order.resize(limit);
  std::ranges::sort(order);
  std::vector<LightweightPeak> kept;
  for (const size_t i : order) kept.push_back((*peaks)[i]);
  *peaks = std::move(kept);
}

// Keypoints that come after another one and are nearer to it than they may be, are removed; what is removed removes
// nothing. Columns rise, so that the search ends where they are too far away.
std::vector<LightweightPeak> RemoveNear(const std::vector<LightweightPeak>& peaks) {
  std::vector<bool> is_removed(peaks.size());
  std::vector<LightweightPeak> kept;
  for (size_t i = 0; i < peaks.size(); ++i) {
    if (is_removed[i]) continue;
    for (size_t j = i + 1; j < peaks.size() && peaks[j].x - peaks[i].x < kLeastDistance; ++j) {
      const int dx = peaks[j].x - peaks[i].x, dy = peaks[j].y - peaks[i].y;
      if (dx * dx + dy * dy < kLeastDistance * kLeastDistance) is_removed[j] = true;
    }
    kept.push_back(peaks[i]);
  }
  return kept;
}

// The mean of the samples along the field that are good, or nothing where these are too few. Single precision where the
// original has it: positions decide which pixels are looked at.
std::optional<double> ScorePair(ConstView fields, const CubicAxis& x_axis, const CubicAxis& y_axis, const Limb& limb,
                                const LightweightPeak& from, const LightweightPeak& to) {
  constexpr float kStep = 1.0f / (kSamples - 1);
  const float along_x = static_cast<float>(to.x - from.x), along_y = static_cast<float>(to.y - from.y);
  const float step_x = kStep * along_x, step_y = kStep * along_y;
  const float length = std::sqrt(along_x * along_x + along_y * along_y) + kTiny;
  const float unit_x = along_x / length, unit_y = along_y / length;
  float sum = 0;
  int good = 0;
  for (int i = 0; i < kSamples; ++i) {
    // Half to even, as the original rounds.
    const int x = static_cast<int>(std::nearbyint(step_x * static_cast<float>(i) + static_cast<float>(from.x)));
    const int y = static_cast<int>(std::nearbyint(step_y * static_cast<float>(i) + static_cast<float>(from.y)));
    const float score = SampleCubic(fields, x_axis, y_axis, x, y, limb.field_x) * unit_x +
                        SampleCubic(fields, x_axis, y_axis, x, y, limb.field_y) * unit_y;
    if (score > kFieldThreshold) {
      sum += score;
      ++good;
    }
    if (good + kSamples - 1 - i < kGoodSamples) return std::nullopt;
  }
  return static_cast<double>(sum) / (good + static_cast<double>(kTiny));
}

// Grows people by one limb after another.
class Grouping {
 public:
  Grouping(const Skeleton& skeleton, const LightweightPeaks& peaks) : skeleton_(skeleton), peaks_(peaks) {}

  void Add(const Limb& limb, std::span<const LightweightConnection> connections) {
    for (const LightweightConnection& connection : connections) {
      limb.in_tree ? Grow(limb, connection) : FillIn(limb, connection);
    }
  }

  std::vector<LightweightPerson> Take() { return std::move(people_); }

 private:
  float Heat(int keypoint, int peak) const {
    return peaks_[static_cast<size_t>(keypoint)][static_cast<size_t>(peak)].heat;
  }

  // Whoever has the first end gets the other one; if nobody has it, they are somebody new.
  void Grow(const Limb& limb, const LightweightConnection& connection) {
    const size_t from = static_cast<size_t>(limb.from), to = static_cast<size_t>(limb.to);
    const double of_end = static_cast<double>(Heat(limb.to, connection.to)) + connection.score;
    bool is_found = false;
    for (LightweightPerson& person : people_) {
      if (person.peaks[from] != connection.from) continue;
      is_found = true;
      person.peaks[to] = connection.to;
      person.parts += 1;
      person.sum += of_end;
    }
    if (is_found) return;
    LightweightPerson& person = people_.emplace_back();
    person.peaks.assign(skeleton_.keypoints.size(), kMissing);
    person.peaks[from] = connection.from;
    person.peaks[to] = connection.to;
    person.parts = 2;
    person.sum = static_cast<double>(Heat(limb.from, connection.from)) + of_end;
  }

  // Whoever has one end, and lacks the other, gets it.
  void FillIn(const Limb& limb, const LightweightConnection& connection) {
    for (LightweightPerson& person : people_) {
      int &from = person.peaks[static_cast<size_t>(limb.from)], &to = person.peaks[static_cast<size_t>(limb.to)];
      if (from == connection.from && to == kMissing) {
        to = connection.to;
      } else if (to == connection.to && from == kMissing) {
        from = connection.from;
      }
    }
  }

  const Skeleton& skeleton_;
  const LightweightPeaks& peaks_;
  std::vector<LightweightPerson> people_;
};

}  // namespace

std::vector<LightweightPeak> FindLightweightPeaks(std::span<const float> plane, int width, int most) {
  const int height = static_cast<int>(plane.size()) / width;
  // What is below the threshold, or beyond the border, counts as nothing.
  const auto heat = [&](int x, int y) {
    if (x < 0 || x >= width || y < 0 || y >= height) return 0.0f;
    const float value = plane[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
    return value < kPeakThreshold ? 0.0f : value;
  };
  std::vector<LightweightPeak> peaks;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float value = heat(x, y);
      if (value > 0 && value > heat(x - 1, y) && value > heat(x + 1, y) && value > heat(x, y - 1) &&
          value > heat(x, y + 1)) {
        peaks.push_back({x, y, value});
      }
    }
  }
  std::ranges::stable_sort(peaks, {}, &LightweightPeak::x);
  peaks = RemoveNear(peaks);
  KeepHottest(most, &peaks);
  return peaks;
}

std::vector<LightweightConnection> ConnectLightweightPeaks(ConstView fields, const CubicAxis& x_axis,
                                                           const CubicAxis& y_axis, const Limb& limb,
                                                           std::span<const LightweightPeak> from,
                                                           std::span<const LightweightPeak> to) {
  std::vector<LightweightConnection> scored;
  for (size_t b = 0; b < to.size(); ++b) {
    for (size_t a = 0; a < from.size(); ++a) {
      if (const std::optional<double> score = ScorePair(fields, x_axis, y_axis, limb, from[a], to[b])) {
        scored.push_back({static_cast<int>(a), static_cast<int>(b), *score});
      }
    }
  }
  // Of equal ones the last first, as the original's reversed order has them.
  std::ranges::reverse(scored);
  std::ranges::stable_sort(scored, std::ranges::greater(), &LightweightConnection::score);
  std::vector<bool> has_from(from.size()), has_to(to.size());
  std::vector<LightweightConnection> chosen;
  for (const LightweightConnection& each : scored) {
    const size_t a = static_cast<size_t>(each.from), b = static_cast<size_t>(each.to);
    if (has_from[a] || has_to[b]) continue;
    has_from[a] = has_to[b] = true;
    chosen.push_back(each);
  }
  return chosen;
}

std::vector<LightweightPerson> GroupLightweightPeaks(const Skeleton& skeleton, const LightweightPeaks& peaks,
                                                     std::span<const std::vector<LightweightConnection>> connections) {
  Grouping grouping(skeleton, peaks);
  for (size_t l = 0; l < skeleton.limbs.size(); ++l) grouping.Add(skeleton.limbs[l], connections[l]);
  return grouping.Take();
}

}  // namespace sinew::pose
