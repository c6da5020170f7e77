// Evaluations of a miniature network on made-up pictures, and of files.
#include "service/evaluation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "media/images/image.h"

namespace sinew::service {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EvaluationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              fmt::format("evaluation_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    media::Image image = media::Image::OfSize(80, 60);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i / 77);
    for (const char* name : {"a.png", "b.png"}) ASSERT_TRUE(media::WriteImage(folder_ / name, image).ok());
    ASSERT_TRUE(WriteFile(folder_ / "bad.png", "no picture").ok());
    // Small limits find somebody in anything.
    side_.configuration.model = (folder_ / "graph.pb").string();
    pipeline::AnalysisOptions& analysis = side_.configuration.analysis;
    analysis.resolution = {64, 48};
    analysis.decode = {
        .peak_threshold = 0.001f, .paf_threshold = 0, .min_paf_samples = 1, .min_parts = 1, .min_score = 0};
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::vector<media::Input> Inputs(std::initializer_list<const char*> names) const {
    std::vector<media::Input> inputs;
    for (const char* name : names)
      inputs.push_back({media::InputKind::kPicture, name, (folder_ / name).string(), Status()});
    return inputs;
  }

  fs::path folder_;
  EvaluatedSide side_;
};

TEST_F(EvaluationTest, AConfigurationAgreesWithItself) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  const auto report = EvaluateAgreement(side_, side_, Inputs({"a.png", "bad.png", "b.png"}), models);
  ASSERT_TRUE(report.ok()) << report.status().message();
  const evaluate::Agreement& agreement = *report->evaluation.agreement;
  ASSERT_GT(agreement.expected, 0);
  EXPECT_EQ(agreement.f1, 1);
  EXPECT_EQ(report->evaluation.pictures, 2);
  EXPECT_THAT(report->failures, ElementsAre(HasSubstr("bad.png")));
  EXPECT_THAT(report->name, HasSubstr("graph.pb 64x48, 25 taps"));
  EXPECT_EQ(report->evaluation.configuration.resize_mode, "stretch");
}

// What is found is the side that may lack people; files of results stand for either.
TEST_F(EvaluationTest, CountsPeopleBySide) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  const auto inputs = Inputs({"a.png"});
  EvaluatedSide nobody = side_;
  nobody.configuration.analysis.decode.min_score = 1e6f;
  const auto missing = EvaluateAgreement(nobody, side_, inputs, models);
  ASSERT_TRUE(missing.ok()) << missing.status().message();
  EXPECT_EQ(missing->evaluation.agreement->found, 0);
  EXPECT_GT(missing->evaluation.agreement->expected, 0);

  ASSERT_TRUE(WriteFile(folder_ / "empty.jsonl",
                        R"({"source": "a.png", "frame": 0, "width": 80, "height": 60, "people": []})"
                        "\n")
                  .ok());
  const EvaluatedSide file{{}, (folder_ / "empty.jsonl").string()};
  const auto surplus = EvaluateAgreement(side_, file, inputs, models);
  ASSERT_TRUE(surplus.ok()) << surplus.status().message();
  EXPECT_EQ(surplus->evaluation.agreement->expected, 0);
  EXPECT_GT(surplus->evaluation.agreement->found, 0);
  EXPECT_EQ(surplus->reference_name, file.results);
}

TEST_F(EvaluationTest, SaysWhatIsWrong) {
  const ModelCache models({.folder = folder_ / "cache", .log = nullptr});
  const fs::path annotations = folder_ / "annotations.json";
  EXPECT_THAT(EvaluateAnnotated(side_, annotations, folder_, models).status().message(), HasSubstr("annotations.json"));
  ASSERT_TRUE(WriteFile(annotations, R"({"images": [{"id": 7, "file_name": "bad.png", "width": 80, "height": 60}],
      "categories": [{"id": 1, "name": "person"}], "annotations": []})")
                  .ok());
  EXPECT_THAT(EvaluateAnnotated(side_, annotations, folder_ / "none", models).status().message(),
              HasSubstr("none: no such folder"));
  EXPECT_THAT(EvaluateAnnotated(side_, annotations, folder_, models).status().message(),
              HasSubstr("none of its pictures could be read"));
  const EvaluatedSide lost{{}, (folder_ / "lost.jsonl").string()};
  EXPECT_THAT(EvaluateAgreement(lost, side_, {}, models).status().message(), HasSubstr("lost.jsonl"));
}

}  // namespace
}  // namespace sinew::service
