// What the decoding kernels are told: sizes, weights and thresholds as plain numbers, so that neither a skeleton nor a
// size is compiled in. pose/device_decode.h fills it from the tables of the processor's decoder, which both therefore
// share.
#pragma once

#include <cstdint>
#include <vector>

namespace sinew::cuda {

// One axis of the upsampled maps in terms of the cells: position u is the sum over i < offset[u + 1] - offset[u] of
// weights[offset[u] + i] times cell first[u] + i. `is_whole`: every position is one cell, unweighted.
struct AxisPlan {
  int cells = 0, positions = 0;
  bool is_whole = false;
  std::vector<int32_t> first, offset;
  std::vector<float> weights;
};

// Samples on each limb, at 0, 1/10 .. 9/10 of the way.
inline constexpr int kLimbSamples = 10;

// A pair of keypoints, and the channels, among all of the field part's output, that hold the field pointing from one to
// the other.
struct LimbPlan {
  int32_t from = 0, to = 0;
  int32_t channel_x = 0, channel_y = 0;
};

// The channels of one of the network's outputs that mean something.
struct MapPart {
  int32_t output = 0;
  int32_t first = 0, count = 0;
};
inline constexpr int kMaxMapParts = 2;

struct DecodePlan {
  std::vector<MapPart> parts;  // 1 or 2, in the order in which their values are checked
  int heat_part = 0, field_part = 0;
  AxisPlan x, y;

  // Smoothing down the columns: upsampled row y sums row_taps rows of cells, row_weights[y * row_taps + i] times row
  // row_first[y] + i.
  int row_taps = 0;
  std::vector<int32_t> row_first;
  std::vector<float> row_weights;
  // Along a row: position x = c * phases + p sums column_taps values, column_weights[p * column_taps + k] times the
  // value at c + k - reach_left. These are cells where x.is_whole, otherwise upsampled positions (and phases is 1); 0
  // outside.
  int phases = 0, column_taps = 0, reach_left = 0;
  std::vector<float> column_weights;

  std::vector<int32_t> heat_channels;  // of each keypoint, among all of the heat part's output
  std::vector<LimbPlan> limbs;
  float peak_threshold = 0;  // 0 or more
  int max_peaks = 0;         // of each keypoint, the highest
  float paf_threshold = 0;
  int min_samples = 0;
};

// A peak of a smoothed heat map, in upsampled positions.
struct FoundPeak {
  int32_t x = 0, y = 0;
  float score = 0;  // not smoothed
  float smoothed = 0;
  float shift_x = 0, shift_y = 0;  // to the top of the parabola through it and its neighbours (pose/peaks.h)
};

// Two peaks, counted within those of their keypoints, with a positive score.
struct ScoredPair {
  int32_t from = 0, to = 0;
  float score = 0;
};

// More of one keypoint or limb than this only meaningless maps have; they are left to the processor's decoder. What a
// crowd of a hundred needs fits several times.
inline constexpr int kPeakCapacity = 512;
inline constexpr int kPairCapacity = 4096;

inline constexpr uint32_t kAllFinite = 0xffffffffu;

}  // namespace sinew::cuda
