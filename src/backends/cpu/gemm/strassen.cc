// Packing and costs of Strassen's algorithm.
#include "backends/cpu/gemm/strassen.h"

#include <vector>

namespace sinew::cpu {
namespace {

// A matrix in double, so that sums of weights over several levels are rounded once.
class Weights {
 public:
  Weights(int rows, int columns)
      : rows_(rows), columns_(columns), values_(static_cast<size_t>(rows) * static_cast<size_t>(columns)) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  double& at(int r, int c) {
    return values_[static_cast<size_t>(r) * static_cast<size_t>(columns_) + static_cast<size_t>(c)];
  }
  double at(int r, int c) const { return const_cast<Weights*>(this)->at(r, c); }

 private:
  int rows_, columns_;
  std::vector<double> values_;
};

// `rows` rows of a quarter from (row, column) on; zeros below the last of w.
Weights Quarter(const Weights& w, int row, int column, int rows) {
  Weights quarter(rows, w.columns() / 2);
  for (int r = 0; r < rows && row + r < w.rows(); ++r) {
    for (int c = 0; c < quarter.columns(); ++c) quarter.at(r, c) = w.at(row + r, column + c);
  }
  return quarter;
}

// a - b, the rows that a has.
Weights Difference(Weights a, const Weights& b) {
  for (int r = 0; r < a.rows(); ++r) {
    for (int c = 0; c < a.columns(); ++c) a.at(r, c) -= b.at(r, c);
  }
  return a;
}

void Pack(int levels, const Weights& w, float* packed) {
  const auto [first, second] = SplitDepth(w.rows());
  const int right = w.columns() / 2;
  const Weights w11 = Quarter(w, 0, 0, first), w12 = Quarter(w, 0, right, first);
  const Weights w21 = Quarter(w, first, 0, second), w22 = Quarter(w, first, right, first);
  const Weights t1 = Difference(w12, w11), t2 = Difference(w22, t1), t3 = Difference(w22, w12),
                t4 = Difference(w21, t2);
  const Weights factors[7] = {w11, w21, t2, t3, t4, t1, Quarter(w, first, right, second)};
  if (levels > 1) {
    for (const Weights& factor : factors) {
      Pack(levels - 1, factor, packed);
      packed += PackedStrassenFloats(levels - 1, factor.rows(), factor.columns());
    }
    return;
  }
  for (int k = 0; k < right; k += kChannelBlock) {
    for (const Weights& factor : factors) {
      for (int c = 0; c < factor.rows(); ++c) {
        for (int i = k; i < k + kChannelBlock; ++i) *packed++ = static_cast<float>(factor.at(c, i));
      }
    }
  }
}

}  // namespace

size_t PackedStrassenFloats(int levels, int depth, int columns) {
  if (levels == 0) return PackedFloats(depth, columns);
  const auto [first, second] = SplitDepth(depth);
  return 4 * PackedStrassenFloats(levels - 1, first, columns / 2) +
         3 * PackedStrassenFloats(levels - 1, second, columns / 2);
}

void PackStrassen(int levels, int depth, int columns, const float* weights, float* packed) {
  Weights w(depth, columns);
  for (int c = 0; c < depth; ++c) {
    for (int k = 0; k < columns; ++k) w.at(c, k) = double{*weights++};
  }
  Pack(levels, w, packed);
}

double StrassenMultiplyAdds(int levels, double rows, int depth, int columns) {
  if (levels == 0) return rows * depth * columns;
  const auto [first, second] = SplitDepth(depth);
  return 4 * StrassenMultiplyAdds(levels - 1, rows / 2, first, columns / 2) +
         3 * StrassenMultiplyAdds(levels - 1, rows / 2, second, columns / 2);
}

double StrassenCost(int levels, double rows, int depth, int columns, double cost_of_sums) {
  if (levels == 0) return rows * depth * columns;
  // Measured in products from 64 x 64 to 384 x 384. The last level starts and ends more and shorter sums in registers;
  // the one before only reads and writes its results once more.
  const double cost_of_results = levels == 1 ? 17.0 : 4.0;
  const auto [first, second] = SplitDepth(depth);
  return cost_of_sums * rows * depth + cost_of_results * rows * columns +
         4 * StrassenCost(levels - 1, rows / 2, first, columns / 2, kSumsThroughCache) +
         3 * StrassenCost(levels - 1, rows / 2, second, columns / 2, kSumsThroughCache);
}

}  // namespace sinew::cpu
