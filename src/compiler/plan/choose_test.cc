// Choosing among measured algorithms.
#include "compiler/plan/choose.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "compiler/plan/tuner.h"

namespace sinew::plan {
namespace {

// A 7x7 convolution whose fast algorithms take megabytes for their weights.
program::StepT LargeStep() {
  program::StepT step;
  step.name = "step";
  step.inputs = {program::Slice(0, 46, 54, 128, 128, program::DataType::F32)};
  step.output = std::make_unique<program::Slice>(0, 46, 54, 128, 128, program::DataType::F32);
  program::ConvStepT conv;
  conv.window = std::make_unique<program::Window>(7, 7, 1, 1, 1, 1, 3, 3);
  conv.activation = program::Activation::Relu;
  step.what.Set(std::move(conv));
  return step;
}

class ChooseTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Tuner Open() const {
    Result<Tuner> tuner = Tuner::Open(file_, simd::SupportedTargets().back());
    EXPECT_TRUE(tuner.ok()) << tuner.status().message();
    return std::move(*tuner);
  }
  std::string_view Choose(Tuner* tuner) const {
    const Result<backends::Algorithm> chosen = Chooser({.max_layer_error = 1e-3, .tuner = tuner}).Choose(LargeStep());
    EXPECT_TRUE(chosen.ok()) << chosen.status().message();
    return chosen->name;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("choose_test." + std::to_string(getpid()));
  const std::filesystem::path file_ = folder_ / "tuning.json";
};

TEST_F(ChooseTest, MemoryIsAsDearOnAFastProcessorAsOnASlowOne) {
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

TEST(ChooseSmallWeightsTest, WeightsAreSmallWhereMemoryIsShort) {
  const backends::Algorithm fast = Chooser({.max_layer_error = 1e-3}).Choose(LargeStep()).value();
  const backends::Algorithm small =
      Chooser({.max_layer_error = 1e-3, .small_weights = true}).Choose(LargeStep()).value();
  constexpr size_t kPlain = sizeof(float) * 7 * 7 * 128 * 128;
  EXPECT_GT(fast.weight_bytes, 2 * kPlain);
  EXPECT_LE(small.weight_bytes, 3 * kPlain / 2);
  EXPECT_GT(small.seconds, fast.seconds);
}

}  // namespace
}  // namespace sinew::plan
