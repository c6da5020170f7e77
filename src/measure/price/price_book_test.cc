// The built-in prices, books from files, and which price holds.
#include "measure/price/price_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::price {
namespace {

using ::testing::HasSubstr;

TEST(PriceBookTest, HoldsTheCaseStudy) {
  const PriceBook book = PriceBook::BuiltIn();
  ASSERT_EQ(book.published().size(), 8u);
  // Seconds and dollars an hour as published; the study's own table rounds the product to tenths of a cent.
  const std::pair<const char*, double> costs[] = {
      {"inf1.xlarge", 0.007},  {"inf1.2xlarge", 0.011}, {"inf1.6xlarge", 0.035}, {"g4dn.xlarge", 0.025},
      {"g4dn.2xlarge", 0.032}, {"g4dn.4xlarge", 0.049}, {"g4dn.8xlarge", 0.086}};
  for (size_t i = 0; i < std::size(costs); ++i) {
    const Published& published = book.published()[i];
    EXPECT_EQ(published.instance, costs[i].first);
    const auto price = book.Find(published.instance, "us-east-1", "on-demand");
    ASSERT_TRUE(price);
    EXPECT_EQ(price->currency, "USD");
    EXPECT_THAT(price->source, HasSubstr("Inf1"));
    EXPECT_NEAR(price->per_hour / 3600 * published.seconds_per_image * 1000, costs[i].second, 0.0006)
        << published.instance;
  }
}

// Four copies of the model on the four cores of the smallest machine: 56.88 frames a second, for less than $0.002 per
// 1000 pictures.
TEST(PriceBookTest, HoldsTheStudysProjection) {
  const PriceBook book = PriceBook::BuiltIn();
  const Published& projection = book.published().back();
  EXPECT_EQ(projection.instance, "inf1.xlarge");
  EXPECT_TRUE(projection.projection);
  EXPECT_THAT(projection.configuration, HasSubstr("4 copies"));
  EXPECT_NEAR(1 / projection.seconds_per_image, 56.88, 0.005);
  EXPECT_NEAR(0.368 / 3600 * projection.seconds_per_image * 1000, 0.001797, 1e-6);
  for (size_t i = 0; i + 1 < book.published().size(); ++i) EXPECT_FALSE(book.published()[i].projection);
}

TEST(PriceBookTest, PlainMachinesSayWhetherTheirPricesWereChecked) {
  const PriceBook book = PriceBook::BuiltIn();
  for (const char* instance : {"c5.large", "c6i.large", "c6a.large", "c7a.large", "c7i.large", "c7g.large"}) {
    const auto price = book.Find(instance, "us-east-1", "on-demand");
    ASSERT_TRUE(price) << instance;
    EXPECT_FALSE(price->source.empty()) << instance;
    EXPECT_TRUE(price->verified ? !price->date.empty() : true) << instance;
    EXPECT_THAT(Describe(*price), price->verified ? HasSubstr(price->date) : HasSubstr(", unverified")) << instance;
  }
}

// Whoever measured on a card without knowing the instance type pays at least what its cheapest instance costs.
TEST(PriceBookTest, AGpuHasAnInstance) {
  const PriceBook book = PriceBook::BuiltIn();
  const auto t4 = book.FindGpu("Tesla T4", "on-demand");
  ASSERT_TRUE(t4);
  EXPECT_EQ(t4->instance, "g4dn.xlarge");
  EXPECT_FALSE(book.FindGpu("", "on-demand"));
  EXPECT_FALSE(book.FindGpu("NVIDIA H200", "on-demand"));
}

TEST(PriceBookTest, TheBestFittingPriceHolds) {
  PriceBook book;
  ASSERT_TRUE(book.Add(R"({"prices": [
      {"instance": "m", "per_hour": 1, "region": "here"},
      {"instance": "m", "per_hour": 2, "region": "there"},
      {"instance": "m", "per_hour": 0.3, "region": "here", "market": "spot"}]})",
                       "b")
                  .ok());
  EXPECT_EQ(book.Find("m", "here", "on-demand")->per_hour, 1);
  EXPECT_EQ(book.Find("m", "there", "on-demand")->per_hour, 2);
  EXPECT_EQ(book.Find("m", "here", "spot")->per_hour, 0.3);
  EXPECT_EQ(book.Find("m", "there", "spot")->per_hour, 2) << "the region before the market";
  EXPECT_EQ(book.Find("m", "elsewhere", "on-demand")->per_hour, 2);
  EXPECT_FALSE(book.Find("n", "here", "on-demand"));
  Price own;
  own.instance = "m";
  own.per_hour = 7;
  book.Add(own);
  EXPECT_EQ(book.Find("m", "here", "on-demand")->per_hour, 7) << "one's own price, of no region, holds everywhere";
}

TEST(PriceBookTest, BadBooksAreNamed) {
  const auto complaint = [](const char* text) {
    PriceBook book;
    const std::string message = book.Add(text, "b.json").message();
    EXPECT_FALSE(book.Find("m", "", "on-demand")) << "nothing of a bad book";
    return message;
  };
  EXPECT_EQ(complaint("{"), "b.json: is not JSON");
  EXPECT_EQ(complaint("[]"), "b.json: must be an object");
  EXPECT_THAT(complaint("{}"), HasSubstr("has neither"));
  EXPECT_EQ(complaint(R"({"prices": [{"instance": "m", "per_hour": 1}, {"instance": "m"}]})"),
            "b.json: prices[1].per_hour must be a number");
  EXPECT_EQ(complaint(R"({"prices": [{"instance": "m", "per_hour": -1}]})"),
            "b.json: prices[0].per_hour must be between 0 and 1000000000");
  EXPECT_EQ(complaint(R"({"prices": 7})"), "b.json: prices must be a list");
  EXPECT_EQ(complaint(R"({"prices": ["m"]})"), "b.json: prices[0] must be an object");
}

TEST(ParsePriceTest, AmountsAnHour) {
  EXPECT_EQ(*ParsePrice("0.0765/h"), 0.0765);
  EXPECT_EQ(*ParsePrice("$2"), 2);
  EXPECT_EQ(*ParsePrice("1.5/hour"), 1.5);
  for (const char* text : {"", "/h", "cheap", "-1", "1/min", "nan", "1e300", "1 /h"}) {
    EXPECT_THAT(ParsePrice(text).status().message(), HasSubstr("is not a price: give an amount an hour")) << text;
  }
}

}  // namespace
}  // namespace sinew::price
