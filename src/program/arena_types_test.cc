// Runs against an array with the type of every byte.
#include "program/arena_types.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>

namespace sinew::program {
namespace {

TEST(ArenaTypesTest, WhatWasWrittenLastCounts) {
  ArenaTypes types;
  EXPECT_EQ(types.FindOther(0, 100, DataType::I8), std::nullopt) << "nobody wrote there";
  types.Write(0, 100, DataType::F32);
  types.Write(40, 60, DataType::BF16);
  EXPECT_EQ(types.FindOther(0, 40, DataType::F32), std::nullopt);
  EXPECT_EQ(types.FindOther(0, 41, DataType::F32), DataType::BF16);
  EXPECT_EQ(types.FindOther(40, 60, DataType::BF16), std::nullopt);
  EXPECT_EQ(types.FindOther(59, 61, DataType::BF16), DataType::F32);
  EXPECT_EQ(types.FindOther(60, 200, DataType::F32), std::nullopt);
  types.Write(0, 100, DataType::BF16);
  EXPECT_EQ(types.FindOther(0, 100, DataType::BF16), std::nullopt);
}

TEST(ArenaTypesTest, AgreesWithEveryByte) {
  constexpr uint64_t kBytes = 64;
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    ArenaTypes types;
    std::array<std::optional<DataType>, kBytes> expected;
    for (int i = 0; i < 100; ++i) {
      const uint64_t begin = random() % kBytes, end = begin + 1 + random() % (kBytes - begin);
      const auto type = static_cast<DataType>(random() % 3);
      const auto first = expected.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = expected.begin() + static_cast<std::ptrdiff_t>(end);
      const bool differs = std::any_of(first, last, [&](const auto& byte) { return byte && *byte != type; });
      if (random() % 2 == 0) {
        const std::optional<DataType> other = types.FindOther(begin, end, type);
        ASSERT_EQ(other.has_value(), differs);
        if (other) {
          EXPECT_NE(std::find(first, last, other), last);
        }
        if (differs) continue;
      } else {
        types.Write(begin, end, type);
      }
      std::fill(first, last, type);
    }
  }
}

}  // namespace
}  // namespace sinew::program
