// Maps to peaks and scored pairs: the bodies of the decoding kernels.
//
// The same operations in the same order as the processor's decoder (pose/smooth_rows.cc, pose/limbs.cc), so that the
// results have the same bits: products that it fuses with their sum are Fma here, all others round by themselves (nvcc
// -fmad=false, -ffp-contract=off). Nothing depends on the order in which blocks or threads run.
//
//   SplitValue   every value of the maps: is it finite? Heat goes into planes, one a keypoint.
//   FindInTile   a tile of a smoothed, upsampled plane, which is never stored: one bit a pixel, set for a peak
//   ListPeaks    the bits of a plane become its peaks, from top to bottom and left to right
//   ScorePairs   all pairs of peaks that a limb may join
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "backends/cuda/pose/block-inl.h"
#include "backends/cuda/pose/decode_plan.h"
#include "backends/cuda/pose/values-inl.h"

namespace sinew::cuda {

// DecodePlan with its arrays where the kernels run.
struct AxisTables {
  int cells, positions;
  bool is_whole;
  const int32_t* first;
  const int32_t* offset;
  const float* weights;
};
struct DecodeTables {
  AxisTables x, y;
  int row_taps;
  const int32_t* row_first;
  const float* row_weights;
  int phases, column_taps, reach_left;
  const float* column_weights;
  int keypoints, limb_count;
  const int32_t* plane_of_channel;  // the keypoint whose heat a channel of the heat part holds, or -1
  const LimbPlan* limbs;
  float peak_threshold;
  int max_peaks;
  float paf_threshold;
  int min_samples;
};

// The maps of a batch: DecodePlan::parts with the outputs that they are in.
struct MapParts {
  int count;
  View views[kMaxMapParts];
  int first[kMaxMapParts], channels[kMaxMapParts];
  int heat, fields;  // which part
};

// What lies between the kernels, and their results. Arrays hold one part a picture, each as long as said.
struct DecodeBuffers {
  uint32_t*
      not_finite;       // 1: the index (cell * channels + channel) of the first value that is not finite, or kAllFinite
  float* planes;        // keypoints * cells
  uint32_t* peak_bits;  // keypoints * BitWords(tables); pixel x of row y is bit x % 32 of word y * words a row + x / 32
  FoundPeak* peaks;     // keypoints * kPeakCapacity
  int32_t* peak_counts;  // keypoints; above kPeakCapacity: not listed
};
// Once more, where the processor reads it; a kernel writes no more than was found.
struct DecodeResults {
  uint32_t* not_finite;     // 1
  float* not_finite_value;  // 1
  FoundPeak* peaks;         // keypoints * kPeakCapacity
  int32_t* peak_counts;     // keypoints
  ScoredPair* pairs;        // limbs * kPairCapacity
  int32_t* pair_counts;     // limbs; above kPairCapacity: not all listed
};

SINEW_HOST_DEVICE inline float Fma(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}

SINEW_HOST_DEVICE inline int CellCount(const DecodeTables& t) { return t.x.cells * t.y.cells; }
SINEW_HOST_DEVICE inline int WordsPerRow(const DecodeTables& t) { return (t.x.positions + 31) / 32; }
SINEW_HOST_DEVICE inline int BitWords(const DecodeTables& t) { return WordsPerRow(t) * t.y.positions; }
SINEW_HOST_DEVICE inline int Least(int a, int b) { return a < b ? a : b; }
SINEW_HOST_DEVICE inline int Most(int a, int b) { return a > b ? a : b; }

// Values are counted part by part, in each cell by cell.
struct MapValue {
  int part, cell, channel;  // counted within the part
};
SINEW_HOST_DEVICE inline int ValueCount(const DecodeTables& t, const MapParts& maps) {
  return CellCount(t) * (maps.channels[0] + (maps.count > 1 ? maps.channels[1] : 0));
}
SINEW_HOST_DEVICE inline MapValue ValueOf(const DecodeTables& t, const MapParts& maps, int index) {
  const int first_part = CellCount(t) * maps.channels[0];
  const int part = index < first_part ? 0 : 1;
  if (part == 1) index -= first_part;
  return {part, index / maps.channels[part], index % maps.channels[part]};
}
SINEW_HOST_DEVICE inline float LoadMap(const View& view, int picture, int cell, int channel) {
  return LoadValue(view.data, view.type, ValueIndex(view, picture, cell, channel));
}

SINEW_HOST_DEVICE inline void SplitValue(const MapParts& maps, int picture, int index, const DecodeTables& t,
                                         const DecodeBuffers& buffers) {
  const MapValue at = ValueOf(t, maps, index);
  const float value = LoadMap(maps.views[at.part], picture, at.cell, maps.first[at.part] + at.channel);
  if (!IsFinite(value)) CombineLeast(static_cast<uint32_t>(index), buffers.not_finite + picture);
  if (at.part != maps.heat) return;
  const int keypoint = t.plane_of_channel[at.channel];
  if (keypoint < 0) return;
  buffers.planes[(static_cast<size_t>(picture) * t.keypoints + keypoint) * CellCount(t) + at.cell] = value;
}

// Value of an upsampled position; cell(x, y) gives that of a cell.
template <class Cell>
SINEW_HOST_DEVICE float SampleArea(const DecodeTables& t, int x, int y, Cell cell) {
  const int x0 = t.x.first[x], y0 = t.y.first[y];
  if (t.x.is_whole && t.y.is_whole) return cell(x0, y0);
  const int x_begin = t.x.offset[x], y_begin = t.y.offset[y];
  const int columns = t.x.offset[x + 1] - x_begin, rows = t.y.offset[y + 1] - y_begin;
  float sum = 0;
  for (int i = 0; i < rows; ++i) {
    float row = 0;
    for (int j = 0; j < columns; ++j) row += t.x.weights[x_begin + j] * cell(x0 + j, y0 + i);
    sum += t.y.weights[y_begin + i] * row;
  }
  return sum;
}

// The weighted sum of the cells above and below: column `cell_x` of upsampled row y.
SINEW_HOST_DEVICE inline float CombineRows(const DecodeTables& t, const float* plane, int cell_x, int y) {
  const float* const weights = t.row_weights + static_cast<size_t>(y) * t.row_taps;
  const float* column = plane + static_cast<size_t>(t.row_first[y]) * t.x.cells + cell_x;
  float sum = 0;
  for (int i = 0; i < t.row_taps; ++i, column += t.x.cells) sum = Fma(weights[i], *column, sum);
  return sum;
}

// The upsampled value at x of a row of cells.
template <class Cell>
SINEW_HOST_DEVICE float ExpandRow(const DecodeTables& t, int x, Cell cell) {
  const int begin = t.x.offset[x], count = t.x.offset[x + 1] - begin;
  float sum = 0;
  for (int i = 0; i < count; ++i) sum += t.x.weights[begin + i] * cell(t.x.first[x] + i);
  return sum;
}

// What a row's filter runs over: cells or upsampled positions.
SINEW_HOST_DEVICE inline int FilterInputs(const DecodeTables& t) { return t.x.is_whole ? t.x.cells : t.x.positions; }

// input(i) for 0 <= i < FilterInputs.
template <class Input>
SINEW_HOST_DEVICE float FilterAt(const DecodeTables& t, int x, Input input) {
  const int first = x / t.phases - t.reach_left, inputs = FilterInputs(t);
  const float* const weights = t.column_weights + static_cast<size_t>(x % t.phases) * t.column_taps;
  float sum = 0;
  for (int k = 0; k < t.column_taps; ++k) {
    const int i = first + k;
    if (i >= 0 && i < inputs) sum = Fma(weights[k], input(i), sum);
  }
  return sum;
}

// One smoothed value by itself.
SINEW_HOST_DEVICE inline float SmoothedAt(const DecodeTables& t, const float* plane, int x, int y) {
  const auto combined = [&](int cell_x) { return CombineRows(t, plane, cell_x, y); };
  if (t.x.is_whole) return FilterAt(t, x, combined);
  return FilterAt(t, x, [&](int u) { return ExpandRow(t, u, combined); });
}

// The top of the parabola through three smoothed values at -1, 0 and 1; 0 where one is not above the threshold.
SINEW_HOST_DEVICE inline float TopOfParabola(float before, float peak, float after, float threshold) {
  const float curvature = (peak - before) + (peak - after);
  if (!(before > threshold && after > threshold && curvature > 0)) return 0;
  return 0.5f * (after - before) / curvature;
}

// 64 pixels a row: two words of bits, and little enough around the tile compared with what is in it.
inline constexpr int kTileWidth = 64, kTileHeight = 16;
inline constexpr int kTileThreads = 256;
// Inputs of the filter that a tile and the pixels around it reach with the longest filter (101 taps) and without any
// upsampling, and a cell on both sides for ratios that are not whole.
inline constexpr int kTileInputs = kTileWidth + 2 + 100 + 2;

struct TileMemory {
  float combined[kTileHeight + 2][kTileInputs];
  float expanded[kTileHeight + 2][kTileInputs];
  float smoothed[kTileHeight + 2][kTileWidth + 2];
  uint32_t bits[kTileHeight][kTileWidth / 32];
  uint32_t any_above;
};

// The first and the number of the filter's inputs, and of the cells that they come from, for the positions x_first ..
// x_last.
struct TileInputs {
  int first, count;
  int first_cell, cell_count;
};
SINEW_HOST_DEVICE inline TileInputs InputsOf(const DecodeTables& t, int x_first, int x_last) {
  const int first = Most(x_first / t.phases - t.reach_left, 0);
  const int last = Least(x_last / t.phases - t.reach_left + t.column_taps, FilterInputs(t)) - 1;
  if (t.x.is_whole) return {first, last - first + 1, first, last - first + 1};
  const int end_cell = t.x.first[last] + t.x.offset[last + 1] - t.x.offset[last];
  return {first, last - first + 1, t.x.first[first], end_cell - t.x.first[first]};
}

// Weights are not negative and sum up to 1 at most: no result is above its greatest input, but for rounding.
inline constexpr float kBelow = 1 - 1e-5f;

SINEW_HOST_DEVICE inline void FindInTile(const PhasedBlock& block, const DecodeTables& t, const DecodeBuffers& buffers,
                                         int picture, int keypoint, int tile_x, int tile_y, TileMemory* memory) {
  const size_t part = static_cast<size_t>(picture) * t.keypoints + keypoint;
  const float* const plane = buffers.planes + part * CellCount(t);
  const int width = t.x.positions, height = t.y.positions;
  const int left = tile_x * kTileWidth, top = tile_y * kTileHeight;
  const int x_first = Most(left - 1, 0), x_last = Least(left + kTileWidth, width - 1);
  const int y_first = Most(top - 1, 0), y_last = Least(top + kTileHeight, height - 1);
  const int rows = y_last - y_first + 1;
  const TileInputs inputs = InputsOf(t, x_first, x_last);
  block.ForEach(kTileHeight * (kTileWidth / 32), [&](int i) {
    memory->bits[i / (kTileWidth / 32)][i % (kTileWidth / 32)] = 0;
    if (i == 0) memory->any_above = 0;
  });
  block.ForEach(rows * inputs.cell_count, [&](int i) {
    const int row = i / inputs.cell_count, column = i % inputs.cell_count;
    const float value = CombineRows(t, plane, inputs.first_cell + column, y_first + row);
    memory->combined[row][column] = value;
    if (value > t.peak_threshold * kBelow) CombineOr(1, &memory->any_above);
  });
  const bool any_above = memory->any_above != 0;  // most of a heat map is nearly zero
  if (any_above) {
    if (!t.x.is_whole) {
      block.ForEach(rows * inputs.count, [&](int i) {
        const int row = i / inputs.count, u = inputs.first + i % inputs.count;
        memory->expanded[row][u - inputs.first] =
            ExpandRow(t, u, [&](int cell) { return memory->combined[row][cell - inputs.first_cell]; });
      });
    }
    const auto& filtered = t.x.is_whole ? memory->combined : memory->expanded;
    block.ForEach((kTileHeight + 2) * (kTileWidth + 2), [&](int i) {
      const int row = i / (kTileWidth + 2), column = i % (kTileWidth + 2);
      const int x = left - 1 + column, y = top - 1 + row;
      float value = -HUGE_VALF;  // outside the map
      if (x >= 0 && x < width && y >= 0 && y < height) {
        const float* const input = filtered[y - y_first];
        value = FilterAt(t, x, [&](int u) { return input[u - inputs.first]; });
      }
      memory->smoothed[row][column] = value;
    });
    block.ForEach(kTileHeight * kTileWidth, [&](int i) {
      const int row = i / kTileWidth, column = i % kTileWidth;
      const float value = memory->smoothed[row + 1][column + 1];
      bool is_peak = value > t.peak_threshold;
      for (int v = row; v <= row + 2; ++v) {
        for (int u = column; u <= column + 2; ++u) is_peak = is_peak && memory->smoothed[v][u] <= value;
      }
      if (is_peak) CombineOr(1u << column % 32, &memory->bits[row][column / 32]);
    });
  }
  block.ForEach(kTileHeight * (kTileWidth / 32), [&](int i) {
    const int row = i / (kTileWidth / 32), column = i % (kTileWidth / 32);
    const int y = top + row, word = left / 32 + column;
    if (y >= height || word >= WordsPerRow(t)) return;
    buffers.peak_bits[part * BitWords(t) + static_cast<size_t>(y) * WordsPerRow(t) + word] = memory->bits[row][column];
  });
}

inline constexpr int kListThreads = 256;

struct ListMemory {
  int counts[kListThreads];
  ScanScratch scan;
  FoundPeak found[kPeakCapacity];
  int kept[kListThreads];
};

SINEW_HOST_DEVICE inline int BitCount(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __popc(bits);
#else
  return __builtin_popcount(bits);
#endif
}
SINEW_HOST_DEVICE inline int LowestBit(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __ffs(static_cast<int>(bits)) - 1;
#else
  return __builtin_ctz(bits);
#endif
}

// Whether fewer than `limit` of the peaks are higher than peak `i`, or as high and before it.
SINEW_HOST_DEVICE inline bool IsAmongHighest(const FoundPeak* found, int count, int i, int limit) {
  int before = 0;
  for (int j = 0; j < count; ++j) {
    before += found[j].smoothed > found[i].smoothed || (found[j].smoothed == found[i].smoothed && j < i);
  }
  return before < limit;
}

SINEW_HOST_DEVICE inline void ListPeaks(const PhasedBlock& block, const DecodeTables& t, const MapParts& maps,
                                        const DecodeBuffers& buffers, const DecodeResults& results, int picture,
                                        int keypoint, ListMemory* memory) {
  const size_t part = static_cast<size_t>(picture) * t.keypoints + keypoint;
  const uint32_t* const bits = buffers.peak_bits + part * BitWords(t);
  const float* const plane = buffers.planes + part * CellCount(t);
  const int words = BitWords(t), per_thread = (words + block.threads() - 1) / block.threads();
  const auto store = [&](int index, const FoundPeak& peak) {
    buffers.peaks[part * kPeakCapacity + index] = peak;
    results.peaks[part * kPeakCapacity + index] = peak;
  };
  const auto store_count = [&](int count) {
    buffers.peak_counts[part] = count;
    results.peak_counts[part] = count;
  };
  if (keypoint == 0) {
    block.ForEach(1, [&](int) {
      const uint32_t bad = results.not_finite[picture] = buffers.not_finite[picture];
      if (bad == kAllFinite) return;
      const MapValue at = ValueOf(t, maps, static_cast<int>(bad));
      results.not_finite_value[picture] =
          LoadMap(maps.views[at.part], picture, at.cell, maps.first[at.part] + at.channel);
    });
  }
  block.ForEachThread([&](int thread) {
    int count = 0;
    for (int i = thread * per_thread; i < Least((thread + 1) * per_thread, words); ++i) count += BitCount(bits[i]);
    memory->counts[thread] = count;
  });
  const int count = ScanExclusive(block, memory->counts, &memory->scan);
  if (count > kPeakCapacity) {
    block.ForEach(1, [&](int) { store_count(count); });
    return;
  }
  block.ForEachThread([&](int thread) {
    int index = memory->counts[thread];
    for (int i = thread * per_thread; i < Least((thread + 1) * per_thread, words); ++i) {
      for (uint32_t left = bits[i]; left != 0; left &= left - 1) {
        memory->found[index].x = i % WordsPerRow(t) * 32 + LowestBit(left);
        memory->found[index].y = i / WordsPerRow(t);
        ++index;
      }
    }
  });
  const bool too_many = count > t.max_peaks;
  block.ForEach(count, [&](int i) {
    FoundPeak& peak = memory->found[i];
    peak.smoothed = SmoothedAt(t, plane, peak.x, peak.y);
    const auto beside = [&](int x, int y) {
      const bool is_inside = x >= 0 && x < t.x.positions && y >= 0 && y < t.y.positions;
      return is_inside ? SmoothedAt(t, plane, x, y) : -HUGE_VALF;
    };
    const auto top = [&](int dx, int dy) {
      return TopOfParabola(beside(peak.x - dx, peak.y - dy), peak.smoothed, beside(peak.x + dx, peak.y + dy),
                           t.peak_threshold);
    };
    peak.shift_x = top(1, 0);
    peak.shift_y = top(0, 1);
    peak.score = SampleArea(t, peak.x, peak.y, [&](int x, int y) { return plane[y * t.x.cells + x]; });
    if (!too_many) store(i, peak);
  });
  if (!too_many) {
    block.ForEach(1, [&](int) { store_count(count); });
    return;
  }
  const int a_thread = (count + block.threads() - 1) / block.threads();
  block.ForEachThread([&](int thread) {
    int kept = 0;
    for (int i = thread * a_thread; i < Least((thread + 1) * a_thread, count); ++i) {
      kept += IsAmongHighest(memory->found, count, i, t.max_peaks);
    }
    memory->kept[thread] = kept;
  });
  const int total = ScanExclusive(block, memory->kept, &memory->scan);
  block.ForEachThread([&](int thread) {
    int index = memory->kept[thread];
    for (int i = thread * a_thread; i < Least((thread + 1) * a_thread, count); ++i) {
      if (IsAmongHighest(memory->found, count, i, t.max_peaks)) store(index++, memory->found[i]);
    }
    if (thread == 0) store_count(total);
  });
}

// The score of the limb between two peaks; 0 where too little speaks for it.
SINEW_HOST_DEVICE inline float ScorePair(const DecodeTables& t, const View& fields, int picture, const LimbPlan& limb,
                                         const FoundPeak& from, const FoundPeak& to) {
  float direction_x = static_cast<float>(to.x - from.x), direction_y = static_cast<float>(to.y - from.y);
  const float length = std::sqrt(direction_x * direction_x + direction_y * direction_y);
  if (length < 1e-12f) return 0;
  const float step_x = direction_x / kLimbSamples, step_y = direction_y / kLimbSamples;
  direction_x /= length, direction_y /= length;
  float sum = 0;
  int agreeing = 0;
  SINEW_UNROLL
  for (int i = 0; i < kLimbSamples; ++i) {
    const int x = static_cast<int>(static_cast<float>(from.x) + static_cast<float>(i) * step_x + 0.5);
    const int y = static_cast<int>(static_cast<float>(from.y) + static_cast<float>(i) * step_y + 0.5);
    const auto sample = [&](int channel) {
      return SampleArea(t, x, y, [&](int cell_x, int cell_y) {
        return LoadMap(fields, picture, cell_y * t.x.cells + cell_x, channel);
      });
    };
    const float score = direction_x * sample(limb.channel_x) + direction_y * sample(limb.channel_y);
    sum += score;
    agreeing += score > t.paf_threshold;
  }
  if (agreeing < t.min_samples) return 0;
  const double penalty = 0.5 * t.y.positions / length - 1.0;
  const float score = static_cast<float>(sum / kLimbSamples + (penalty < 0 ? penalty : 0.0));
  return score > 0 ? score : 0;
}

inline constexpr int kPairThreads = 256;

struct PairMemory {
  int counts[kPairThreads];
  float scores[kPairThreads];
  ScanScratch scan;
};

SINEW_HOST_DEVICE inline void ScorePairs(const PhasedBlock& block, const DecodeTables& t, const View& fields,
                                         const DecodeBuffers& buffers, const DecodeResults& results, int picture,
                                         int limb_index, PairMemory* memory) {
  const LimbPlan limb = t.limbs[limb_index];
  const size_t peaks_part = static_cast<size_t>(picture) * t.keypoints,
               part = static_cast<size_t>(picture) * t.limb_count + limb_index;
  const FoundPeak* const from = buffers.peaks + (peaks_part + limb.from) * kPeakCapacity;
  const FoundPeak* const to = buffers.peaks + (peaks_part + limb.to) * kPeakCapacity;
  const int from_count = buffers.peak_counts[peaks_part + limb.from],
            to_count = buffers.peak_counts[peaks_part + limb.to];
  // Peaks that were not listed, or fields that are no numbers: there is nothing to score.
  const bool hopeless =
      from_count > kPeakCapacity || to_count > kPeakCapacity || buffers.not_finite[picture] != kAllFinite;
  const int pair_count = hopeless ? 0 : from_count * to_count;
  int total = 0;  // the same in all threads
  for (int begin = 0; begin < pair_count; begin += block.threads()) {
    block.ForEachThread([&](int thread) {
      const int pair = begin + thread;
      const float score =
          pair < pair_count ? ScorePair(t, fields, picture, limb, from[pair / to_count], to[pair % to_count]) : 0.0f;
      memory->scores[thread] = score;
      memory->counts[thread] = score > 0;
    });
    const int found = ScanExclusive(block, memory->counts, &memory->scan);
    block.ForEachThread([&](int thread) {
      const int index = total + memory->counts[thread];
      if (!(memory->scores[thread] > 0) || index >= kPairCapacity) return;
      results.pairs[part * kPairCapacity + index] = {(begin + thread) / to_count, (begin + thread) % to_count,
                                                     memory->scores[thread]};
    });
    total += found;
  }
  block.ForEach(1, [&](int) { results.pair_counts[part] = total; });
}

}  // namespace sinew::cuda
