// Loops against systems whose times follow from the definition.
#include "measure/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

namespace sinew::measure {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;

constexpr double kService = 0.004;

void Serve() { std::this_thread::sleep_for(std::chrono::duration<double>(kService)); }

TEST(PoissonArrivalsTest, HaveTheRateAndTheSpreadOfAPoissonProcess) {
  constexpr int kCount = 20000;
  const std::vector<double> arrivals = PoissonArrivals(50, kCount, 0, 7);
  ASSERT_EQ(arrivals.size(), size_t{kCount});
  EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
  // Intervals have mean 1/rate and the same standard deviation; of kCount of them, the mean is off by 1/sqrt(kCount).
  EXPECT_NEAR(arrivals.back() / kCount, 1.0 / 50, 4.0 / 50 / std::sqrt(kCount));
  double squares = 0, last = 0;
  for (const double arrival : arrivals) {
    squares += (arrival - last) * (arrival - last);
    last = arrival;
  }
  EXPECT_NEAR(squares / kCount * 50 * 50, 2, 0.2) << "the second moment of an exponential distribution";
  EXPECT_EQ(PoissonArrivals(50, kCount, 0, 7), arrivals) << "of the same seed";
  EXPECT_NE(PoissonArrivals(50, kCount, 0, 8), arrivals);
}

TEST(PoissonArrivalsTest, EndWithTheTime) {
  const std::vector<double> arrivals = PoissonArrivals(1000, 1, 2, 1);
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 2000, 200);
  EXPECT_LE(arrivals.back(), 2);
  EXPECT_EQ(PoissonArrivals(1e-3, 1, 1, 1).size(), 1u) << "one there is";
}

TEST(OfferLoadTest, AClosedLoopMeasuresTheCallsAlone) {
  std::atomic<int> calls = 0;
  const std::vector<std::function<void()>> replicas(2, [&] { ++calls, Serve(); });
  const LoadResult result = OfferLoad(replicas, {.warmup = 3, .repeats = 5}).value();
  EXPECT_EQ(calls, 2 * (3 + 5));
  EXPECT_EQ(result.latency_seconds.size(), 10u);
  EXPECT_THAT(result.latency_seconds, Each(Ge(kService)));
  EXPECT_GE(result.wall_seconds, 5 * kService);
}

TEST(OfferLoadTest, AClosedLoopEndsWithTheTime) {
  const std::vector<std::function<void()>> replicas(1, Serve);
  const LoadResult result = OfferLoad(replicas, {.warmup = 0, .repeats = 1, .seconds = 5 * kService}).value();
  EXPECT_GE(result.wall_seconds, 5 * kService);
  EXPECT_LE(result.latency_seconds.size(), 5u);
  EXPECT_GE(result.latency_seconds.size(), 1u);
}

// All arrive at once: the n-th waits for those before it. A closed loop would say kService for each.
TEST(OfferLoadTest, AnOpenLoopCountsTheTimeInTheQueue) {
  constexpr int kCalls = 8;
  const std::vector<std::function<void()>> replicas(1, Serve);
  LoadResult result = OfferLoad(replicas, {.warmup = 0, .repeats = kCalls, .rate = 1e6}).value();
  ASSERT_EQ(result.latency_seconds.size(), size_t{kCalls});
  std::sort(result.latency_seconds.begin(), result.latency_seconds.end());
  for (int i = 0; i < kCalls; ++i)
    EXPECT_GE(result.latency_seconds[static_cast<size_t>(i)], (i + 1) * kService - 1e-4) << i;
  EXPECT_LT(result.offered_seconds, 1e-3);
}

TEST(OfferLoadTest, AnOpenLoopHasFewCallsWaitWhereItIsIdle) {
  const std::vector<std::function<void()>> replicas(2, [] {});
  const LoadResult result = OfferLoad(replicas, {.warmup = 0, .repeats = 40, .rate = 400, .seed = 3}).value();
  EXPECT_EQ(result.latency_seconds.size(), 40u);
  EXPECT_GE(result.wall_seconds, result.offered_seconds) << "no call starts before it arrives";
  EXPECT_THAT(result.latency_seconds, Each(Ge(0.0)));
}

TEST(CheckLoadOptionsTest, NamesWhatIsOutOfRange) {
  EXPECT_TRUE(CheckLoadOptions({}).ok());
  EXPECT_THAT(CheckLoadOptions({.repeats = 0}).message(), HasSubstr("0 repeats: give 1"));
  EXPECT_THAT(CheckLoadOptions({.warmup = -1}).message(), HasSubstr("-1 calls to warm up"));
  EXPECT_THAT(CheckLoadOptions({.seconds = -1}).message(), HasSubstr("-1 seconds"));
  EXPECT_THAT(CheckLoadOptions({.seconds = std::nan("")}).message(), HasSubstr("nan seconds"));
  EXPECT_THAT(CheckLoadOptions({.rate = -2}).message(), HasSubstr("a rate of -2"));
  EXPECT_THAT(CheckLoadOptions({.seconds = 1e5, .rate = 1e5}).message(), HasSubstr("too many"));
}

TEST(OfferLoadTest, AReplicaThatThrowsIsAnErrorAndNobodyWaitsForIt) {
  const std::vector<std::function<void()>> replicas = {[] {}, [] { throw std::bad_alloc(); }, [] {}};
  for (const int warmup : {0, 2}) {
    EXPECT_EQ(OfferLoad(replicas, {.warmup = warmup, .repeats = 3}).status().message(), "not enough memory");
  }
}

}  // namespace
}  // namespace sinew::measure
