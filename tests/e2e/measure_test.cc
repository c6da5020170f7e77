// `sinew bench` and `sinew profile` as users call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MeasureTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
  }
};

TEST_F(MeasureTest, BenchMeasuresTheNetwork) {
  const Outcome text = Sinew("bench m.sinew --network-only --repeats 3");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(text.out.find("3 times inference on image: synthetic at 0."), 0u) << text.out;
  const Outcome outcome =
      Sinew("bench m.sinew --network-only --threads 1 --replicas 2 --batch 2 --warmup 0 --repeats 5 --json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["workload"], "network");
  EXPECT_EQ(json["repeats"], 10);
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["resolution"], "64x48");
  EXPECT_TRUE(json["smoothing_taps"].is_null());
  EXPECT_GT(json["load_ms"], 0);
  EXPECT_GT(json["create_ms"], 0);
  EXPECT_GT(json["p50_ms"], 0);
  EXPECT_LE(json["min_ms"], json["p50_ms"]);
  EXPECT_LE(json["p99_ms"], json["max_ms"]);
  EXPECT_LE(json["mad_ms"], json["max_ms"]);
  EXPECT_EQ(json["quantiles_ms"].size(), 101u);
  EXPECT_EQ(json["quantiles_ms"][50], json["p50_ms"]);
  EXPECT_EQ(json["quantiles_ms"][100], json["max_ms"]);
  EXPECT_DOUBLE_EQ(json["seconds_per_image"].get<double>() * json["pictures_per_second"].get<double>(), 1);
  EXPECT_GT(json["share_of_peak"], 0);
  EXPECT_GT(json["machine"]["processors"], 0);
  const Outcome forced = Sinew("bench m.sinew --network-only --repeats 1 --json", "SINEW_FORCE_TARGET=scalar");
  EXPECT_EQ(nlohmann::json::parse(forced.out)["target"], "scalar") << forced.err;
}

TEST_F(MeasureTest, BenchMeasuresFromPicturesToPeople) {
  const Outcome text = Sinew("bench m.sinew a.png --repeats 3");
  EXPECT_EQ(text.out.find("3 times inference on image: a.png at 0."), 0u) << text.out << text.err;
  EXPECT_THAT(text.out, HasSubstr("decoding the picture"));
  const nlohmann::json json =
      nlohmann::json::parse(Sinew("bench m.sinew a.png 'b ü.jpg' --repeats 4 --smoothing 5 --json").out);
  EXPECT_EQ(json["workload"], "end-to-end");
  EXPECT_EQ(json["picture"], "2 pictures");
  EXPECT_EQ(json["smoothing_taps"], 5);
  EXPECT_GT(json["stages_ms"]["network"], 0);
  EXPECT_LE(json["stages_ms"]["network"], json["max_ms"]);
  EXPECT_THAT(Sinew("bench m.sinew --repeats 1").out, HasSubstr("synthetic"));
}

TEST_F(MeasureTest, BenchSweeps) {
  const std::string sweep = "bench m.sinew a.png --threads 1,2 --cores 1,2 --smoothing 5,25 --repeats 2 ";
  const nlohmann::json json = nlohmann::json::parse(Sinew(sweep + "--json").out);
  ASSERT_EQ(json.size(), 8u);
  EXPECT_EQ(json[0]["threads"], 1);
  EXPECT_EQ(json[1]["replicas"], 2);
  EXPECT_EQ(json[7]["smoothing_taps"], 25);
  const std::string csv = Sinew(sweep + "--csv").out;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 9);
  const std::string header = csv.substr(0, csv.find('\n')),
                    row = csv.substr(header.size() + 1, csv.find('\n', header.size() + 1) - header.size() - 1);
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), std::count(row.begin(), row.end(), ',')) << row;
  EXPECT_THAT(header,
              AllOf(HasSubstr("p99_ms"), HasSubstr("processor"), HasSubstr("instance_type"), HasSubstr("network_ms")));
  const std::string text = Sinew(sweep).out;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8 + 1 + 1 + 8) << text;
  const Outcome resolutions = Sinew("bench graph.pb --network-only --net-resolution 64x48,96x64 --repeats 1 --json");
  EXPECT_EQ(nlohmann::json::parse(resolutions.out)[1]["resolution"], "96x64") << resolutions.err;
}

TEST_F(MeasureTest, BenchUnderLoad) {
  const nlohmann::json json = nlohmann::json::parse(Sinew("bench m.sinew a.png --rate 100 --repeats 10 --json").out);
  EXPECT_EQ(json["loop"], "open");
  EXPECT_EQ(json["rate"], 100);
  EXPECT_EQ(json["repeats"], 10);
  EXPECT_THAT(Sinew("bench m.sinew --rate 1000000 --repeats 300 --threads 1").err,
              HasSubstr("are more than this can serve"));
}

TEST_F(MeasureTest, BenchRefusesBeforeItMeasures) {
  for (const auto& [arguments, message] :
       {std::pair{"--network-only --batch 0", "--batch 0: give 1 to 1024"},
        {"--batch 1,2", "--batch needs --network-only"},
        {"--threads 1,-1", "--threads -1"},
        {"--cores 0", "--cores 0"},
        {"--smoothing 25,4", "smoothing_taps is 4"},
        {"--network-only --smoothing 5,25", "no smoothing"},
        {"a.png --network-only", "leave yours out"},
        {"--repeats 0", "0 repeats"},
        {"--rate -1", "a rate of -1"},
        {"--network-only --net-resolution 64x48,64x64", "was compiled for 64x48, not for 64x64"}}) {
    const Outcome outcome = Sinew(std::string("bench m.sinew ") + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_THAT(Sinew("bench m.sinew missing.png").err, HasSubstr("missing.png"));
  EXPECT_THAT(Sinew("bench m.sinew graph.pb").err, HasSubstr("graph.pb"));
}

TEST_F(MeasureTest, BenchNamesTheCloudMachine) {
  // A stand-in that has nothing to say costs no more than its refusal.
  const Outcome outcome =
      Sinew("bench m.sinew --network-only --repeats 1 --json", "SINEW_METADATA_URL=http://127.0.0.1:1");
  EXPECT_TRUE(nlohmann::json::parse(outcome.out)["machine"]["instance"].is_null());
}

TEST_F(MeasureTest, ProfilesOfTheNetwork) {
  const Outcome table = Sinew("profile m.sinew --repeats 3 --top 2");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("3 calls of the network alone"), HasSubstr("unexplained"),
                               HasSubstr("--top 0"), HasSubstr("waiting for threads")));
  const Outcome tree = Sinew("profile m.sinew --repeats 3 --view tree");
  EXPECT_THAT(tree.out, AllOf(HasSubstr("params"), HasSubstr("(all "), HasSubstr("conv1/Conv2D")));
  const nlohmann::json json = nlohmann::json::parse(Sinew("profile m.sinew --repeats 4 --threads 1 --json").out);
  EXPECT_EQ(json["threads"], 1);
  double sum = 0;
  for (const auto& stage : json["pipeline"]) sum += stage["mean_ms"].get<double>();
  EXPECT_NEAR(sum, json["wall_ms_mean"].get<double>(), 1e-6);
  for (const auto& step : json["steps"]) EXPECT_EQ(step["calls"], 4);
}

TEST_F(MeasureTest, ProfilesOfThePipeline) {
  const Outcome outcome = Sinew("profile m.sinew a.png 'b ü.jpg' --repeats 3 --trace trace.json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* stage : {"read", "resize", "network", "upsample and smooth", "peaks", "limbs", "assembly", "draw",
                            "encode and write", "unexplained"}) {
    EXPECT_THAT(outcome.out, HasSubstr(stage));
  }
  EXPECT_FALSE(nlohmann::json::parse(Content("trace.json"))["traceEvents"].empty());
  EXPECT_THAT(Sinew("profile m.sinew nobody.png").err, HasSubstr("nobody.png"));
  EXPECT_EQ(Sinew("profile m.sinew --view branch").code, 2);
  EXPECT_EQ(Sinew("profile m.sinew --repeats 0").code, 2);
  EXPECT_THAT(Sinew("profile m.sinew --trace no/such/folder/t.json --repeats 1").err,
              HasSubstr("no/such/folder/t.json"));
}

}  // namespace
}  // namespace sinew
