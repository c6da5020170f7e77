// Exact fractions, for tests of formulas whose coefficients are fractions.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace sinew::cpu {

// A numerator over a positive denominator without common factors. Ends the test where 64 bits do not hold a result.
class Rational {
  __extension__ using Wide = __int128;

 public:
  constexpr Rational(int64_t whole = 0) : numerator_(whole) {}  // NOLINT(google-explicit-constructor)
  Rational(int64_t numerator, int64_t denominator) : Rational(Wide{numerator}, Wide{denominator}, 0) {}

  double ToDouble() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }

  friend Rational operator+(const Rational& a, const Rational& b) {
    return {Wide{a.numerator_} * b.denominator_ + Wide{b.numerator_} * a.denominator_,
            Wide{a.denominator_} * b.denominator_, 0};
  }
  friend Rational operator-(const Rational& a) { return {-Wide{a.numerator_}, a.denominator_, 0}; }
  friend Rational operator-(const Rational& a, const Rational& b) { return a + -b; }
  friend Rational operator*(const Rational& a, const Rational& b) {
    return {Wide{a.numerator_} * b.numerator_, Wide{a.denominator_} * b.denominator_, 0};
  }
  friend Rational operator/(const Rational& a, const Rational& b) {
    SINEW_CHECK(b.numerator_ != 0);
    return {Wide{a.numerator_} * b.denominator_, Wide{a.denominator_} * b.numerator_, 0};
  }
  Rational& operator+=(const Rational& b) { return *this = *this + b; }
  Rational& operator*=(const Rational& b) { return *this = *this * b; }
  friend bool operator==(const Rational& a, const Rational& b) = default;

 private:
  Rational(Wide numerator, Wide denominator, int) {
    SINEW_CHECK(denominator != 0);
    Wide a = numerator < 0 ? -numerator : numerator, b = denominator < 0 ? -denominator : denominator;
    while (b != 0) {
      const Wide rest = a % b;
      a = b;
      b = rest;
    }
    if (denominator < 0) a = -a;
    numerator_ = static_cast<int64_t>(numerator / a);
    denominator_ = static_cast<int64_t>(denominator / a);
    SINEW_CHECK(numerator_ == numerator / a && denominator_ == denominator / a);
  }

  int64_t numerator_ = 0, denominator_ = 1;
};

}  // namespace sinew::cpu
