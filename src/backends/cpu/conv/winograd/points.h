// The interpolation points of each Winograd algorithm, chosen for small errors. Zero and infinity belong to all.
//
//   F(m,r)   positive points        multiplications
//   F(4,3)   2/3 3/2                1/4.0 of direct
//   F(6,3)   1/2 1 2                1/5.1
//   F(8,3)   5/12 4/5 5/4 12/5      1/5.8
//   F(2,7)   1/2 1 2                1/3.1
//   F(4,7)   5/12 4/5 5/4 12/5      1/7.8
//   F(6,7)   2/5 2/3 1 3/2 3        1/12.3
// kWinogradError has their errors. They are fractions near the minimum of what the transforms amplify the rounding of
// products by: the root of sum_pq |A_p|^2 |A_q|^2 |G_p|^2 |G_q|^2 E[(B^T d B)_pq^2] over that of a direct computation,
// for inputs as after a ReLU. Textbook points (1 2 1/2 4) make F(4,7) several times worse.
#pragma once

#include <array>

#include "backends/cpu/conv/winograd/toom_cook.h"

namespace sinew::cpu {

struct Points2 {
  static constexpr std::array<double, 2> kPoints = {2.0 / 3, 3.0 / 2};
};
struct Points3 {
  static constexpr std::array<double, 3> kPoints = {0.5, 1.0, 2.0};
};
struct Points4 {
  static constexpr std::array<double, 4> kPoints = {5.0 / 12, 4.0 / 5, 5.0 / 4, 12.0 / 5};
};
struct Points5 {
  static constexpr std::array<double, 5> kPoints = {2.0 / 5, 2.0 / 3, 1.0, 3.0 / 2, 3.0};
};

using F4x3 = ToomCook<Points2, 4, 3>;
using F6x3 = ToomCook<Points3, 6, 3>;
using F8x3 = ToomCook<Points4, 8, 3>;
using F2x7 = ToomCook<Points3, 2, 7>;
using F4x7 = ToomCook<Points4, 4, 7>;
using F6x7 = ToomCook<Points5, 6, 7>;

// Relative RMS error of a layer of 128 channels in single precision, beyond that of summing; conv_error_test.cc
// measures it. By this the planner chooses.
template <class TC>
inline constexpr double kWinogradError = 0;
template <>
inline constexpr double kWinogradError<F4x3> = 2e-6;
template <>
inline constexpr double kWinogradError<F6x3> = 8e-6;
template <>
inline constexpr double kWinogradError<F8x3> = 3.3e-5;
template <>
inline constexpr double kWinogradError<F2x7> = 4.6e-6;
template <>
inline constexpr double kWinogradError<F4x7> = 3e-5;
template <>
inline constexpr double kWinogradError<F6x7> = 1.25e-4;

}  // namespace sinew::cpu
