// The five steps, in the original's order of operations, in single precision as there.
#include "pose/trt_pose.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assignment.h"

namespace sinew::pose {
namespace {

constexpr int kNone = -1;

float At(const ConstView& map, int y, int x, int channel) {
  const size_t cell = static_cast<size_t>(y) * static_cast<size_t>(map.width) + static_cast<size_t>(x);
  return map.data[cell * map.pixel_stride + static_cast<size_t>(channel)];
}

// Into the map, as in a mirror at the middle of its first and last cells; maps may be smaller than the window.
int Mirrored(int i, int size) {
  while (i < 0 || i >= size) {
    if (size == 1) return 0;
    i = i < 0 ? -i : 2 * size - i - 2;
  }
  return i;
}

// Whether no cell of the window around (y, x) is hotter.
bool IsPeak(const ConstView& heat, int channel, int y, int x, int reach) {
  const float value = At(heat, y, x, channel);
  for (int r = std::max(y - reach, 0); r < std::min(y + reach + 1, heat.height); ++r) {
    for (int s = std::max(x - reach, 0); s < std::min(x + reach + 1, heat.width); ++s) {
      if (At(heat, r, s, channel) > value) return false;
    }
  }
  return true;
}

// The centre of the heat within the window.
TrtPoseKeypoint Refined(const ConstView& heat, int channel, int y, int x, int reach) {
  float sum_y = 0, sum_x = 0, sum = 0;
  for (int r = y - reach; r <= y + reach; ++r) {
    for (int s = x - reach; s <= x + reach; ++s) {
      const float weight = At(heat, Mirrored(r, heat.height), Mirrored(s, heat.width), channel);
      sum_y += weight * static_cast<float>(r);
      sum_x += weight * static_cast<float>(s);
      sum += weight;
    }
  }
  const float value = At(heat, y, x, channel);
  // Heat below zero around a peak may cancel it: then the peak itself is the best guess.
  if (!(sum > 0)) return {static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f, value};
  return {sum_x / sum + 0.5f, sum_y / sum + 0.5f, value};
}

std::vector<TrtPoseKeypoint> FindPeaks(const ConstView& heat, int channel, const TrtPoseOptions& options) {
  const int reach = options.window / 2;
  std::vector<TrtPoseKeypoint> peaks;
  for (int y = 0; y < heat.height; ++y) {
    for (int x = 0; x < heat.width; ++x) {
      if (static_cast<int>(peaks.size()) == options.max_peaks) return peaks;
      if (At(heat, y, x, channel) < options.peak_threshold || !IsPeak(heat, channel, y, x, reach)) continue;
      peaks.push_back(Refined(heat, channel, y, x, reach));
    }
  }
  return peaks;
}

// The mean over samples of the field along the line; samples outside the maps count as zero.
float LineIntegral(const ConstView& fields, const Limb& limb, const TrtPoseKeypoint& from, const TrtPoseKeypoint& to,
                   int samples) {
  constexpr float kTiny = 1e-5f;
  const float along_x = to.x - from.x, along_y = to.y - from.y;
  const float length = std::sqrt(along_y * along_y + along_x * along_x) + kTiny;
  const float unit_x = along_x / length, unit_y = along_y / length;
  float integral = 0;
  for (int t = 0; t < samples; ++t) {
    const float progress = static_cast<float>(t) / (static_cast<float>(samples) - 1);
    const float at_x = from.x + progress * along_x, at_y = from.y + progress * along_y;
    // Towards zero, as the original: -0.9 is in the map's first cell.
    const int x = static_cast<int>(at_x), y = static_cast<int>(at_y);
    if (x < 0 || x >= fields.width || y < 0 || y >= fields.height) continue;
    integral += At(fields, y, x, limb.field_y) * unit_y + At(fields, y, x, limb.field_x) * unit_x;
  }
  return integral / static_cast<float>(samples);
}

// For each peak of `from` the one of `to` that it is paired with, or kNone. As many pairs are made as can be, so that
// their scores have the largest sum, and those that are not above the threshold are dropped afterwards.
std::vector<int> Pair(const std::vector<float>& scores, size_t rows, size_t columns, float threshold) {
  std::vector<int> pairs(rows, kNone);
  if (scores.empty()) return pairs;
  // With gains above zero, no best assignment leaves both a row and a column over.
  const float least = *std::ranges::min_element(scores);
  std::vector<double> gains;
  for (const float score : scores) gains.push_back(static_cast<double>(score) - static_cast<double>(least) + 1);
  const std::vector<int> best = BestAssignment(gains, static_cast<int>(rows), static_cast<int>(columns));
  for (size_t row = 0; row < rows; ++row) {
    if (best[row] != kUnassigned && scores[row * columns + static_cast<size_t>(best[row])] > threshold)
      pairs[row] = best[row];
  }
  return pairs;
}

// The pairs of a limb, from either end.
struct Links {
  std::vector<int> to_of, from_of;
};

// What is connected, from one peak on: breadth first, so that of several peaks of one keypoint the furthest stays, as
// in the original.
class Connector {
 public:
  Connector(const Skeleton& skeleton, const std::vector<std::vector<TrtPoseKeypoint>>& peaks,
            const std::vector<Links>& links)
      : skeleton_(skeleton), peaks_(peaks), links_(links) {
    for (const auto& of_keypoint : peaks) visited_.emplace_back(of_keypoint.size(), false);
  }

  std::vector<TrtPosePerson> Run() {
    std::vector<TrtPosePerson> people;
    for (size_t k = 0; k < peaks_.size(); ++k) {
      for (size_t i = 0; i < peaks_[k].size(); ++i) {
        if (!visited_[k][i]) people.push_back(From(k, i));
      }
    }
    return people;
  }

 private:
  TrtPosePerson From(size_t keypoint, size_t peak) {
    TrtPosePerson person(peaks_.size());
    std::vector<std::pair<size_t, size_t>> queue = {{keypoint, peak}};
    for (size_t next = 0; next < queue.size(); ++next) {
      const auto [k, i] = queue[next];
      if (visited_[k][i]) continue;
      visited_[k][i] = true;
      person[k] = peaks_[k][i];
      for (size_t l = 0; l < links_.size(); ++l) {
        const Limb& limb = skeleton_.limbs[l];
        const size_t from = static_cast<size_t>(limb.from), to = static_cast<size_t>(limb.to);
        if (from == k && links_[l].to_of[i] != kNone) queue.emplace_back(to, static_cast<size_t>(links_[l].to_of[i]));
        if (to == k && links_[l].from_of[i] != kNone)
          queue.emplace_back(from, static_cast<size_t>(links_[l].from_of[i]));
      }
    }
    return person;
  }

  const Skeleton& skeleton_;
  const std::vector<std::vector<TrtPoseKeypoint>>& peaks_;
  const std::vector<Links>& links_;
  std::vector<std::vector<bool>> visited_;
};

}  // namespace

std::vector<TrtPosePerson> FindTrtPosePeople(ConstView heat, ConstView fields, const Skeleton& skeleton,
                                             const TrtPoseOptions& options) {
  std::vector<std::vector<TrtPoseKeypoint>> peaks;
  for (int k = 0; k < skeleton.keypoint_count(); ++k) peaks.push_back(FindPeaks(heat, k, options));
  std::vector<Links> links;
  for (const Limb& limb : skeleton.limbs) {
    const auto &from = peaks[static_cast<size_t>(limb.from)], &to = peaks[static_cast<size_t>(limb.to)];
    std::vector<float> scores;
    for (const TrtPoseKeypoint& a : from) {
      for (const TrtPoseKeypoint& b : to) scores.push_back(LineIntegral(fields, limb, a, b, options.samples));
    }
    Links found{Pair(scores, from.size(), to.size(), options.link_threshold), std::vector<int>(to.size(), kNone)};
    for (size_t a = 0; a < found.to_of.size(); ++a) {
      if (found.to_of[a] != kNone) found.from_of[static_cast<size_t>(found.to_of[a])] = static_cast<int>(a);
    }
    links.push_back(std::move(found));
  }
  return Connector(skeleton, peaks, links).Run();
}

}  // namespace sinew::pose
