// The best one-to-one assignment of rows to columns.
#pragma once

#include <span>
#include <vector>

namespace sinew {

inline constexpr int kUnassigned = -1;

// Pairs rows with columns, each at most once, so that the sum of the pairs' gains is the largest there is. `gains` is
// rows x columns, row after row, finite. A pair whose gain is not positive is never made. Returns the column of every
// row, or kUnassigned. Among several best assignments it is always the same one that the same gains yield.
// Time: at most rows * columns * min(rows, columns), near rows * columns where few pairs gain.
std::vector<int> BestAssignment(std::span<const double> gains, int rows, int columns);

}  // namespace sinew
