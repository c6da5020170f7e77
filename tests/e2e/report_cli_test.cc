// `sinew cost` and `sinew report` as users call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
    fs::create_directories(folder_ / "results");
    ASSERT_EQ(Shell("\"$SINEW\" bench m.sinew a.png --threads 1,2 --repeats 3 --json >results/bench.json").code, 0);
    ASSERT_EQ(Shell("\"$SINEW\" profile m.sinew --repeats 2 --json >results/profile.json").code, 0);
    ASSERT_EQ(Shell("\"$SINEW\" eval m.sinew a.png --against m.sinew --json >results/eval.json").code, 0);
    SetUsedByOthers("0");
  }
  // Whatever else runs beside the tests.
  void SetUsedByOthers(const std::string& share) const {
    ASSERT_EQ(
        Shell("sed -i -E 's/\"used_by_others\": [-0-9.e]+/\"used_by_others\": " + share + "/' results/*.json").code, 0);
  }
};

TEST_F(ReportTest, CostsOfWhatWasMeasured) {
  const Outcome text = Sinew("cost results --instance c6a.large --price 0.0765/h");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("c6a.large"), HasSubstr("inf1.xlarge"), HasSubstr("0.00718622"),
                              HasSubstr("published, with another program")));
  const auto json = nlohmann::json::parse(
      Sinew("cost results/bench.json results/eval.json --instance c6a.large --price 0.0765/h --measured-only --json")
          .out);
  ASSERT_EQ(json["rows"].size(), 2u);
  for (const auto& row : json["rows"]) {
    EXPECT_DOUBLE_EQ(row["cost_per_1000"].get<double>(), 0.0765 / 3600 * row["seconds_per_image"].get<double>() * 1000);
    EXPECT_DOUBLE_EQ(row["images_per_unit"].get<double>() * row["cost_per_1000"].get<double>(), 1000);
    EXPECT_EQ(row["agreement"], 1) << "joined with the evaluation";
  }
  const Outcome unpriced = Sinew("cost results --measured-only");
  EXPECT_EQ(unpriced.code, 0);
  EXPECT_THAT(unpriced.err, HasSubstr("no price: give --price"));
}

TEST_F(ReportTest, CostChooses) {
  const std::string cost = "cost results --instance c6a.large --price 0.0765/h ";
  const Outcome chosen = Sinew(cost + "--deadline 100000 --load 1000000");
  EXPECT_EQ(chosen.code, 0) << chosen.err;
  EXPECT_THAT(chosen.out, AllOf(HasSubstr("cheapest: c6a.large"), HasSubstr("machines")));
  const Outcome none = Sinew(cost + "--min-fps 1e12 --json");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("nothing meets the requirements: 2 too slow"));
  EXPECT_TRUE(nlohmann::json::parse(none.out)["cheapest"].is_null());
}

TEST_F(ReportTest, ABusyMachinesResultsAreMarkedAndNotCompared) {
  SetUsedByOthers("0.3");
  const std::string cost = "cost results --instance c6a.large --price 0.0765/h --deadline 100000 ";
  const Outcome outcome = Sinew(cost);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("! c6a.large"), HasSubstr("others used 30 % of the machine meanwhile")));
  EXPECT_THAT(outcome.err, HasSubstr("2 disturbed while it was measured"));
  EXPECT_THAT(Sinew(cost + "--with-disturbed").out, HasSubstr("cheapest: c6a.large"));
  EXPECT_THAT(Sinew("report results --markdown").out, HasSubstr("measured, but others used 30 %"));
}

TEST_F(ReportTest, PricesFromFiles) {
  ASSERT_TRUE(
      WriteFile(
          folder_ / "p.json",
          R"({"prices": [{"instance": "mine", "per_hour": 3.6, "market": "spot"}, {"instance": "mine", "per_hour": 36}]})")
          .ok());
  const auto cost = [&](const std::string& flags) {
    return nlohmann::json::parse(Sinew("cost results --measured-only --json --instance mine --prices p.json " + flags)
                                     .out)["rows"][0]["price_per_hour"];
  };
  EXPECT_EQ(cost(""), 36);
  EXPECT_EQ(cost("--spot"), 3.6);
  ASSERT_TRUE(WriteFile(folder_ / "bad.json", R"({"prices": [{"instance": "mine"}]})").ok());
  EXPECT_THAT(Sinew("cost results --prices bad.json").err, HasSubstr("bad.json: prices[0].per_hour must be a number"));
}

TEST_F(ReportTest, BadCommandLinesAndFiles) {
  for (const auto& [arguments, message] :
       {std::pair{"cost results --price 0.1/h", "say with --instance"},
        {"cost results --price cheap --instance m", "\"cheap\" is not a price"},
        {"cost results/profile.json", "no file has a result of `sinew bench --json`"},
        {"cost results --deadline -1", "--deadline"},
        {"cost results --deadline inf", "--deadline"},
        {"cost results --load nan", "not a positive number"},
        {"cost results --load 1e30", "more than 1000000000 pictures a second"},
        {"report results", "say with -o"}}) {
    const Outcome outcome = Sinew(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
  }
  EXPECT_THAT(Sinew("cost nowhere.json").err, HasSubstr("nowhere.json"));
  ASSERT_TRUE(WriteFile(folder_ / "results/other.json", "{}").ok());
  EXPECT_THAT(Sinew("cost results").err, HasSubstr("results/other.json: is not a result of"));
  EXPECT_THAT(Sinew("report results -o no/such/folder.html").err, HasSubstr("other.json"));
}

TEST_F(ReportTest, APageAndMarkdown) {
  const Outcome page = Sinew("report results --instance '<b>mine</b>' --price 1/h --title 'Us & them' -o r.html");
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_THAT(Content("r.html"),
              AllOf(HasSubstr("<title>Us &amp; them</title>"), HasSubstr("&lt;b&gt;mine"), Not(HasSubstr("<b>mine"))));
  const Outcome markdown = Sinew("report results --markdown");
  EXPECT_THAT(markdown.out, AllOf(HasSubstr("| Machine |"), HasSubstr("## Where the time goes")));
  ASSERT_EQ(Sinew("report results -o r.md").code, 0);
  EXPECT_EQ(Content("r.md"), markdown.out);
  EXPECT_THAT(Sinew("report results -o no/such/r.html").err, HasSubstr("no/such/r.html"));
}

}  // namespace
}  // namespace sinew
