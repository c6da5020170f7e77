// The memory plan: no two live buffers overlap, and memory is reused.
#include "compiler/plan/arena.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace sinew::plan {
namespace {

uint64_t Bytes(const Buffer& b) {
  return static_cast<uint64_t>(b.height * b.width * b.pixel_stride()) * program::ElementBytes(b.type);
}

void ExpectNoOverlap(const std::vector<Buffer>& buffers, const ArenaPlan& plan) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % 64, 0u);
    EXPECT_LE(plan.offsets[i] + Bytes(buffers[i]), plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      const bool together = buffers[i].begin <= buffers[j].end && buffers[j].begin <= buffers[i].end;
      const bool apart = plan.offsets[i] + Bytes(buffers[i]) <= plan.offsets[j] ||
                         plan.offsets[j] + Bytes(buffers[j]) <= plan.offsets[i];
      EXPECT_TRUE(!together || apart) << i << " and " << j;
    }
  }
}

TEST(ArenaTest, WidePixelsAreWholeCacheLines) {
  EXPECT_EQ((Buffer{.height = 1, .width = 1, .channels = 921}.pixel_stride()), 928);
  EXPECT_EQ((Buffer{.height = 1, .width = 1, .channels = 864}.pixel_stride()), 864);
  EXPECT_EQ((Buffer{.height = 1, .width = 1, .channels = 57}.pixel_stride()), 57);
  // Together with their padding.
  const std::vector<Buffer> buffers = {{3, 5, 921, 0, 1}, {3, 5, 67, 0, 1}};
  const Result<ArenaPlan> plan = PlanArena(buffers);
  ASSERT_TRUE(plan.ok());
  ExpectNoOverlap(buffers, *plan);
}

TEST(ArenaTest, AChainNeedsTwoBuffers) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < 10; ++i) buffers.push_back({4, 4, 16, i, i + 1});
  const Result<ArenaPlan> plan = PlanArena(buffers);
  ASSERT_TRUE(plan.ok());
  ExpectNoOverlap(buffers, *plan);
  EXPECT_EQ(plan->bytes, 2 * 1024u);
  EXPECT_EQ(plan->bytes_without_reuse, 10 * 1024u);
}

TEST(ArenaTest, RandomLifetimes) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Buffer> buffers;
    for (int i = 0; i < 40; ++i) {
      const int begin = static_cast<int>(random() % 60);
      buffers.push_back({1 + static_cast<int64_t>(random() % 9), 1 + static_cast<int64_t>(random() % 9),
                         1 + static_cast<int64_t>(random() % 70), begin, begin + static_cast<int>(random() % 12)});
    }
    const Result<ArenaPlan> plan = PlanArena(buffers);
    ASSERT_TRUE(plan.ok());
    ExpectNoOverlap(buffers, *plan);
    EXPECT_LT(plan->bytes, plan->bytes_without_reuse);
  }
}

TEST(ArenaTest, ImpossibleSizesAreErrors) {
  EXPECT_EQ(PlanArena(std::vector<Buffer>{{int64_t{1} << 40, int64_t{1} << 40, 3, 0, 1}}).status().code(),
            StatusCode::kTooLarge);
  const std::vector<Buffer> many(5, {int64_t{1} << 17, int64_t{1} << 17, 1, 0, 9});
  EXPECT_EQ(PlanArena(many).status().code(), StatusCode::kTooLarge);
  EXPECT_TRUE(PlanArena({}).ok());
}

}  // namespace
}  // namespace sinew::plan
