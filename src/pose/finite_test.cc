// Infinities and NaNs are found wherever they are, and nothing else is looked at.
#include "pose/finite.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace sinew::pose {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

TEST(FindNotFiniteTest, FindsEveryValueAndOnlyThese) {
  for (const simd::Target target : simd::SupportedTargets()) {
    SCOPED_TRACE(simd::TargetName(target));
    const AreFiniteFunction are_finite = AreFiniteFor(target);
    // Channels: fewer than a vector has lanes, just as many, more; dense and not.
    for (const auto& [channel_count, stride_of_cells] :
         {std::pair(1, 1), {3, 3}, {3, 5}, {4, 4}, {16, 16}, {16, 19}, {57, 57}, {57, 64}}) {
      // Of their own: clang captures no structured bindings before its version 16.
      const int channels = channel_count, stride = stride_of_cells;
      constexpr int kCells = 7;
      std::vector<float> values(static_cast<size_t>(kCells * stride), std::numeric_limits<float>::max());
      for (int cell = 0; cell < kCells; ++cell) {
        for (int c = channels; c < stride; ++c) values[static_cast<size_t>(cell * stride + c)] = kNan;
      }
      const auto find = [&] {
        return FindNotFinite(are_finite, values.data(), kCells, static_cast<size_t>(channels),
                             static_cast<size_t>(stride));
      };
      EXPECT_EQ(find(), -1) << channels << " of " << stride;
      for (int cell = 0; cell < kCells; ++cell) {
        for (int c = 0; c < channels; ++c) {
          float& value = values[static_cast<size_t>(cell * stride + c)];
          for (const float bad : {kInfinity, -kInfinity, kNan}) {
            const float good = std::exchange(value, bad);
            EXPECT_EQ(find(), cell * stride + c) << channels << " of " << stride << ": " << bad;
            value = good;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace sinew::pose
