// The Hungarian method by shortest augmenting paths: rows join one by one, each along the path of least reduced cost, and
// the dual variables keep every reduced cost from falling below zero.
//   Source: Kuhn, Naval Research Logistics Quarterly 2, 1955; Jonker & Volgenant, Computing 38, 1987
#include "base/assignment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace sinew {
namespace {

// Assigns every row; needs rows <= columns. An unprofitable pair costs as much as none, so that it may stand for
// "unassigned" without changing which pairs are best.
class Solver {
 public:
  Solver(std::span<const double> gains, int rows, int columns, bool transposed)
      : gains_(gains),
        rows_(rows),
        columns_(columns),
        row_step_(transposed ? 1 : columns),
        column_step_(transposed ? rows : 1),
        row_dual_(rows),
        column_dual_(columns),
        row_of_(columns, kUnassigned) {}

  // Profitable pairs (row, column).
  std::vector<std::pair<int, int>> Solve() {
    for (int row = 0; row < rows_; ++row) Augment(row);
    std::vector<std::pair<int, int>> pairs;
    for (int column = 0; column < columns_; ++column) {
      if (row_of_[column] != kUnassigned && Cost(row_of_[column], column) < 0) pairs.push_back({row_of_[column], column});
    }
    return pairs;
  }

 private:
  double Cost(int row, int column) const { return -std::max(gains_[row * row_step_ + column * column_step_], 0.0); }

  // Dijkstra's algorithm over columns from a free row to the nearest free column; the first of equals is taken.
  void Augment(int free_row) {
    std::vector<double> distance(columns_, std::numeric_limits<double>::infinity());
    std::vector<int> previous(columns_, kUnassigned);  // the column before on the path; none: the free row itself
    std::vector<char> done(columns_, false);
    int row = free_row, column = kUnassigned;
    double travelled = 0;
    do {
      int nearest = kUnassigned;
      for (int c = 0; c < columns_; ++c) {
        if (done[c]) continue;
        const double through = travelled + Cost(row, c) - row_dual_[row] - column_dual_[c];
        if (through < distance[c]) distance[c] = through, previous[c] = column;
        if (nearest == kUnassigned || distance[c] < distance[nearest]) nearest = c;
      }
      column = nearest;
      travelled = distance[column];
      done[column] = true;
      row = row_of_[column];
    } while (row != kUnassigned);

    row_dual_[free_row] += travelled;
    for (int c = 0; c < columns_; ++c) {
      if (!done[c] || c == column) continue;
      row_dual_[row_of_[c]] += travelled - distance[c];
      column_dual_[c] -= travelled - distance[c];
    }
    while (column != kUnassigned) {
      const int before = previous[column];
      row_of_[column] = before == kUnassigned ? free_row : row_of_[before];
      column = before;
    }
  }

  std::span<const double> gains_;
  const int rows_, columns_;
  const size_t row_step_, column_step_;
  std::vector<double> row_dual_, column_dual_;
  std::vector<int> row_of_;
};

}  // namespace

std::vector<int> BestAssignment(std::span<const double> gains, int rows, int columns) {
  SINEW_CHECK(rows >= 0 && columns >= 0 && gains.size() == static_cast<size_t>(rows) * columns);
  std::vector<int> column_of(rows, kUnassigned);
  if (rows == 0 || columns == 0) return column_of;
  if (rows <= columns) {
    for (const auto& [row, column] : Solver(gains, rows, columns, /*transposed=*/false).Solve()) column_of[row] = column;
  } else {
    for (const auto& [column, row] : Solver(gains, columns, rows, /*transposed=*/true).Solve()) column_of[row] = column;
  }
  return column_of;
}

}  // namespace sinew
