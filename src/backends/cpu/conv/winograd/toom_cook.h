// The Toom-Cook (Winograd) algorithm F(m,r): m outputs of an r-tap filter from n = m + r - 1 multiplications.
//   y = A^T [(G g) * (B^T d)]          d: n inputs, g: r taps, y: m outputs, * element by element
// and nested in two dimensions, Y = A^T [(G g G^T) * (B^T d B)] A.
//
// Both are polynomial products by evaluation at n points and interpolation. Here the points are 0, pairs +a -a, and
// infinity, in the order 0, +a1, -a1, +a2, ..., infinity. Pairs halve the work: with w(z) = prod_i (z - a_i^2) and
// q_j(z) = w(z) / (z - a_j^2), the rows of B^T are the coefficients in x of
//   point 0:   w(x^2)                     (even powers only)
//   point +-a: (x +- a) x q_j(x^2)        (even powers: x^2 q_j, odd powers: +-a x q_j)
//   infinity:  x w(x^2)                   (odd powers only)
// the rows of G are 1, p, p^2, ... over N_p, with N_0 = w(0) and N_(+-a_j) = 2 a_j^2 q_j(a_j^2), and those of A^T the
// powers of the points. Which points are chosen decides the rounding error, and how many bounds the saving: see the
// table in points.h.
//   Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; points and their errors:
//   Barabasz, Anderson, Soodhalter & Gregg, "Error Analysis and Improving the Accuracy of Winograd Convolution", ACM
//   TOMS 46(4), 2020.
#pragma once

#include <array>
#include <cstddef>

namespace sinew::cpu {

// `Points::kPoints` are the positive points a_1 .. a_P. kOutputs = m, kTaps = r, and m + r - 1 = 2 P + 2.
template <class Points, int kOutputsIn, int kTapsIn>
struct ToomCook {
  static constexpr int kOutputs = kOutputsIn;
  static constexpr int kTaps = kTapsIn;
  static constexpr int kPairs = static_cast<int>(Points::kPoints.size());
  static constexpr int kTile = 2 * kPairs + 2;  // n
  static_assert(kOutputs + kTaps - 1 == kTile);

  static constexpr double Point(int pair) { return Points::kPoints[static_cast<size_t>(pair)]; }
  static constexpr double Power(int pair, int exponent) {
    double result = 1;
    for (int i = 0; i < exponent; ++i) result *= Point(pair);
    return result;
  }

  // Coefficients in z, lowest first, of the product of (z - a_i^2) over all pairs but `left_out` (-1: over all).
  static constexpr std::array<double, kPairs + 1> SquareProduct(int left_out) {
    std::array<double, kPairs + 1> c = {};
    c[0] = 1;
    int degree = 0;
    for (int i = 0; i < kPairs; ++i) {
      if (i == left_out) continue;
      const double root = Point(i) * Point(i);
      ++degree;
      for (int k = degree; k > 0; --k)
        c[static_cast<size_t>(k)] = c[static_cast<size_t>(k - 1)] - root * c[static_cast<size_t>(k)];
      c[0] *= -root;
    }
    return c;
  }

  // w and q_j of the header.
  static constexpr double W(int k) { return SquareProduct(-1)[static_cast<size_t>(k)]; }
  static constexpr double Q(int pair, int k) { return SquareProduct(pair)[static_cast<size_t>(k)]; }

  // N_p of the pair's two points.
  static constexpr double PairNorm(int pair) {
    const double square = Point(pair) * Point(pair);
    double q = 0, power = 1;
    for (int k = 0; k < kPairs; ++k, power *= square) q += Q(pair, k) * power;
    return 2 * square * q;
  }

  // G, row by row.
  static constexpr std::array<std::array<double, kTaps>, kTile> KernelMatrix() {
    std::array<std::array<double, kTaps>, kTile> g = {};
    g[0][0] = 1 / W(0);
    for (int pair = 0; pair < kPairs; ++pair) {
      for (int t = 0; t < kTaps; ++t) {
        const double value = Power(pair, t) / PairNorm(pair);
        g[static_cast<size_t>(1 + 2 * pair)][static_cast<size_t>(t)] = value;
        g[static_cast<size_t>(2 + 2 * pair)][static_cast<size_t>(t)] = t % 2 == 0 ? value : -value;
      }
    }
    g[kTile - 1][kTaps - 1] = 1;
    return g;
  }
};

// The coefficients that the transforms multiply by, as single precision tables: computed once, by the compiler.
template <class TC>
struct TransformCoefficients {
  static constexpr size_t kPairs = TC::kPairs;
  std::array<float, kPairs> points = {};
  std::array<float, kPairs + 1> w = {};
  std::array<std::array<float, kPairs>, kPairs> q = {};             // [pair][power of z]
  std::array<std::array<float, TC::kOutputs>, kPairs> powers = {};  // [pair][exponent]

  constexpr TransformCoefficients() {
    for (size_t k = 0; k <= kPairs; ++k) w[k] = static_cast<float>(TC::W(static_cast<int>(k)));
    for (size_t pair = 0; pair < kPairs; ++pair) {
      points[pair] = static_cast<float>(TC::Point(static_cast<int>(pair)));
      for (size_t k = 0; k < kPairs; ++k)
        q[pair][k] = static_cast<float>(TC::Q(static_cast<int>(pair), static_cast<int>(k)));
      for (size_t k = 0; k < TC::kOutputs; ++k)
        powers[pair][k] = static_cast<float>(TC::Power(static_cast<int>(pair), static_cast<int>(k)));
    }
  }
};
template <class TC>
inline constexpr TransformCoefficients<TC> kTransform = {};

}  // namespace sinew::cpu
