// Where the decoder's tables, intermediate results and results lie in three pieces of memory: one layout for a GPU's
// memory and a processor's.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/cuda/pose/decode-inl.h"
#include "backends/cuda/pose/decode_plan.h"
#include "sinew/status.h"

namespace sinew::cuda {

class DecodeLayout {
 public:
  // Fails where the plan's sizes contradict each other, and for maps that the kernels are not made for. `batch`:
  // pictures at most.
  static Result<DecodeLayout> Create(const DecodePlan& plan, int batch);

  // The contents of the tables, and the tables once these bytes lie at `data`.
  const std::vector<std::byte>& table_bytes() const { return table_bytes_; }
  DecodeTables Tables(const void* data) const;

  size_t buffer_bytes() const { return buffer_bytes_; }
  DecodeBuffers Buffers(void* data) const;

  size_t result_bytes() const { return result_bytes_; }
  DecodeResults Results(void* data) const;

 private:
  DecodeLayout() = default;
  void PlaceTables(const DecodePlan& plan);
  void PlaceResults(int batch);

  DecodeTables sizes_{};  // without the pointers
  std::vector<std::byte> table_bytes_;
  struct AxisOffsets {
    size_t first, offset, weights;
  };
  AxisOffsets x_{}, y_{};
  size_t row_first_ = 0, row_weights_ = 0, column_weights_ = 0, plane_of_channel_ = 0, limbs_ = 0;
  size_t buffer_bytes_ = 0, planes_ = 0, peak_bits_ = 0, buffer_peaks_ = 0, buffer_counts_ = 0;
  size_t result_bytes_ = 0, result_values_ = 0, result_peaks_ = 0, result_peak_counts_ = 0, result_pairs_ = 0,
         result_pair_counts_ = 0;
};

}  // namespace sinew::cuda
