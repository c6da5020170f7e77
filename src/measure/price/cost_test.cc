// Costs computed by hand, the Pareto front, and choices.
#include "measure/price/cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::price {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

documents::Bench MakeBench(const char* instance, double pictures_per_second, double p50_ms, int taps = 25) {
  documents::Bench bench;
  bench.model = "cmu";
  bench.model_xxh3 = "ab";
  bench.target = "avx2";
  bench.resolution = "656x368";
  bench.workload = "end-to-end";
  bench.threads = 2;
  bench.replicas = bench.batch = bench.repeats = 1;
  bench.smoothing_taps = taps;
  bench.resize_out_ratio = 4;
  bench.p50_ms = p50_ms;
  bench.p90_ms = bench.p99_ms = 2 * p50_ms;
  bench.pictures_per_second = pictures_per_second;
  bench.machine.processor = "a processor";
  bench.machine.processors = 2;
  if (*instance != '\0') bench.machine.instance = documents::Instance{"aws", instance, "us-east-1"};
  return bench;
}

PriceBook Book() {
  PriceBook book;
  EXPECT_TRUE(
      book.Add(
              R"({"prices": [{"instance": "one", "per_hour": 3.6}, {"instance": "two", "per_hour": 7.2}, {"instance": "euro", "per_hour": 1, "currency": "EUR"}]})",
              "b")
          .ok());
  return book;
}

documents::Evaluation Evaluate(int taps, double f1) {
  documents::Evaluation evaluation;
  evaluation.configuration = {"", "cmu", "ab", "avx2", "656x368", "stretch", taps, 4};
  evaluation.reference = documents::EvaluatedConfiguration{"", "cmu", "ab", "avx2", "656x368", "stretch", 25, 4};
  evaluation.agreement = evaluate::Agreement{};
  evaluation.agreement->f1 = f1;
  return evaluation;
}

std::vector<bool> Front(const std::vector<CostRow>& rows) {
  std::vector<bool> front;
  for (const CostRow& row : rows) front.push_back(row.pareto);
  return front;
}

TEST(CostTest, AGpusBenchmarkIsPricedByItsCard) {
  documents::Documents documents;
  documents.benches = {MakeBench("", 10, 100)};
  documents.benches[0].machine.gpu = "Tesla T4";
  documents.benches[0].target = "cuda-fp16";
  const auto rows = CostTable(documents, PriceBook::BuiltIn(), {.published = false});
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  const CostRow& row = rows->at(0);
  EXPECT_EQ(row.machine, "g4dn.xlarge");
  ASSERT_TRUE(row.price);
  EXPECT_EQ(row.price->per_hour, 0.526);
  EXPECT_THAT(row.hardware, testing::StartsWith("Tesla T4; "));
}

TEST(CostTest, ByHand) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250)};
  const auto rows = CostTable(documents, Book(), {.published = false});
  ASSERT_TRUE(rows.ok());
  // A dollar a thousand seconds, a quarter of a second a picture.
  EXPECT_DOUBLE_EQ(*rows->at(0).cost_of_1000(), 0.25);
  EXPECT_DOUBLE_EQ(*rows->at(0).images_per_unit(), 4000);
  EXPECT_DOUBLE_EQ(rows->at(0).pictures_per_second(), 4);
  EXPECT_EQ(rows->at(0).machine, "one");
  EXPECT_EQ(rows->at(0).configuration, "cmu 656x368 avx2, 1 x 2 threads, 25 taps, ratio 4");
}

TEST(CostTest, PublishedFiguresAreToldApart) {
  const auto rows = CostTable({}, PriceBook::BuiltIn(), {});
  ASSERT_EQ(rows->size(), 8u);
  EXPECT_NEAR(*rows->at(0).cost_of_1000(), 0.00718622, 1e-8) << "0.368 / 3600 * 0.0703 * 1000";
  for (const CostRow& row : *rows) {
    EXPECT_TRUE(row.published);
    EXPECT_FALSE(row.pareto);
    EXPECT_FALSE(row.p50_ms);
    EXPECT_NE(row.source, "");
  }
  EXPECT_FALSE(Choose(*rows, {}).row) << "others' figures are no choice";
}

TEST(CostTest, WhatWasDisturbedIsMarkedAndDoesNotCompete) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("one", 9, 100), MakeBench("one", 8, 120)};
  documents.benches[1].machine.used_by_others = 0.3;
  documents.benches[2].overloaded = true;
  const auto rows = CostTable(documents, Book(), {.published = false});
  EXPECT_EQ(rows->at(0).disturbance, "");
  EXPECT_EQ(rows->at(1).disturbance, "others used 30 % of the machine meanwhile");
  EXPECT_EQ(rows->at(2).disturbance, "more calls arrived than could be served");
  EXPECT_THAT(Front(*rows), ElementsAre(true, false, false));
  EXPECT_EQ(Choose(*rows, {}).row, 0u);
  EXPECT_THAT(Choose(*rows, {.deadline_ms = 1}).why, HasSubstr("2 disturbed while it was measured, 1 too late"));
  const auto all = CostTable(documents, Book(), {.published = false, .with_disturbed = true});
  EXPECT_EQ(Choose(*all, {}).row, 1u) << "if that is wanted";
}

TEST(CostTest, MachinesThatDoNotKnowWhatTheyAre) {
  documents::Documents documents;
  documents.benches = {MakeBench("", 4, 250)};
  EXPECT_FALSE(CostTable(documents, Book(), {.published = false})->at(0).price);
  EXPECT_EQ(CostTable(documents, Book(), {.published = false})->at(0).machine, "a processor");
  const auto named = CostTable(documents, Book(), {.instance = "two", .published = false});
  EXPECT_EQ(named->at(0).machine, "two");
  EXPECT_DOUBLE_EQ(*named->at(0).cost_of_1000(), 0.5);
}

TEST(CostTest, OneCurrencyAtATime) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("euro", 4, 250)};
  EXPECT_THAT(CostTable(documents, Book(), {.published = false}).status().message(),
              HasSubstr("one is priced in USD and euro in EUR"));
  documents.benches.erase(documents.benches.begin());
  PriceBook book = PriceBook::BuiltIn();
  ASSERT_TRUE(book.Add(R"({"prices": [{"instance": "euro", "per_hour": 1, "currency": "EUR"}]})", "b").ok());
  EXPECT_THAT(CostTable(documents, book, {}).status().message(), HasSubstr("--measured-only"));
  EXPECT_TRUE(CostTable(documents, book, {.published = false}).ok());
}

TEST(CostTest, ConfigurationsThatDifferHaveDifferentNames) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("one", 4, 250), MakeBench("one", 4, 250)};
  documents.benches[1].resize_out_ratio = 2;
  documents.benches[2].model_xxh3 = "0123456789abcdef";
  const auto rows = CostTable(documents, Book(), {.published = false});
  EXPECT_EQ(rows->at(0).configuration, "cmu [ab] 656x368 avx2, 1 x 2 threads, 25 taps, ratio 4");
  EXPECT_EQ(rows->at(1).configuration, "cmu [ab] 656x368 avx2, 1 x 2 threads, 25 taps, ratio 2");
  EXPECT_EQ(rows->at(2).configuration, "cmu [01234567] 656x368 avx2, 1 x 2 threads, 25 taps, ratio 4");
  documents.benches[2].resolution = "432x368";
  EXPECT_EQ(CostTable(documents, Book(), {.published = false})->at(2).configuration,
            "cmu 432x368 avx2, 1 x 2 threads, 25 taps, ratio 4")
      << "the resolution tells them apart";
}

TEST(CostTest, PricesThatDoNotFitAreTold) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("one", 5, 200), MakeBench("two", 4, 250),
                       MakeBench("", 4, 250)};
  PriceBook book;
  ASSERT_TRUE(
      book.Add(
              R"({"prices": [{"instance": "one", "per_hour": 3.6, "region": "eu-west-1", "date": "2026-11", "source": "a list"},
                                      {"instance": "two", "per_hour": 0.5, "region": "us-east-1", "market": "spot"}]})",
              "b")
          .ok());
  EXPECT_THAT(PriceLines(*CostTable(documents, book, {.market = "spot", .published = false})),
              ElementsAre("one: 3.6 USD/h, on-demand, eu-west-1, of 2026-11, a list (the machine is in us-east-1, the "
                          "price of eu-west-1; there is no spot price)",
                          "two: 0.5 USD/h, spot, us-east-1"));
}

TEST(CostTest, TheParetoFront) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250),  // cheap
                       MakeBench("one", 3, 300),  // dearer and later than the first
                       MakeBench("two", 5, 100),  // dear and quick
                       MakeBench("one", 4, 250),  // as good as the first
                       MakeBench("", 100, 1)};    // without a price
  EXPECT_THAT(Front(*CostTable(documents, Book(), {.published = false})), ElementsAre(true, false, true, true, false));
}

TEST(CostTest, AccuracyIsADirectionOfTheFront) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250, 25), MakeBench("one", 5, 200, 5), MakeBench("one", 4.5, 240, 1)};
  EXPECT_THAT(Front(*CostTable(documents, Book(), {.published = false})), ElementsAre(false, true, false));
  documents.evaluations = {Evaluate(5, 0.98)};
  const auto rows = CostTable(documents, Book(), {.published = false});
  EXPECT_EQ(rows->at(0).agreement, 1) << "the reference agrees with itself";
  EXPECT_EQ(rows->at(1).agreement, 0.98);
  EXPECT_FALSE(rows->at(2).agreement);
  EXPECT_THAT(Front(*rows), ElementsAre(true, true, false));
}

TEST(CostTest, EvaluationsOfOtherConfigurationsSayNothing) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250, 5)};
  documents::Evaluation padded = Evaluate(5, 0.5), results = Evaluate(5, 0.5), other = Evaluate(5, 0.5);
  padded.configuration.resize_mode = "pad";
  results.configuration.results = "r.jsonl";
  other.configuration.model_xxh3 = "cd";
  documents.evaluations = {padded, results, other};
  EXPECT_FALSE(CostTable(documents, Book(), {.published = false})->at(0).agreement);
}

TEST(ChooseTest, TheCheapestThatMeetsAll) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("two", 5, 100), MakeBench("", 100, 1)};
  documents.evaluations = {Evaluate(25, 0.99)};
  const auto rows = *CostTable(documents, Book(), {.published = false});
  EXPECT_EQ(Choose(rows, {}).row, 0u);
  EXPECT_EQ(Choose(rows, {.deadline_ms = 200}).row, 1u) << "p99 is 200 ms";
  EXPECT_EQ(Choose(rows, {.min_fps = 4.5}).row, 1u);
  EXPECT_EQ(Choose(rows, {.max_cost = 0.3}).row, 0u);
  EXPECT_EQ(Choose(rows, {.min_agreement = 0.99}).row, 0u);
  const Choice none = Choose(rows, {.deadline_ms = 300, .max_cost = 0.3});
  EXPECT_FALSE(none.row);
  EXPECT_EQ(none.why, "1 without a price, 1 too late, 1 too dear");
  EXPECT_EQ(Choose(rows, {.min_agreement = 1}).why, "1 without a price, 2 not accurate enough, or not evaluated");
  EXPECT_EQ(Choose({}, {}).why, "nothing was measured");
}

TEST(ChooseTest, TheNetworkAloneIsNoWholeWay) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 9, 90), MakeBench("one", 4, 250)};
  documents.benches[0].workload = "network";
  const auto rows = *CostTable(documents, Book(), {.published = false});
  EXPECT_THAT(Front(rows), ElementsAre(false, true));
  EXPECT_EQ(Choose(rows, {}).row, 1u);
  documents.benches.pop_back();
  EXPECT_EQ(Choose(*CostTable(documents, Book(), {.published = false}), {}).row, 0u) << "there is nothing else";
}

TEST(ChooseTest, MachinesForALoad) {
  CostRow row;
  row.seconds_per_image = 0.25;
  EXPECT_EQ(MachinesFor(0.1, row), 1);
  EXPECT_EQ(MachinesFor(4, row), 1) << "exactly one";
  EXPECT_EQ(MachinesFor(4.01, row), 2);
  EXPECT_EQ(MachinesFor(40, row), 10);
  documents::Documents documents;
  documents.benches = {MakeBench("one", 4, 250), MakeBench("two", 9, 100)};
  const auto rows = *CostTable(documents, Book(), {.published = false});
  const Choice choice = Choose(rows, {.load = 9});
  EXPECT_EQ(choice.row, 1u) << "one at 7.2 an hour, not three at 3.6";
  EXPECT_EQ(choice.machines, 1);
  EXPECT_EQ(Choose(rows, {.load = 4}).row, 0u);
  row.seconds_per_image = 1e9;
  EXPECT_EQ(MachinesFor(kMaxLoad, row), 1'000'000'000'000'000'000);
}

TEST(ChooseTest, OfEquallyDearOnesTheMoreEfficient) {
  documents::Documents documents;
  documents.benches = {MakeBench("one", 2, 500), MakeBench("one", 4, 250), MakeBench("one", 4, 240),
                       MakeBench("one", 3, 100)};
  const auto rows = *CostTable(documents, Book(), {.published = false});
  EXPECT_EQ(Choose(rows, {.load = 1}).row, 2u) << "one machine each: most pictures for it, then the quickest";
  EXPECT_EQ(Choose(rows, {}).row, 2u);
}

}  // namespace
}  // namespace sinew::price
