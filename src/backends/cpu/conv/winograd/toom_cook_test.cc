// The matrices of every F(m,r) that is used, against exact fractions: those of the definition in toom_cook.h solve the
// problem without remainder, and what the code computes and the transforms do are these matrices.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/winograd/toom_cook_test.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/winograd/points.h"
#include "backends/cpu/conv/winograd/transform-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// B^T and A^T as the transforms have them, column by column: what they make of the unit vectors.
template <class TC>
void TransformUnitVectors(float* input, float* output) noexcept {
  const FloatTag d;
  for (int column = 0; column < TC::kTile; ++column) {
    const auto unit = [&](int k) HWY_ATTR { return hn::Set(d, k == column ? 1.0f : 0.0f); };
    TransformInput<TC>(d, unit,
                       [&](int row, FloatVec value) HWY_ATTR { input[row * TC::kTile + column] = hn::GetLane(value); });
    TransformOutput<TC>(
        d, unit, [&](int row, FloatVec value) HWY_ATTR { output[row * TC::kTile + column] = hn::GetLane(value); });
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backends/cpu/testing/rational_test_util.h"

namespace sinew::cpu {
namespace {

SINEW_DEFINE_RUN_FOR(TransformF4x3For, TransformUnitVectors<F4x3>)
SINEW_DEFINE_RUN_FOR(TransformF6x3For, TransformUnitVectors<F6x3>)
SINEW_DEFINE_RUN_FOR(TransformF8x3For, TransformUnitVectors<F8x3>)
SINEW_DEFINE_RUN_FOR(TransformF2x7For, TransformUnitVectors<F2x7>)
SINEW_DEFINE_RUN_FOR(TransformF4x7For, TransformUnitVectors<F4x7>)
SINEW_DEFINE_RUN_FOR(TransformF6x7For, TransformUnitVectors<F6x7>)

using Matrix = std::vector<std::vector<Rational>>;
using Polynomial = std::vector<Rational>;  // coefficients, lowest first

Matrix Zeros(int rows, int columns) {
  return Matrix(static_cast<size_t>(rows), std::vector<Rational>(static_cast<size_t>(columns)));
}

Polynomial Times(const Polynomial& a, const Polynomial& b) {
  Polynomial product(a.size() + b.size() - 1);
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) product[i + j] += a[i] * b[j];
  }
  return product;
}

Rational At(const Polynomial& p, const Rational& x) {
  Rational value, power = 1;
  for (const Rational& coefficient : p) {
    value += coefficient * power;
    power *= x;
  }
  return value;
}

// A double that stands for a fraction of small whole numbers.
Rational Fraction(double value) {
  for (int64_t denominator = 1; denominator <= 16; ++denominator) {
    const int64_t numerator = std::llround(value * static_cast<double>(denominator));
    if (static_cast<double>(numerator) / static_cast<double>(denominator) == value) return {numerator, denominator};
  }
  ADD_FAILURE() << value << " is not a small fraction";
  return 0;
}

// The algorithm for the given points, from the definition: Lagrange's interpolation at 0, +-a and infinity. The rows of
// B^T are the polynomials that vanish at all other points; G divides by their values at their own.
struct Exact {
  Exact(const std::vector<Rational>& pairs, int output_count, int tap_count) : outputs(output_count), taps(tap_count) {
    points = {0};
    for (const Rational& a : pairs) {
      points.push_back(a);
      points.push_back(-a);
    }
    const int tile = static_cast<int>(points.size()) + 1;
    input = Zeros(tile, tile);
    kernel = Zeros(tile, taps);
    output = Zeros(outputs, tile);
    for (size_t p = 0; p < points.size(); ++p) {
      Polynomial others = {1};
      for (size_t q = 0; q < points.size(); ++q) {
        if (q != p) others = Times(others, {-points[q], 1});
      }
      std::copy(others.begin(), others.end(), input[p].begin());
      const Rational norm = At(others, points[p]);
      Rational power = 1;
      for (size_t t = 0; t < static_cast<size_t>(std::max(taps, outputs)); ++t, power *= points[p]) {
        if (t < static_cast<size_t>(taps)) kernel[p][t] = power / norm;
        if (t < static_cast<size_t>(outputs)) output[t][p] = power;
      }
    }
    Polynomial all = {1};
    for (const Rational& point : points) all = Times(all, {-point, 1});
    std::copy(all.begin(), all.end(), input.back().begin());
    kernel.back().back() = 1;
    output.back().back() = 1;
  }

  // Whether A^T [(G g) * (B^T d)] is the convolution: its coefficient of g[t] d[j] in y[i] is 1 for j = i + t, else 0.
  bool IsConvolution() const {
    const size_t tile = input.size();
    for (size_t i = 0; i < static_cast<size_t>(outputs); ++i) {
      for (size_t t = 0; t < static_cast<size_t>(taps); ++t) {
        for (size_t j = 0; j < tile; ++j) {
          Rational sum;
          for (size_t p = 0; p < tile; ++p) sum += output[i][p] * kernel[p][t] * input[p][j];
          if (sum != Rational(j == i + t ? 1 : 0)) return false;
        }
      }
    }
    return true;
  }

  int outputs, taps;
  std::vector<Rational> points;
  Matrix input, kernel, output;  // B^T, G, A^T
};

template <class TC>
Exact MakeExact() {
  std::vector<Rational> pairs;
  for (int pair = 0; pair < TC::kPairs; ++pair) pairs.push_back(Fraction(TC::Point(pair)));
  return Exact(pairs, TC::kOutputs, TC::kTaps);
}

// The largest difference from the exact matrix, relative to the largest element of its row.
double RelativeDifference(const Matrix& exact, const auto& at) {
  double worst = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    double largest = 0;
    for (const Rational& value : exact[i]) largest = std::max(largest, std::fabs(value.ToDouble()));
    for (size_t j = 0; j < exact[i].size(); ++j) {
      worst = std::max(worst, std::fabs(static_cast<double>(at(i, j)) - exact[i][j].ToDouble()) / largest);
    }
  }
  return worst;
}

// Sums of a few products in single precision, of which each is rounded.
constexpr double kSingle = 16 * 0x1p-24, kDouble = 64 * 0x1p-53;

template <class TC>
void Check(void (*(*transform_for)(simd::Target))(float*, float*) noexcept) {
  const Exact exact = MakeExact<TC>();
  ASSERT_EQ(exact.input.size(), static_cast<size_t>(TC::kTile));
  EXPECT_TRUE(exact.IsConvolution());
  const auto kernel = TC::KernelMatrix();
  EXPECT_LE(RelativeDifference(exact.kernel, [&](size_t i, size_t j) { return kernel[i][j]; }), kDouble);
  for (const simd::Target target : simd::SupportedTargets()) {
    std::vector<float> input(TC::kTile * TC::kTile), output(TC::kOutputs * TC::kTile);
    transform_for(target)(input.data(), output.data());
    const auto at = [](const std::vector<float>& matrix) {
      return [&matrix](size_t i, size_t j) { return matrix[i * TC::kTile + j]; };
    };
    EXPECT_LE(RelativeDifference(exact.input, at(input)), kSingle) << simd::TargetName(target);
    EXPECT_LE(RelativeDifference(exact.output, at(output)), kSingle) << simd::TargetName(target);
  }
}

TEST(ToomCookTest, F4x3) { Check<F4x3>(TransformF4x3For); }
TEST(ToomCookTest, F6x3) { Check<F6x3>(TransformF6x3For); }
TEST(ToomCookTest, F8x3) { Check<F8x3>(TransformF8x3For); }
TEST(ToomCookTest, F2x7) { Check<F2x7>(TransformF2x7For); }
TEST(ToomCookTest, F4x7) { Check<F4x7>(TransformF4x7For); }
TEST(ToomCookTest, F6x7) { Check<F6x7>(TransformF6x7For); }

// What the checks are worth: one wrong element of any matrix is noticed.
TEST(ToomCookTest, WrongMatricesAreNoticed) {
  Exact wrong = MakeExact<F4x3>();
  ASSERT_TRUE(wrong.IsConvolution());
  wrong.input[2][3] += Rational(1, 1000);
  EXPECT_FALSE(wrong.IsConvolution());
  wrong = MakeExact<F4x3>();
  wrong.kernel[1][0] += Rational(1, 1000);
  EXPECT_FALSE(wrong.IsConvolution());
  wrong = MakeExact<F4x3>();
  wrong.output[0][1] = -wrong.output[0][1];
  EXPECT_FALSE(wrong.IsConvolution());
  // As another point would make it.
  const Exact other({Rational(1, 2), 2}, 4, 3);
  ASSERT_TRUE(other.IsConvolution());
  const auto kernel = F4x3::KernelMatrix();
  EXPECT_GT(RelativeDifference(other.kernel, [&](size_t i, size_t j) { return kernel[i][j]; }), 0.1);
}

TEST(RationalTest, Arithmetic) {
  EXPECT_EQ(Rational(2, 4), Rational(1, 2));
  EXPECT_EQ(Rational(1, -2), Rational(-1, 2));
  EXPECT_EQ(Rational(1, 3) + Rational(1, 6), Rational(1, 2));
  EXPECT_EQ(Rational(1, 3) - Rational(1, 3), Rational(0));
  EXPECT_EQ(Rational(2, 3) * Rational(3, 4), Rational(1, 2));
  EXPECT_EQ(Rational(2, 3) / Rational(4, 3), Rational(1, 2));
}

}  // namespace
}  // namespace sinew::cpu
#endif
