// Plans against arithmetic done by hand.
#include "measure/price/corpus_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::price {
namespace {

using ::testing::HasSubstr;

CostRow Row(double seconds, double per_hour) {
  CostRow row;
  row.seconds_per_image = seconds;
  row.price = Price{};
  row.price->per_hour = per_hour;
  return row;
}

TEST(CorpusPlan, TakesTheFewestMachinesThatFinishInTime) {
  // 1,000,000 pictures at 0.036 s are 10 machine hours; in 2 hours less 6 minutes, that is 5.26 machines.
  const auto plans =
      PlanCorpus({Row(0.036, 0.10)}, {.pictures = 1'000'000, .finish_within_hours = 2, .start_minutes = 6});
  ASSERT_TRUE(plans.ok());
  const CorpusPlan& plan = plans->at(0);
  EXPECT_EQ(plan.machines, 6);
  EXPECT_NEAR(plan.hours, 0.1 + 10.0 / 6, 1e-9);
  EXPECT_NEAR(plan.machine_hours, 10.6, 1e-9);
  EXPECT_NEAR(plan.cost(), 1.06, 1e-9);
  EXPECT_NEAR(plan.pictures_per_second, 6 / 0.036, 1e-6);
}

TEST(CorpusPlan, CountsInterruptionsAndRequests) {
  // Half an interruption an hour of 12 minutes: a tenth of the time.
  const auto plans = PlanCorpus({Row(0.036, 0.10)}, {.pictures = 1'000'000,
                                                     .finish_within_hours = 100,
                                                     .interruptions_per_hour = 0.5,
                                                     .restart_minutes = 12,
                                                     .start_minutes = 0,
                                                     .store_price_per_1000 = 0.0004});
  EXPECT_NEAR(plans->at(0).machine_hours, 10 / 0.9, 1e-9);
  EXPECT_NEAR(plans->at(0).store_cost, 0.4, 1e-9);
  EXPECT_NEAR(plans->at(0).cost(), 1 / 0.9 + 0.4, 1e-9);
}

TEST(CorpusPlan, TheCheapestComesFirst) {
  CostRow unpriced = Row(0.001, 0), disturbed = Row(0.001, 0.01);
  unpriced.price.reset();
  disturbed.disturbance = "others were at work";
  const auto plans =
      PlanCorpus({Row(0.1, 1), Row(0.1, 0.5), unpriced, disturbed}, {.pictures = 100'000, .finish_within_hours = 10});
  ASSERT_EQ(plans->size(), 2u);
  EXPECT_EQ(plans->at(0).row, 1u);
}

TEST(CorpusPlan, RefusesWhatMakesNoSense) {
  const std::vector<CostRow> rows = {Row(0.1, 1)};
  EXPECT_THAT(PlanCorpus(rows, {.pictures = 0, .finish_within_hours = 1}).status().message(), HasSubstr("1 to"));
  EXPECT_THAT(PlanCorpus(rows, {.pictures = 1, .finish_within_hours = 0.05}).status().message(), HasSubstr("started"));
  EXPECT_THAT(
      PlanCorpus(rows, {.pictures = 1, .finish_within_hours = 1, .interruptions_per_hour = 60}).status().message(),
      HasSubstr("no time to work"));
}

TEST(CorpusPlan, TimesHaveUnits) {
  EXPECT_DOUBLE_EQ(ParseHours("90m").value(), 1.5);
  EXPECT_DOUBLE_EQ(ParseHours("2d").value(), 48);
  EXPECT_DOUBLE_EQ(ParseHours("3600s").value(), 1);
  for (const char* bad : {"", "8", "h", "-1h", "nanh", "infh", "1e9d", "8 h", "8hours"})
    EXPECT_FALSE(ParseHours(bad).ok()) << bad;
}

}  // namespace
}  // namespace sinew::price
