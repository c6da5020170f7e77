// Peaks of the smoothed heat maps: where keypoints may be.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/view.h"
#include "pose/area_axis.h"
#include "pose/smoothing.h"
#include "simd/target.h"

namespace sinew::pose {

// A pixel of the upsampled map whose smoothed value is above the threshold and no less than its eight neighbours'.
struct Peak {
  int x = 0, y = 0;
  float score = 0;     // the heat there, not smoothed
  float smoothed = 0;  // smoothed
  // From the pixel's centre to the top of the parabola through it and its neighbours in the row and the column, -1/2 to
  // 1/2; 0 where a neighbour is outside the map or not above the threshold.
  float shift_x = 0, shift_y = 0;
};

// All peaks of a picture: those of keypoint k are [begin(k), begin(k + 1)), from top to bottom and left to right. An
// index into them identifies a peak.
struct PeakList {
  std::vector<Peak> peaks;
  std::vector<int> offsets;  // one more than there are keypoints

  int begin(int keypoint) const { return offsets[keypoint]; }
  std::span<const Peak> of(int keypoint) const {
    return std::span(peaks).subspan(offsets[keypoint], offsets[keypoint + 1] - offsets[keypoint]);
  }
};

// Keeps its scratch between calls.
class PeakFinder {
 public:
  // `target` must be supported.
  explicit PeakFinder(simd::Target target = simd::PreferredTarget())
      : loops_(SmoothRowsFor(target)), smoother_(target) {}

  // Finds the peaks of heat maps, a channel a keypoint, whose upsampled size the axes give: at most `max_peaks` of each
  // keypoint (the highest smoothed ones, of equal ones the first).
  void Find(ConstView heat, const AreaAxis& x, const AreaAxis& y, int taps, float threshold, int max_peaks,
            PeakList* result);

  // Of the last Find, what upsampling and smoothing took.
  double smoothing_seconds() const { return smoothing_seconds_; }

 private:
  void FindInPlane(const float* plane, int rows, float threshold, size_t max_peaks, std::vector<Peak>* found);

  SmoothRows loops_;
  Smoother smoother_;
  AlignedBuffer<float> planes_;  // the keypoints' heat, one after another
  AlignedBuffer<float> rows_;    // the smoothed rows of a band in turn, and one of -infinity for outside the map
  size_t row_stride_ = 0;
  std::vector<float> row_maxima_;  // of the plane that is searched, 0 or more
  std::vector<bool> flat_;         // its smoothed rows that can have no peak
  std::vector<int> positions_;
  std::vector<Peak> found_;
  double smoothing_seconds_ = 0;
};

// All channels of NHWC `heat` into planes of PaddedColumns(width) * height floats, padded with zeros.
void SplitHeat(ConstView heat, float* planes);

}  // namespace sinew::pose
