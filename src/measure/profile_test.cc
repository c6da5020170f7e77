// Profiles of a miniature network: complete, consistent, and in the trace format.
#include "measure/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "measure/scope_tree.h"
#include "measure/step_recorder.h"
#include "measure/trace.h"
#include "media/images/image.h"
#include "runtime/model_access.h"
#include "sinew/compiler.h"

namespace sinew::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProfileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::path(::testing::TempDir()) / "sinew profile";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    ASSERT_TRUE(Compile(folder_ / "graph.pb", folder_ / "m.sinew", {.resolutions = {{64, 48}}}).ok());
    media::Image image = media::Image::OfSize(80, 60);
    ASSERT_TRUE(media::WriteImage(folder_ / "a.png", image).ok());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static Model LoadModel() { return Model::Load(folder_ / "m.sinew").value(); }
  static std::vector<std::string> Names(const Profile& profile) {
    std::vector<std::string> names;
    for (const StageProfile& stage : profile.stages) names.push_back(stage.name);
    return names;
  }
  // What the parts of a call add up to, over all calls.
  static double SumOfStages(const Profile& profile) {
    double sum = 0;
    for (const StageProfile& stage : profile.stages) sum += stage.seconds.mean;
    return sum;
  }

  static std::filesystem::path folder_;
};
std::filesystem::path ProfileTest::folder_;

TEST_F(ProfileTest, TheNetworkAlone) {
  const Model model = LoadModel();
  const auto profile =
      ProfileNetwork(model, {.pose = {.session = {.threads = 2}}, .warmup = 1, .repeats = 7, .traced_calls = 2});
  ASSERT_TRUE(profile.ok()) << profile.status().message();
  EXPECT_THAT(Names(*profile), ElementsAre("input", "network", "waiting for threads", "unexplained"));
  EXPECT_NEAR(SumOfStages(*profile), profile->wall.mean, 1e-9) << "the parts are complete";
  const auto& steps = runtime::ModelAccess::artifact(model).model().plans[0]->steps;
  ASSERT_EQ(profile->steps.size(), steps.size());
  double direct = 0, seconds = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const StepProfile& step = profile->steps[i];
    EXPECT_EQ(step.name, steps[i]->name);
    EXPECT_EQ(step.seconds.count, 7u);
    EXPECT_GE(step.idle_share, 0);
    EXPECT_LE(step.idle_share, 1);
    EXPECT_EQ(step.direct_multiply_adds > 0, step.multiply_adds > 0) << step.name;
    direct += step.direct_multiply_adds;
    seconds += step.seconds.mean;
  }
  EXPECT_GT(direct, 0);
  EXPECT_NEAR(seconds, profile->stages[1].seconds.mean + profile->stages[2].seconds.mean, 1e-9)
      << "the steps are the network and its waiting";
  EXPECT_EQ(profile->plain.count, 7u);
  EXPECT_FALSE(ProfileNetwork(model, {.repeats = 0}).ok());
  EXPECT_FALSE(ProfileNetwork(model, {.warmup = -1}).ok());
}

TEST_F(ProfileTest, AlgorithmsThatSaveWorkDoLess) {
  // One convolution of a size for which fewer multiplications pay.
  import::TestModel network;
  network.Placeholder("image", {1, 64, 64, 3});
  network.Floats("a", {3, 3, 3, 64}, std::vector<float>(3 * 3 * 3 * 64, 0.01f)).Conv("narrow", "image", "a");
  network.Floats("b", {3, 3, 64, 64}, std::vector<float>(3 * 3 * 64 * 64, 0.01f)).Conv("wide", "narrow", "b");
  ASSERT_TRUE(WriteFile(folder_ / "conv.pb", network.GraphDef()).ok());
  ASSERT_TRUE(Compile(folder_ / "conv.pb", folder_ / "conv.sinew", {.resolutions = {{64, 64}}}).ok());
  const auto profile = ProfileNetwork(Model::Load(folder_ / "conv.sinew").value(), {.warmup = 0, .repeats = 1});
  ASSERT_TRUE(profile.ok()) << profile.status().message();
  const StepProfile& last = profile->steps.back();
  ASSERT_THAT(last.algorithm, HasSubstr("winograd"));
  EXPECT_LT(last.multiply_adds, 0.6 * last.direct_multiply_adds);
  EXPECT_EQ(last.figures.output_bytes, 64u * 64 * 64 * 4);
  uint64_t parameters = 0;
  for (const StepProfile& step : profile->steps) parameters += step.figures.parameters;
  EXPECT_EQ(parameters, 3u * 3 * 3 * 64 + 64 + 3 * 3 * 64 * 64 + 64);
}

TEST_F(ProfileTest, TheWholePipeline) {
  const std::vector<std::filesystem::path> pictures = {folder_ / "a.png"};
  const auto profile = ProfilePictures(LoadModel(), pictures, {.repeats = 3});
  ASSERT_TRUE(profile.ok()) << profile.status().message();
  EXPECT_THAT(Names(*profile), ElementsAre("read", "resize", "network", "waiting for threads", "upsample and smooth",
                                           "peaks", "limbs", "assembly", "draw", "encode and write", "unexplained"));
  EXPECT_NEAR(SumOfStages(*profile), profile->wall.mean, 1e-9);
  const std::vector<std::filesystem::path> missing = {folder_ / "b.png"};
  EXPECT_THAT(ProfilePictures(LoadModel(), missing, {}).status().message(), HasSubstr("b.png"));
  EXPECT_FALSE(ProfilePictures(LoadModel(), {}, {}).ok());
}

TEST_F(ProfileTest, TracesShowWhatEveryThreadDid) {
  const std::vector<std::filesystem::path> pictures = {folder_ / "a.png"};
  const auto profile =
      ProfilePictures(LoadModel(), pictures, {.pose = {.session = {.threads = 2}}, .repeats = 4, .traced_calls = 2});
  ASSERT_TRUE(profile.ok());
  const auto json = nlohmann::json::parse(ToChromeTrace(*profile, "a \"title\""));
  std::set<std::string> names;
  std::set<int> rows;
  for (const auto& event : json["traceEvents"]) {
    rows.insert(event["tid"].get<int>());
    if (event["ph"] == "M") continue;
    EXPECT_EQ(event["ph"], "X");
    EXPECT_GE(event["ts"].get<double>(), 0);
    EXPECT_GE(event["dur"].get<double>(), 0);
    names.insert(event["name"].get<std::string>());
  }
  EXPECT_THAT(rows, ElementsAre(0, 1, 2)) << "stages, the calling thread, the other one";
  for (const StepProfile& step : profile->steps) EXPECT_TRUE(names.contains(step.name)) << step.name;
  EXPECT_TRUE(names.contains("upsample and smooth"));
}

TEST(ScopeTreeTest, TotalsByScope) {
  const auto step = [](const char* name, double seconds, uint64_t bytes) {
    StepProfile profile;
    profile.name = name;
    profile.seconds.mean = seconds;
    profile.figures.output_bytes = bytes;
    profile.figures.parameters = bytes / 2;
    return profile;
  };
  const Scope root = ScopeTree(
      {step("net/a/conv", 1, 10), step("net/a/pool", 2, 20), step("net/b/only/one", 4, 40), step("other", 8, 80)});
  EXPECT_EQ(root.steps, 4u);
  EXPECT_EQ(root.seconds, 15);
  EXPECT_EQ(root.output_bytes, 150u);
  EXPECT_EQ(root.parameters, 75u);
  ASSERT_EQ(root.children.size(), 2u);
  EXPECT_EQ(root.children[0].name, "other") << "the longest first";
  const Scope& net = root.children[1];
  EXPECT_EQ(net.name, "net");
  EXPECT_EQ(net.seconds, 7);
  ASSERT_EQ(net.children.size(), 2u);
  EXPECT_EQ(net.children[0].name, "b/only/one") << "joined";
  EXPECT_TRUE(net.children[0].children.empty());
  EXPECT_EQ(net.children[1].name, "a");
  EXPECT_EQ(net.children[1].children[0].name, "pool");
}

TEST(StepRecorderTest, SumsWhatTheThreadsDid) {
  using std::chrono::milliseconds;
  StepRecorder recorder(2, 2);
  const RunHooks hooks = recorder.hooks();
  const auto start = std::chrono::steady_clock::now();
  // The caller works 3 ms of the first step, the other thread 1 ms; the steps end when told.
  hooks.after_part({0, 0, start, start + milliseconds(3)});
  hooks.after_part({0, 1, start + milliseconds(1), start + milliseconds(2)});
  hooks.after_step(0);
  hooks.after_step(1);
  const StepRecorder::Run run = recorder.FinishRun();
  EXPECT_DOUBLE_EQ(recorder.steps()[0].busy_seconds, 0.004);
  EXPECT_DOUBLE_EQ(recorder.steps()[1].busy_seconds, 0);
  EXPECT_EQ(recorder.parts().size(), 2u);
  EXPECT_NEAR(run.waiting_seconds, run.steps_seconds - 0.003, 1e-12);
  EXPECT_NEAR(recorder.steps()[0].seconds[0] + recorder.steps()[1].seconds[0], run.steps_seconds, 1e-12);
}

}  // namespace
}  // namespace sinew::measure
