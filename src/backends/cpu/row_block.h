// How the rows (pixels) of a matrix product are cut into tasks.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sinew::cpu {

struct RowBlocks {
  int rows;   // in all
  int block;  // rows per task; the last may have fewer

  size_t Tasks() const { return static_cast<size_t>((rows + block - 1) / block); }
  size_t First(size_t task) const { return task * static_cast<size_t>(block); }
  int Count(size_t task) const { return std::min(block, rows - static_cast<int>(First(task))); }
};

// A block's rows, depth floats each, should stay in L2 (512 KB on the smallest machine that matters) beside the weights
// that stream through: 128 KB. More than 192 rows save nothing; fewer than 24 would read the weights too often. A
// multiple of 12 leaves no ragged tile where these have 6 or 12 rows: see gemm-inl.h and strassen-inl.h. In between,
// kTasks tasks or more keep workers equally busy.
inline RowBlocks MakeRowBlocks(int rows, int depth) {
  constexpr int kBlockFloats = 128 * 1024 / 4, kTasks = 24;
  const int block = std::clamp(std::min(kBlockFloats / std::max(depth, 1), rows / kTasks) / 12 * 12, 24, 192);
  return {rows, block};
}

}  // namespace sinew::cpu
