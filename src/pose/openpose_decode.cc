// Peaks, scores of limbs, and the frame around them.
#include "pose/openpose_decode.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/stopwatch.h"

namespace sinew::pose {
namespace {

// OpenPose's constants.
constexpr int kRefineReach = 3;                       // pixels on each side of a peak whose weighted mean it is
constexpr int kFewestSamples = 5, kMostSamples = 25;  // of a limb: sqrt(5 * its longer side) of them
constexpr float kCloseScore = 0.15f;  // of a limb too short for its field to show, less than 1/150 of the maps
constexpr float kCloseShare = 1 / 150.0f;
constexpr float kLeastScore = 1e-6f;
constexpr float kPeakWeight = 0.1f;  // of each end's confidence in what connections are sorted by

// Whether (x, y) is above all its neighbours. Beside the border, where cubic interpolation makes pairs of equal pixels,
// it may equal them, and there are none beyond the border.
bool IsPeak(std::span<const float> plane, int width, int height, int x, int y, float threshold) {
  const auto at = [&](int ax, int ay) {
    return plane[static_cast<size_t>(ay) * static_cast<size_t>(width) + static_cast<size_t>(ax)];
  };
  const float value = at(x, y);
  if (!(value > threshold)) return false;
  const bool is_inside = 1 < x && x < width - 2 && 1 < y && y < height - 2;
  if (!is_inside && x != 1 && x != width - 2 && y != 1 && y != height - 2) return false;
  for (int dy = -1; dy <= 1; ++dy) {
    for (int dx = -1; dx <= 1; ++dx) {
      if (dx == 0 && dy == 0) continue;
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
      const float other = at(x + dx, y + dy);
      if (is_inside ? !(value > other) : !(value >= other)) return false;
    }
  }
  return true;
}

RefinedPeak Refine(std::span<const float> plane, int width, int height, int x, int y) {
  float sum_x = 0, sum_y = 0, sum = 0;
  for (int ay = std::max(y - kRefineReach, 0); ay <= std::min(y + kRefineReach, height - 1); ++ay) {
    for (int ax = std::max(x - kRefineReach, 0); ax <= std::min(x + kRefineReach, width - 1); ++ax) {
      const float score = plane[static_cast<size_t>(ay) * static_cast<size_t>(width) + static_cast<size_t>(ax)];
      if (!(score > 0)) continue;
      sum_x += static_cast<float>(ax) * score;
      sum_y += static_cast<float>(ay) * score;
      sum += score;
    }
  }
  return {sum_x / sum, sum_y / sum,
          plane[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)]};
}

// The upsampled field of a limb.
struct CubicField {
  ConstView view;
  const CubicAxis& x;
  const CubicAxis& y;

  static int Nearest(float position, const CubicAxis& axis) {
    return std::clamp(static_cast<int>(position + 0.5f), 0, axis.target() - 1);
  }
  // Along the direction (dx, dy).
  float At(float px, float py, float dx, float dy, const Limb& limb) const {
    const int column = Nearest(px, x), row = Nearest(py, y);
    return dx * SampleCubic(view, x, y, column, row, limb.field_x) +
           dy * SampleCubic(view, x, y, column, row, limb.field_y);
  }
};

// The mean of the good samples where there are enough, or nothing.
std::optional<float> ScoreLimb(const CubicField& field, const Limb& limb, const RefinedPeak& from,
                               const RefinedPeak& to, const DecodeOptions& options) {
  const float x = to.x - from.x, y = to.y - from.y, length = std::sqrt(x * x + y * y);
  if (!(length > 1e-6f)) return std::nullopt;
  const float longer = std::max(std::fabs(x), std::fabs(y));
  const int samples = std::clamp(static_cast<int>(std::sqrt(5 * longer) + 0.5f), kFewestSamples, kMostSamples);
  float sum = 0;
  int good = 0;
  for (int i = 0; i < samples; ++i) {
    const float way = static_cast<float>(i) / static_cast<float>(samples);
    const float score = field.At(from.x + way * x, from.y + way * y, x / length, y / length, limb);
    if (!(score > options.paf_threshold)) continue;
    sum += score;
    ++good;
  }
  if (static_cast<float>(good) / static_cast<float>(samples) > options.min_paf_ratio) {
    return sum / static_cast<float>(good);
  }
  const float area = static_cast<float>(field.x.target()) * static_cast<float>(field.y.target());
  if (length < std::sqrt(area) * kCloseShare) return kCloseScore;
  return std::nullopt;
}

bool IsOfFoot(const SkeletonKeypoint& keypoint) {
  return keypoint.name.ends_with("_toe") || keypoint.name.ends_with("_heel");
}

// Keypoints that count for whether there is somebody.
int CountedParts(const Skeleton& skeleton, const OpenPosePerson& person) {
  int parts = person.parts;
  for (size_t k = 0; k < person.peaks.size(); ++k) {
    if (person.peaks[k] != kMissing && IsOfFoot(skeleton.keypoints[k])) --parts;
  }
  return parts;
}

// Those of the highest scores, in their order; 0: all.
void KeepBestPeople(int max_people, std::vector<Person>* people) {
  const size_t limit = static_cast<size_t>(max_people);
  if (limit == 0 || people->size() <= limit) return;
  std::vector<size_t> order(people->size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return (*people)[a].score > (*people)[b].score; });
  order.resize(limit);
  std::ranges::sort(order);
  std::vector<Person> kept;
  for (const size_t i : order) kept.push_back(std::move((*people)[i]));
  *people = std::move(kept);
}

}  // namespace

std::vector<RefinedPeak> FindRefinedPeaks(std::span<const float> plane, int width, float threshold, int most,
                                          float offset_x, float offset_y) {
  std::vector<RefinedPeak> peaks;
  const int height = static_cast<int>(plane.size()) / width;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (!IsPeak(plane, width, height, x, y, threshold)) continue;
      if (static_cast<int>(peaks.size()) == most) return peaks;
      RefinedPeak peak = Refine(plane, width, height, x, y);
      peak.x += offset_x;
      peak.y += offset_y;
      peaks.push_back(peak);
    }
  }
  return peaks;
}

std::vector<ScoredLimb> OpenPoseDecoder::ScoreLimbs(ConstView fields, const RefinedPeaks& peaks,
                                                    const DecodeOptions& options) const {
  const CubicField field = {fields, x_, y_};
  std::vector<ScoredLimb> scored;
  for (size_t l = 0; l < description_.skeleton.limbs.size(); ++l) {
    const Limb& limb = description_.skeleton.limbs[l];
    const auto &from = peaks[static_cast<size_t>(limb.from)], &to = peaks[static_cast<size_t>(limb.to)];
    for (size_t a = 0; a < from.size(); ++a) {
      for (size_t b = 0; b < to.size(); ++b) {
        const std::optional<float> score = ScoreLimb(field, limb, from[a], to[b], options);
        if (!score || !(*score > kLeastScore)) continue;
        const float total = *score + kPeakWeight * from[a].score + kPeakWeight * to[b].score;
        scored.push_back({total, *score, static_cast<int>(l), static_cast<int>(a), static_cast<int>(b)});
      }
    }
  }
  return scored;
}

Result<std::vector<Person>> OpenPoseDecoder::Decode(const Maps& maps, const MapGeometry& geometry,
                                                    const DecodeOptions& options) {
  const Skeleton& skeleton = description_.skeleton;
  const int stride = description_.heads.stride;
  x_.Configure(maps.heat.width, maps.heat.width * stride);
  y_.Configure(maps.heat.height, maps.heat.height * stride);
  // Pixels of the picture for one of the network's input.
  const float scale_x = static_cast<float>(geometry.picture_width) / static_cast<float>(geometry.content_width);
  const float scale_y = static_cast<float>(geometry.picture_height) / static_cast<float>(geometry.content_height);
  times_ = {};
  Stopwatch stopwatch;
  RefinedPeaks peaks;
  for (int k = 0; k < skeleton.keypoint_count(); ++k) {
    UpsampleCubic(maps.heat, x_, y_, k, &rows_, &plane_);
    times_.smoothing += stopwatch.Lap();
    // Half a pixel of the picture.
    peaks.push_back(FindRefinedPeaks(plane_, x_.target(), options.peak_threshold, options.max_peaks, 0.5f / scale_x,
                                     0.5f / scale_y));
    times_.peaks += stopwatch.Lap();
  }
  std::vector<ScoredLimb> limbs = ScoreLimbs(maps.fields, peaks, options);
  times_.limbs = stopwatch.Lap();
  std::vector<OpenPosePerson> found = ConnectPeople(skeleton, peaks, std::move(limbs));

  const float all_parts = static_cast<float>(skeleton.keypoints.size() + skeleton.limbs.size());
  const int least_parts = std::min(options.min_parts, skeleton.keypoint_count());
  std::vector<Person> people;
  for (const OpenPosePerson& each : found) {
    const int parts = CountedParts(skeleton, each);
    if (parts < least_parts || each.sum / static_cast<float>(parts) < options.min_score) continue;
    Person person;
    person.score = each.sum / all_parts;
    person.keypoints.resize(skeleton.keypoints.size());
    for (size_t k = 0; k < person.keypoints.size(); ++k) {
      if (each.peaks[k] == kMissing) continue;
      const RefinedPeak& peak = peaks[k][static_cast<size_t>(each.peaks[k])];
      person.keypoints[k] = {peak.x * scale_x, peak.y * scale_y, peak.score};
    }
    people.push_back(std::move(person));
  }
  KeepBestPeople(options.max_people, &people);
  times_.assembly = stopwatch.Lap();
  return people;
}

}  // namespace sinew::pose
