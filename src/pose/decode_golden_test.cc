// tf-pose-estimation's people, from saved network outputs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/npy.h"
#include "pose/decode.h"

namespace sinew::pose {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int kKeypointCount = 18, kMapChannels = 57;

struct SavedMaps {
  int height, width;
  std::vector<float> values;  // NHWC
  ConstView view() const { return {values.data(), height, width, kMapChannels, kMapChannels}; }
};

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder_ / "index.json")) GTEST_SKIP() << "no reference data in " << folder_;
    for (const Json& entry : ReadJson("index.json")) {
      const std::string size =
          std::to_string(entry["net_input"][0].get<int>()) + "x" + std::to_string(entry["net_input"][1].get<int>());
      const fs::path tensor =
          folder_ / "tensors" /
          (entry["image"].get<std::string>() + "." + entry["model"].get<std::string>() + "." + size + ".output.npy");
      if (!entry["stable"].get<bool>() || !fs::exists(tensor)) continue;
      cases_.push_back({ReadJson(fs::path("people") / entry["file"].get<std::string>()), tensor, entry["file"]});
    }
    ASSERT_FALSE(cases_.empty());
  }

  struct Case {
    Json expected;
    fs::path tensor;
    std::string name;
    DecodeOptions options(DecodeOptions::Compat compat) const {
      return {
          .resize_out_ratio = expected["resize_out_ratio"], .smoothing_taps = expected["gauss_taps"], .compat = compat};
    }
    MapGeometry geometry() const {
      return {.picture_width = expected["image_size"][0],
              .picture_height = expected["image_size"][1],
              .network_width = expected["net_input"][0],
              .network_height = expected["net_input"][1]};
    }
  };

  Json ReadJson(const fs::path& name) { return Json::parse(std::ifstream(folder_ / name)); }

  const SavedMaps& Load(const fs::path& tensor) {
    const auto [entry, inserted] = maps_.try_emplace(tensor);
    SavedMaps& maps = entry->second;
    if (!inserted) return maps;
    const auto saved = ReadNpy(tensor);
    EXPECT_TRUE(saved.ok()) << saved.status().message();
    maps.height = static_cast<int>(saved->shape[1]), maps.width = static_cast<int>(saved->shape[2]);
    const int cells = maps.height * maps.width;
    maps.values.resize(saved->values.size());
    for (int c = 0; c < kMapChannels; ++c) {
      for (int i = 0; i < cells; ++i) maps.values[i * kMapChannels + c] = saved->values[c * cells + i];
    }
    return maps;
  }

  const fs::path folder_ = fs::path(SINEW_SHARED_DIR) / "reference";
  std::vector<Case> cases_;
  std::map<fs::path, SavedMaps> maps_;
};

TEST_F(Golden, TfPoseCompatibleDecoderFindsExactlyTheSamePeople) {
  Decoder decoder;
  for (const Case& c : cases_) {
    SCOPED_TRACE(c.name);
    const auto people = decoder.Decode(Load(c.tensor).view(), c.geometry(), c.options(DecodeOptions::Compat::kTfPose));
    ASSERT_TRUE(people.ok()) << people.status().message();
    ASSERT_EQ(decoder.upsampled_width(), c.expected["heat_size"][0].get<int>());
    ASSERT_EQ(decoder.upsampled_height(), c.expected["heat_size"][1].get<int>());
    const Json& humans = c.expected["humans"];
    ASSERT_EQ(people->size(), humans.size());
    for (size_t i = 0; i < humans.size(); ++i) {
      EXPECT_NEAR((*people)[i].score, humans[i]["score"].get<double>(), 1e-5);
      for (int k = 0; k < kKeypointCount; ++k) {
        const std::string id = std::to_string(k);
        const Keypoint& keypoint = (*people)[i].keypoints[k];
        const int peak = decoder.assemblies()[i].peaks[k];
        ASSERT_EQ(peak != kMissing, humans[i]["parts"].contains(id)) << "person " << i << " keypoint " << k;
        if (peak == kMissing) {
          EXPECT_EQ(keypoint, Keypoint());
          continue;
        }
        const Json& pixel = humans[i]["parts_px"][id];
        EXPECT_EQ(decoder.peaks().peaks[peak].x, pixel[0].get<int>()) << "person " << i << " keypoint " << k;
        EXPECT_EQ(decoder.peaks().peaks[peak].y, pixel[1].get<int>()) << "person " << i << " keypoint " << k;
        const Json& part = humans[i]["parts"][id];
        EXPECT_NEAR(keypoint.x / c.geometry().picture_width, part[0].get<double>(), 1e-6);
        EXPECT_NEAR(keypoint.y / c.geometry().picture_height, part[1].get<double>(), 1e-6);
        EXPECT_NEAR(keypoint.score, part[2].get<double>(), 1e-5);
      }
    }
  }
}

TEST_F(Golden, PeaksAreTheSame) {
  Decoder decoder;
  for (const Case& c : cases_) {
    SCOPED_TRACE(c.name);
    ASSERT_TRUE(decoder.Decode(Load(c.tensor).view(), c.geometry(), c.options(DecodeOptions::Compat::kTfPose)).ok());
    for (int k = 0; k < kKeypointCount; ++k) {
      const auto peaks = decoder.peaks().of(k);
      const Json& expected = c.expected["peaks"][k];
      ASSERT_EQ(peaks.size(), expected.size()) << "keypoint " << k;
      for (size_t i = 0; i < peaks.size(); ++i) {
        EXPECT_EQ(peaks[i].x, expected[i][0].get<int>());
        EXPECT_EQ(peaks[i].y, expected[i][1].get<int>());
        EXPECT_NEAR(peaks[i].score, expected[i][2].get<double>(), 1e-5);
        EXPECT_NEAR(peaks[i].smoothed, expected[i][3].get<double>(), 1e-5);
      }
    }
  }
}

// The default decoder differs in coordinates and in contradictions only: on real pictures it finds as many people, and
// almost all of their keypoints are the same peaks.
TEST_F(Golden, DefaultDecoderAgreesButForItsImprovements) {
  Decoder decoder;
  int keypoints = 0, same = 0;
  for (const Case& c : cases_) {
    SCOPED_TRACE(c.name);
    ASSERT_TRUE(decoder.Decode(Load(c.tensor).view(), c.geometry(), c.options(DecodeOptions::Compat::kNone)).ok());
    const Json& humans = c.expected["humans"];
    EXPECT_EQ(decoder.assemblies().size(), humans.size());
    for (size_t i = 0; i < std::min(humans.size(), decoder.assemblies().size()); ++i) {
      for (const auto& [id, pixel] : humans[i]["parts_px"].items()) {
        ++keypoints;
        const int peak = decoder.assemblies()[i].peaks[std::stoi(id)];
        if (peak == kMissing) continue;
        same += decoder.peaks().peaks[peak].x == pixel[0].get<int>() &&
                decoder.peaks().peaks[peak].y == pixel[1].get<int>();
      }
    }
  }
  EXPECT_GE(same, keypoints * 99 / 100) << "of " << keypoints;
  RecordProperty("keypoints", keypoints);
  RecordProperty("same", same);
}

}  // namespace
}  // namespace sinew::pose
