// The Hungarian method by shortest augmenting paths: rows join one by one, each along the path of least reduced cost,
// and the dual variables keep every reduced cost from falling below zero.
//   Source: Kuhn, Naval Research Logistics Quarterly 2, 1955; Jonker & Volgenant, Computing 38, 1987
#include "base/assignment.h"

#include <limits>

#include "base/check.h"

namespace sinew {
namespace {

class Solver {
 public:
  Solver(std::span<const double> gains, int rows, int columns)
      : gains_(gains),
        rows_(rows),
        columns_(columns),
        row_dual_(rows),
        column_dual_(columns),
        row_of_(columns, kUnassigned) {}

  std::vector<int> Solve() {
    for (int row = 0; row < rows_; ++row) Augment(row);
    std::vector<int> column_of(rows_, kUnassigned);
    for (int column = 0; column < columns_; ++column) {
      if (row_of_[column] != kUnassigned) column_of[row_of_[column]] = column;
    }
    return column_of;
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  // Dijkstra's algorithm over columns, from a free row to where the chain of changes costs least: at a free column, or
  // at a row that is left without one. The first of equals is taken.
  void Augment(int free_row) {
    std::vector<double> distance(columns_, kInfinity);
    std::vector<int> previous(columns_, kUnassigned);  // the column before on the path; none: the free row itself
    std::vector<char> done(columns_, false);
    int row = free_row, column = kUnassigned, left_out = kUnassigned;
    double travelled = 0, to_left_out = kInfinity;
    while (true) {
      if (travelled - row_dual_[row] < to_left_out) to_left_out = travelled - row_dual_[row], left_out = column;
      const double* gains = gains_.data() + static_cast<size_t>(row) * columns_;
      int nearest = kUnassigned;
      for (int c = 0; c < columns_; ++c) {
        if (done[c]) continue;
        const double through = travelled - gains[c] - row_dual_[row] - column_dual_[c];
        if (gains[c] > 0 && through < distance[c]) distance[c] = through, previous[c] = column;
        if (distance[c] < (nearest == kUnassigned ? kInfinity : distance[nearest])) nearest = c;
      }
      if (nearest == kUnassigned || to_left_out <= distance[nearest]) {
        travelled = to_left_out;
        column = left_out;
        break;
      }
      travelled = distance[nearest];
      column = nearest;
      if (row_of_[column] == kUnassigned) break;
      done[column] = true;
      row = row_of_[column];
    }

    row_dual_[free_row] += travelled;
    for (int c = 0; c < columns_; ++c) {
      if (!done[c]) continue;
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
  std::vector<double> row_dual_, column_dual_;
  std::vector<int> row_of_;
};

}  // namespace

std::vector<int> BestAssignment(std::span<const double> gains, int rows, int columns) {
  SINEW_CHECK(rows >= 0 && columns >= 0 && gains.size() == static_cast<size_t>(rows) * columns);
  return Solver(gains, rows, columns).Solve();
}

}  // namespace sinew
