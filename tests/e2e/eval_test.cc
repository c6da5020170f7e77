// `sinew eval` and `sinew compile --verify --images` as users call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class EvalTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    Compile();
    // Grain in which the miniature network sees people.
    fs::create_directories(folder_ / "photos");
    for (int i = 0; i < 3; ++i) {
      media::Image image = media::Image::OfSize(90 + 10 * i, 70);
      unsigned state = static_cast<unsigned>(i) + 1;
      for (uint8_t& value : image.pixels) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<uint8_t>(state >> 24);
      }
      ASSERT_TRUE(media::WriteImage(folder_ / fs::path("photos") / (std::to_string(i) + ".png"), image).ok());
    }
  }
};

TEST_F(EvalTest, AConfigurationAgreesWithItself) {
  const Outcome outcome = Sinew("eval m.sinew photos --against m.sinew --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["eval_format"], 1);
  EXPECT_EQ(json["pictures"], 3);
  ASSERT_GT(json["agreement"]["found"], 0) << "people, or the test says nothing";
  EXPECT_EQ(json["agreement"]["f1"], 1);
  EXPECT_EQ(json["agreement"]["pixels"]["max"], 0);
  EXPECT_EQ(json["configuration"], json["reference"]);
  EXPECT_EQ(json["configuration"]["resolution"], "64x48");
}

TEST_F(EvalTest, LikeOpenPoseAndByADescription) {
  const Outcome outcome = Sinew(
      "eval graph.pb photos --net-resolution 64x48 --compat openpose --against-compat none --min-parts 1 --min-score "
      "0");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("graph.pb 64x48 padded, like OpenPose"), HasSubstr("against graph.pb 64x48, 25 taps")));
  const std::string described = Sinew("model describe m.sinew").out;
  std::string renamed = described;
  renamed.replace(renamed.find("coco18"), 6, "people");
  ASSERT_TRUE(WriteFile(folder_ / "people.json", renamed).ok());
  EXPECT_EQ(Sinew("eval graph.pb photos --net-resolution 64x48 --skeleton people.json --against-smoothing 5").code, 0);
  EXPECT_THAT(Sinew("eval m.sinew photos --skeleton people.json --against-smoothing 5").err,
              HasSubstr("is compiled already"));
  EXPECT_THAT(Sinew("eval graph.pb photos --skeleton none.json --against-smoothing 5").err,
              HasSubstr("--skeleton: none.json"));
  EXPECT_THAT(Sinew("eval graph.pb photos --prototxt x.prototxt --against-smoothing 5").err,
              HasSubstr("a --prototxt has no use for it"));
}

TEST_F(EvalTest, OptionsOfTheReferenceAlone) {
  const auto json = nlohmann::json::parse(Sinew("eval m.sinew photos --smoothing 5 --against-smoothing 25 --json").out);
  EXPECT_EQ(json["configuration"]["smoothing_taps"], 5);
  EXPECT_EQ(json["reference"]["smoothing_taps"], 25);
  EXPECT_EQ(json["reference"]["model_xxh3"], json["configuration"]["model_xxh3"]);
  EXPECT_LT(json["agreement"]["mean_oks"], 1) << "less smoothing finds other people in noise";
  const Outcome text = Sinew(
      "eval graph.pb photos --net-resolution 64x48 --resize-mode pad --against-net-resolution 96x64 "
      "--against-resize-mode stretch");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("graph.pb 64x48 padded"), HasSubstr("against graph.pb 96x64"), HasSubstr("F1 ")));
  const Outcome low = Sinew("eval m.sinew photos --smoothing 1 --against-smoothing 25 --min-agreement 1");
  EXPECT_EQ(low.code, 1);
  EXPECT_THAT(low.err, HasSubstr("at least 1 was asked for"));
}

TEST_F(EvalTest, ResultsStandForEitherSide) {
  ASSERT_EQ(Sinew("run photos --model m.sinew --write-jsonl r.jsonl").code, 0);
  for (const char* sides :
       {"r.jsonl --against r.jsonl", "m.sinew photos --against r.jsonl", "r.jsonl photos --against m.sinew"}) {
    const Outcome outcome = Sinew(std::string("eval --json ") + sides);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(nlohmann::json::parse(outcome.out)["agreement"]["f1"], 1) << sides;
  }
  // A part of what the file holds.
  EXPECT_EQ(Sinew("eval m.sinew photos/1.png --against r.jsonl").code, 0);
  const Outcome missing = Sinew("eval m.sinew a.png --against r.jsonl");
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("r.jsonl: has no record of a.png frame 0"));
  ASSERT_TRUE(WriteFile(folder_ / "bad.jsonl", "{\"source\":").ok());
  ASSERT_TRUE(WriteFile(folder_ / "worse.jsonl", "{}\n").ok());
  EXPECT_THAT(Sinew("eval worse.jsonl --against r.jsonl").err, HasSubstr("worse.jsonl"));
  EXPECT_THAT(Sinew("eval bad.jsonl --against r.jsonl").err, HasSubstr("bad.jsonl: has no record"));
}

// Precision is of what was found and recall of what was expected, whichever side is run.
TEST_F(EvalTest, PrecisionAndRecallStayInTheirPlaces) {
  ASSERT_EQ(Sinew("run photos --model m.sinew --write-jsonl r.jsonl --max-people 1").code, 0);
  const auto few_expected =
      nlohmann::json::parse(Sinew("eval m.sinew photos --against r.jsonl --json").out)["agreement"];
  const auto few_found = nlohmann::json::parse(Sinew("eval r.jsonl photos --against m.sinew --json").out)["agreement"];
  EXPECT_EQ(few_expected["recall"], 1);
  EXPECT_LT(few_expected["precision"], 1);
  EXPECT_EQ(few_found["precision"], 1);
  EXPECT_LT(few_found["recall"], 1);
  EXPECT_EQ(few_found["expected"], few_expected["found"]);
}

TEST_F(EvalTest, PicturesThatCannotBeReadAreLeftOutAndTold) {
  ASSERT_TRUE(WriteFile(folder_ / "photos/9.png", "damaged").ok());
  const Outcome outcome = Sinew("eval m.sinew photos --against-smoothing 5 --json");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("photos/9.png"));
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["pictures"], 3);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(Sinew("eval m.sinew photos/9.png --against-smoothing 5").code, 1) << "nothing is left";
}

TEST_F(EvalTest, AnnotatedPictures) {
  // The people that the network finds are the annotated ones: it is right about all of them.
  ASSERT_EQ(Sinew("run photos --model m.sinew --write-coco-json results.json").code, 0);
  nlohmann::json results = nlohmann::json::parse(Content("results.json"));
  ASSERT_FALSE(results.empty());
  nlohmann::json truth = {{"categories", {{{"id", 1}, {"name", "person"}}}},
                          {"images", nlohmann::json::array()},
                          {"annotations", nlohmann::json::array()}};
  for (int i = 0; i < 3; ++i) truth["images"].push_back({{"id", i}, {"file_name", std::to_string(i) + ".png"}});
  for (size_t i = 0; i < results.size(); ++i) {
    nlohmann::json keypoints = results[i]["keypoints"];
    int labelled = 0;
    for (size_t k = 2; k < keypoints.size(); k += 3) {
      labelled += keypoints[k] > 0;
      keypoints[k] = keypoints[k] > 0 ? 2 : 0;
    }
    truth["annotations"].push_back({{"id", i},
                                    {"image_id", results[i]["image_id"]},
                                    {"category_id", 1},
                                    {"iscrowd", 0},
                                    {"area", 2500},
                                    {"bbox", {0, 0, 50, 50}},
                                    {"num_keypoints", labelled},
                                    {"keypoints", keypoints}});
  }
  ASSERT_TRUE(WriteFile(folder_ / "truth.json", truth.dump()).ok());
  for (const char* what : {"m.sinew --images photos", "--results results.json"}) {
    const Outcome outcome = Sinew(std::string("eval --json --annotations truth.json ") + what);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto json = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(json["kind"], "coco");
    EXPECT_GT(json["coco"]["ap50"].get<double>(), 0.95) << what;
    EXPECT_EQ(json["coco"]["ap_medium"], json["coco"]["ap"]) << "all have the area of a medium person";
    EXPECT_TRUE(json["coco"]["ap_large"].is_null()) << "nobody is large";
  }
  EXPECT_THAT(Sinew("eval --annotations truth.json --results results.json").out,
              HasSubstr("AP large   nobody to find"));
  fs::remove(folder_ / "photos/1.png");
  const Outcome partly = Sinew("eval m.sinew --annotations truth.json --images photos");
  EXPECT_EQ(partly.code, 3);
  EXPECT_THAT(partly.err, HasSubstr("photos/1.png"));
}

TEST_F(EvalTest, CommandLinesThatMakeNoSense) {
  for (const auto& [arguments, message] :
       {std::pair{"", "name a model"},
        {"m.sinew photos", "nothing to compare with"},
        {"m.sinew --against-smoothing 5", "name the pictures"},
        {"m.sinew photos --against-smoothing 4", "smoothing_taps is 4"},
        {"m.sinew photos --against m.sinew --annotations t.json", "one at a time"},
        {"m.sinew --annotations t.json", "--images"},
        {"--annotations t.json", "needs a model, or --results"},
        {"m.sinew --images photos", "need --annotations"},
        {"m.sinew photos --against m.sinew --min-oks 0", "min_oks is 0"},
        {"m.sinew photos --against-net-resolution 80x80", "was compiled for 64x48, not for 80x80"}}) {
    const Outcome outcome = Sinew(std::string("eval ") + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
  }
  EXPECT_THAT(Sinew("eval m.sinew --annotations none.json --images photos").err, HasSubstr("none.json"));
  ASSERT_TRUE(WriteFile(folder_ / "t.json", "{}").ok());
  EXPECT_THAT(Sinew("eval m.sinew --annotations t.json --images photos").err, HasSubstr("t.json"));
}

TEST_F(EvalTest, ArtifactsAreAcceptedWhenPeopleAgree) {
  const std::string compile =
      "compile graph.pb --net-resolution 64x48 --net-resolution 96x64 --verify --images photos ";
  const Outcome accepted = Sinew(compile + "-o good.sinew -q");
  EXPECT_EQ(accepted.code, 0) << accepted.err << accepted.out;
  EXPECT_THAT(accepted.out, AllOf(HasSubstr("verified  96x64: maximum difference"),
                                  HasSubstr("people in 3 pictures, F1 1.0000"), HasSubstr(": ok")));
  EXPECT_TRUE(fs::exists(folder_ / "good.sinew"));
  const Outcome failed = Sinew("compile graph.pb --net-resolution 64x48 -o bad.sinew --verify --tolerance 1e-15");
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.err, HasSubstr("bad.sinew: not written"));
  const Outcome unreadable = Sinew("compile graph.pb --net-resolution 64x48 -o bad.sinew --verify --images no.png");
  EXPECT_EQ(unreadable.code, 1);
  EXPECT_THAT(unreadable.err, HasSubstr("no.png"));
  ASSERT_TRUE(media::WriteImage(folder_ / "empty.png", media::Image::OfSize(20, 20)).ok());
  EXPECT_EQ(Sinew("compile graph.pb --net-resolution 64x48 -o bad.sinew --images photos").code, 2)
      << "without --verify";
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_FALSE(entry.path().filename().string().starts_with("bad")) << entry.path();
}

}  // namespace
}  // namespace sinew
