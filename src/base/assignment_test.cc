// The assignment against all permutations, where greed fails, and among equals.
#include "base/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace sinew {
namespace {

// The sum of the gains; fails where a column is used twice or a pair does not gain.
double Total(const std::vector<double>& gains, int columns, const std::vector<int>& column_of) {
  std::vector<bool> used(columns);
  double total = 0;
  for (size_t row = 0; row < column_of.size(); ++row) {
    if (column_of[row] == kUnassigned) continue;
    EXPECT_FALSE(used[column_of[row]]);
    used[column_of[row]] = true;
    EXPECT_GT(gains[row * columns + column_of[row]], 0);
    total += gains[row * columns + column_of[row]];
  }
  return total;
}

// The best total there is, by trying every order of the columns, padded with columns that gain nothing.
double BestTotal(const std::vector<double>& gains, int rows, int columns) {
  std::vector<int> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), 0);
  double best = 0;
  do {
    double total = 0;
    for (int row = 0; row < rows; ++row) {
      if (order[row] < columns) total += std::max(0.0, gains[row * columns + order[row]]);
    }
    best = std::max(best, total);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Assignment, EqualsTheBestOfAllPermutations) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-0.5, 1);
  std::uniform_int_distribution<int> coarse(-1, 2);  // many ties
  for (int rows = 1; rows <= 6; ++rows) {
    for (int columns = 1; columns <= 6; ++columns) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        std::vector<double> gains(rows * columns);
        for (double& gain : gains) gain = repeat % 2 == 0 ? uniform(random) : coarse(random);
        const double total = Total(gains, columns, BestAssignment(gains, rows, columns));
        ASSERT_NEAR(total, BestTotal(gains, rows, columns), 1e-12) << rows << "x" << columns;
      }
    }
  }
}

TEST(Assignment, GivesUpTheBestPairForABetterSum) {
  // Greed takes 0.9 and is left with 0.1.
  EXPECT_EQ(BestAssignment(std::vector<double>{0.9, 0.8, 0.8, 0.1}, 2, 2), (std::vector<int>{1, 0}));
}

TEST(Assignment, LeavesOutWhatDoesNotGain) {
  EXPECT_EQ(BestAssignment(std::vector<double>{-1, 0, 0, -2}, 2, 2), (std::vector<int>{kUnassigned, kUnassigned}));
  EXPECT_EQ(BestAssignment(std::vector<double>{-1, 0, 4, 2, 1, 0}, 3, 2),
            (std::vector<int>{kUnassigned, 0, kUnassigned}));
}

TEST(Assignment, TakesTheFirstOfEquals) {
  EXPECT_EQ(BestAssignment(std::vector<double>(9, 0.5), 3, 3), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(BestAssignment(std::vector<double>(6, 0.5), 2, 3), (std::vector<int>{0, 1}));
  EXPECT_EQ(BestAssignment(std::vector<double>(6, 0.5), 3, 2), (std::vector<int>{0, 1, kUnassigned}));
}

TEST(Assignment, NobodyToAssign) {
  EXPECT_TRUE(BestAssignment({}, 0, 3).empty());
  EXPECT_EQ(BestAssignment({}, 2, 0), (std::vector<int>{kUnassigned, kUnassigned}));
}

}  // namespace
}  // namespace sinew
