// Finds peaks while smoothing, a band of rows at a time: the smoothed map is never stored. Most of a heat map is nearly
// zero: rows that cannot reach the threshold are not even computed. Beside a peak they count as -infinity, lower than
// it either way.
#include "pose/peaks.h"

#include <algorithm>
#include <limits>

#include "base/stopwatch.h"

namespace sinew::pose {
namespace {

// Rows that are smoothed and then searched. With the rows around them they stay in the L1 cache, 1.3 kB each at 656
// pixels and ratio 4, and reading the clock twice a band costs a hundredth of the time.
constexpr int kBandRows = 16;
constexpr int kRingRows = kBandRows + 2;
constexpr size_t kMaxSpare = 4096;  // peaks beyond the limit that are cheaper to keep than to sort out

// Keeps the `limit` highest, in the order that they had.
void KeepHighest(size_t limit, std::vector<Peak>* peaks) {
  if (peaks->size() <= limit) return;
  std::stable_sort(peaks->begin(), peaks->end(), [](const Peak& a, const Peak& b) { return a.smoothed > b.smoothed; });
  peaks->resize(limit);
  std::sort(peaks->begin(), peaks->end(),
            [](const Peak& a, const Peak& b) { return a.y != b.y ? a.y < b.y : a.x < b.x; });
}

// The top of the parabola through three values at -1, 0 and 1, the middle one being no less than the others. What is
// not above the threshold is not known exactly.
float TopOfParabola(float before, float peak, float after, float threshold) {
  const float curvature = (peak - before) + (peak - after);
  if (!(before > threshold && after > threshold && curvature > 0)) return 0;
  return 0.5f * (after - before) / curvature;
}

// Channels that are split at once: the loop over them has a constant bound.
constexpr int kSplitChannels = 6;

template <int kChannels>
void SplitRow(const float* cell, int width, size_t pixel_stride, size_t plane, float* row) {
  for (int x = 0; x < width; ++x, cell += pixel_stride) {
    for (int k = 0; k < kChannels; ++k) row[k * plane + x] = cell[k];
  }
}

}  // namespace

void SplitHeat(ConstView heat, float* planes) {
  const size_t columns = PaddedColumns(heat.width), plane = columns * heat.height;
  for (int y = 0; y < heat.height; ++y) {
    const float* cells = heat.data + static_cast<size_t>(y) * heat.width * heat.pixel_stride;
    float* row = planes + y * columns;
    int k = 0;
    for (; k + kSplitChannels <= heat.channels; k += kSplitChannels)
      SplitRow<kSplitChannels>(cells + k, heat.width, heat.pixel_stride, plane, row + k * plane);
    for (; k < heat.channels; ++k) SplitRow<1>(cells + k, heat.width, heat.pixel_stride, plane, row + k * plane);
    for (k = 0; k < heat.channels; ++k) std::fill(row + k * plane + heat.width, row + k * plane + columns, 0.0f);
  }
}

void PeakFinder::FindInPlane(const float* plane, int rows, float threshold, size_t max_peaks,
                             std::vector<Peak>* found) {
  // The guard before a row's first cell belongs to it: see row_stride_.
  const auto ring = [&](int y) { return rows_.data() + kRowPadding + y % kRingRows * row_stride_; };
  const float* const outside = rows_.data() + kRowPadding + kRingRows * row_stride_;
  const auto row_at = [&](int y) { return y < 0 || y >= rows || flat_[y] ? outside : ring(y); };
  flat_.resize(rows);
  for (int y = 0; y < rows; ++y) flat_[y] = smoother_.IsBelow(threshold, row_maxima_.data(), y);
  int smoothed = 0;
  for (int y = 0; y < rows; ++y) {
    if (y % kBandRows == 0) {
      const Stopwatch stopwatch;
      for (const int end = std::min(y + kBandRows + 1, rows); smoothed < end; ++smoothed) {
        if (!flat_[smoothed]) smoother_.Row(plane, smoothed, threshold, ring(smoothed));
      }
      smoothing_seconds_ += stopwatch.Seconds();
    }
    if (flat_[y]) continue;
    const float *const above = row_at(y - 1), *const row = ring(y), *const below = row_at(y + 1);
    const size_t count = loops_.find_row_peaks(above, row, below, smoother_.phases(), smoother_.cells(),
                                               smoother_.phase_stride(), threshold, positions_.data());
    std::sort(positions_.begin(), positions_.begin() + count);
    for (size_t i = 0; i < count; ++i) {
      const int x = positions_[i];
      const size_t at = smoother_.IndexOf(x);
      const float peak = row[at];
      const float left = x > 0 ? row[smoother_.IndexOf(x - 1)] : kNoFloor;
      const float right = x + 1 < smoother_.positions() ? row[smoother_.IndexOf(x + 1)] : kNoFloor;
      found->push_back({x, y, 0.0f, peak, TopOfParabola(left, peak, right, threshold),
                        TopOfParabola(above[at], peak, below[at], threshold)});
    }
    // A plateau makes a peak of every pixel: what cannot be kept anyway must not pile up.
    if (found->size() > 4 * max_peaks + kMaxSpare) KeepHighest(max_peaks, found);
  }
  KeepHighest(max_peaks, found);
}

void PeakFinder::Find(ConstView heat, const AreaAxis& x, const AreaAxis& y, int taps, float threshold, int max_peaks,
                      PeakList* result) {
  Stopwatch stopwatch;
  smoother_.Configure(x, y, taps);
  const size_t columns = PaddedColumns(heat.width), plane = columns * heat.height;
  const size_t keypoints = static_cast<size_t>(heat.channels);
  if (planes_.size() < plane * keypoints) planes_ = AlignedBuffer<float>(plane * keypoints);
  row_stride_ = smoother_.row_size() + kRowPadding;
  const size_t rows_size = kRowPadding + (kRingRows + 1) * row_stride_ + kRowPadding;
  if (rows_.size() < rows_size) rows_ = AlignedBuffer<float>(rows_size);
  std::fill_n(rows_.data(), rows_size, -std::numeric_limits<float>::infinity());
  positions_.resize(x.target());
  row_maxima_.resize(heat.height);
  SplitHeat(heat, planes_.data());
  smoothing_seconds_ = stopwatch.Lap();

  result->peaks.clear();
  result->offsets.clear();
  for (int k = 0; k < heat.channels; ++k) {
    result->offsets.push_back(static_cast<int>(result->peaks.size()));
    found_.clear();
    const float* const values = planes_.data() + k * plane;
    for (int row = 0; row < heat.height; ++row)
      row_maxima_[row] = std::max(loops_.row_maximum(values + row * columns, columns), 0.0f);
    FindInPlane(values, y.target(), threshold, max_peaks, &found_);
    for (Peak& peak : found_) {
      peak.score = SampleArea(heat.data, heat.pixel_stride, x, y, peak.x, peak.y, k);
      result->peaks.push_back(peak);
    }
  }
  result->offsets.push_back(static_cast<int>(result->peaks.size()));
}

}  // namespace sinew::pose
