// Choosing among measured algorithms.
#include "compiler/plan/choose_conv.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "compiler/plan/tuner.h"

namespace sinew::plan {
namespace {

// A 7x7 convolution whose fast algorithms take megabytes for their weights.
constexpr cpu::ConvProblem kLarge = {.in_h = 46,
                                     .in_w = 54,
                                     .in_c = 128,
                                     .out_h = 46,
                                     .out_w = 54,
                                     .out_k = 128,
                                     .kernel_h = 7,
                                     .kernel_w = 7,
                                     .stride_h = 1,
                                     .stride_w = 1,
                                     .dilation_h = 1,
                                     .dilation_w = 1,
                                     .pad_top = 3,
                                     .pad_left = 3,
                                     .activation = cpu::Activation::kRelu};

class ChooseConvTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Tuner Open() const {
    Result<Tuner> tuner = Tuner::Open(file_, simd::SupportedTargets().back());
    EXPECT_TRUE(tuner.ok()) << tuner.status().message();
    return std::move(*tuner);
  }
  std::string_view Choose(Tuner* tuner) const {
    return ConvChooser({.max_layer_error = 1e-3, .tuner = tuner}).Choose("step", kLarge).algorithm->name;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("choose_conv_test." + std::to_string(getpid()));
  const std::filesystem::path file_ = folder_ / "tuning.json";
};

TEST_F(ChooseConvTest, MemoryIsAsDearOnAFastProcessorAsOnASlowOne) {
  Tuner measuring = Open();
  const std::string_view chosen = Choose(&measuring);
  EXPECT_GT(measuring.measured(), 1);
  ASSERT_TRUE(measuring.Save().ok());
  const std::string measured = ReadFile(file_).value();
  for (const double factor : {0.02, 50.0}) {
    nlohmann::json json = nlohmann::json::parse(measured);
    for (auto& times : json["seconds"]) {
      for (auto& seconds : times) seconds = seconds.get<double>() * factor;
    }
    ASSERT_TRUE(WriteFile(file_, json.dump()).ok());
    Tuner other = Open();
    EXPECT_EQ(Choose(&other), chosen) << "times multiplied by " << factor;
    EXPECT_EQ(other.measured(), 0);
  }
}

}  // namespace
}  // namespace sinew::plan
