// Gaussian smoothing of upsampled heat maps, row by row, without upsampling them.
//
// The definition: the map is upsampled (area_axis.h), zeros are put around it (SAME), and it is convolved with
//   kernel[i][j] = g[i] g[j],  g = sqrt(k) / sum(sqrt(k)),
//   k = differences of the normal distribution function at taps + 1 points evenly over +-(3 + 3.5 / taps).
// Both steps are linear and separable, so an upsampled row is a weighted sum of a few rows of the small map: about
// taps / ratio + 1 of them, their weights computed once in double. Along a row with a whole ratio r the same holds with
// r sets of weights, one for each phase x % r (a polyphase filter), and values outside the small map are zeros exactly
// where the definition puts zeros. Without a whole ratio a row is upsampled first and filtered with `taps` taps.
//
// Rows come out phase by phase: the value of x = cell * phases() + phase lies at [phase * phase_stride() + cell].
// In that order both the filter and the search for peaks run along plain vectors.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "base/aligned_buffer.h"
#include "pose/area_axis.h"
#include "pose/smooth_rows.h"
#include "simd/target.h"

namespace sinew::pose {

// g above; {1} for 0 and 1 taps.
std::vector<double> GaussianTaps(int taps);

// Floats that kernels may read past the end of a row, and columns are rounded up to: the widest vector there is.
inline constexpr int kRowPadding = 16;

// Columns of the small map, rounded up for the kernels. The padding of a plane's rows must be zeros.
inline size_t PaddedColumns(int columns) {
  return (static_cast<size_t>(columns) + kRowPadding - 1) / kRowPadding * kRowPadding;
}

inline constexpr float kNoFloor = -std::numeric_limits<float>::infinity();

class Smoother {
 public:
  // `target` must be supported.
  explicit Smoother(simd::Target target = simd::PreferredTarget()) : rows_(SmoothRowsFor(target)) {}

  // `x` and `y` must outlive the Smoother's use.
  void Configure(const AreaAxis& x, const AreaAxis& y, int taps);

  int phases() const { return phases_; }
  int cells() const { return cells_; }  // of each phase
  size_t phase_stride() const { return phase_stride_; }
  size_t row_size() const { return phase_stride_ * phases_; }
  int positions() const { return phases_ * cells_; }
  // Where the value of position `x` lies in a row.
  size_t IndexOf(int x) const { return x % phases_ * phase_stride_ + x / phases_; }

  // The weights, for doing the same elsewhere. Upsampled row y is the sum over i < row_taps() of row_weights()[y *
  // row_taps() + i] times row row_first()[y] + i of the small map; position cell * phases() + phase of it is then the
  // sum over k < column_taps() of column_weights()[phase * column_taps() + k] times value cell + k - reach_left(), of
  // the cells where the ratio is whole and of the upsampled positions where it is not, 0 outside.
  int row_taps() const { return row_taps_; }
  const std::vector<int>& row_first() const { return row_first_; }
  const std::vector<float>& row_weights() const { return row_weights_; }
  int column_taps() const { return column_taps_; }
  int reach_left() const { return reach_left_; }
  const std::vector<float>& column_weights() const { return column_weights_; }

  // Row `y` of the smoothed upsampled `plane`: the small map of one keypoint, PaddedColumns(width) floats a row. Values
  // that are not above `floor` (0 or more, or kNoFloor) may come out as -infinity: most of a heat map need not be
  // computed. Writes row_size() floats beginning at `row`; those of a phase from cells() up to PaddedColumns(cells())
  // become -infinity, the rest of its stride is left alone.
  void Row(const float* plane, int y, float floor, float* row);

  // Whether no value of that row is above `floor`, as far as can be told without computing it. `row_maxima` holds the
  // greatest value of each row of the plane, or 0 where all are below.
  bool IsBelow(float floor, const float* row_maxima, int y) const;

 private:
  struct Key {
    int x_source = 0, x_target = 0, y_source = 0, y_target = 0, taps = 0;
    bool operator==(const Key&) const = default;
  };
  void ConfigureColumns(const std::vector<double>& gaussian);
  void ConfigureRows(const std::vector<double>& gaussian);

  SmoothRows rows_;
  Key key_;
  const AreaAxis* x_ = nullptr;
  const AreaAxis* y_ = nullptr;
  // Across rows: upsampled row y sums row_taps_ rows from row_first_[y] on.
  int row_taps_ = 0;
  std::vector<int> row_first_;
  std::vector<float> row_weights_;
  // Along a row: cell c of phase p sums column_taps_ cells from c - reach_left_ on.
  int phases_ = 0, cells_ = 0, reach_left_ = 0, column_taps_ = 0;
  size_t phase_stride_ = 0;
  std::vector<float> column_weights_;
  AlignedBuffer<float> combined_;  // one row of the small map's width, zeros on both sides
  AlignedBuffer<float> expanded_;  // the same upsampled, where the ratio is not whole
};

}  // namespace sinew::pose
