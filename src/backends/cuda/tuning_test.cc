// The tuning file and the choice of algorithms.
#include "backends/cuda/tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "backends/cuda/testing/host_device.h"

namespace sinew::cuda {
namespace {

using ::testing::HasSubstr;

ConvProblem Problem() {
  return {.precision = Precision::kFp32,
          .in_h = 4,
          .in_w = 4,
          .in_c = 8,
          .out_h = 4,
          .out_w = 4,
          .out_k = 8,
          .in_pixel_stride = 8,
          .out_pixel_stride = 8};
}

std::filesystem::path NewFile(const char* name) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / name;
  std::filesystem::remove(path);
  return path;
}

TEST(TuningTableTest, ReadsWhatItPrints) {
  DeviceInfo device{.name = "NVIDIA T4 | 16 GB", .cudnn_version = 91900};
  TuningTable table;
  const std::string key = TuningTable::Key(device, Problem(), 2);
  EXPECT_THAT(key, HasSubstr("NVIDIA_T4___16_GB|91900|fp32/n1/"));
  table.Set(key, {"cudnn-fused:E3:17=2", 12.5});
  const Result<TuningTable> again = TuningTable::Parse(table.Print(), "file");
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_NE(again->Find(key), nullptr);
  EXPECT_EQ(*again->Find(key), (Choice{"cudnn-fused:E3:17=2", 12.5}));
  EXPECT_EQ(again->Find("other"), nullptr);
}

TEST(TuningTableTest, NamesTheLineThatItCannotRead) {
  const std::string header = "sinew-cuda-tuning 1\n";
  for (const char* line : {"a", "a|1|b|x1 direct", "a|1|b|x1 direct 0", "a|1|b|x1 direct -3", "a|1|b|x1 direct 1e99",
                           "a|1|b|x1 direct nan", "a|1|b|x1 direct 3 4", "a|1|b direct 3", "a|1|b|x1 direct 3x"}) {
    const Status status = TuningTable::Parse(header + "a|1|b|x1 direct 3\n" + line + "\n", "t.txt").status();
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << line;
    EXPECT_THAT(status.message(), HasSubstr("t.txt, line 3")) << line;
  }
  EXPECT_THAT(TuningTable::Parse("", "t.txt").status().message(), HasSubstr("t.txt is not a tuning file"));
  EXPECT_THAT(TuningTable::Parse("sinew-cuda-tuning 2\n", "t.txt").status().message(),
              HasSubstr("t.txt is not a tuning file"));
}

TEST(TunerTest, TakesTheFastestAndRemembersIt) {
  const std::filesystem::path file = NewFile("fastest.tuning");
  const TuningTask task{Problem(), 2};
  {
    const auto device = std::make_shared<HostDevice>();
    device->candidates = {"slow", "refused", "direct"};
    const auto tuner = Tuner::Open(device, file).value();
    const std::vector<TuningTask> tasks = {task, task};
    const auto chosen = tuner->Choose(tasks);
    ASSERT_TRUE(chosen.ok()) << chosen.status().message();
    EXPECT_EQ((*chosen)[0].choice.algorithm, "direct");
    EXPECT_EQ((*chosen)[0].algorithm, (*chosen)[1].algorithm);
    EXPECT_EQ(tuner->measured(), 1u);
    EXPECT_EQ(tuner->measurements().size(), 2u);
    ASSERT_TRUE(tuner->Save().ok());
  }
  const auto device = std::make_shared<HostDevice>();
  device->candidates = {"slow", "direct"};
  const auto tuner = Tuner::Open(device, file).value();
  EXPECT_EQ(tuner->Choose({&task, 1}).value()[0].choice.algorithm, "direct");
  EXPECT_EQ(tuner->measured(), 0u);
  EXPECT_EQ(device->conv_made(), 1);
}

TEST(TunerTest, ForgetsAnAlgorithmThatIsNoLongerThere) {
  const std::filesystem::path file = NewFile("gone.tuning");
  const auto device = std::make_shared<HostDevice>();
  const TuningTask task{Problem(), 1};
  TuningTable table;
  table.Set(TuningTable::Key(device->info(), task.problem, 1), {"gone", 1});
  std::ofstream(file) << table.Print();
  const auto tuner = Tuner::Open(device, file).value();
  EXPECT_EQ(tuner->Choose({&task, 1}).value()[0].choice.algorithm, "direct");
}

TEST(TunerTest, WithoutMeasuringTakesTheFirstThatCanBeMade) {
  const auto device = std::make_shared<HostDevice>();
  device->candidates = {"refused", "slow", "direct"};
  const auto tuner = Tuner::Open(device, "", {.measure = false}).value();
  const TuningTask task{Problem(), 1};
  EXPECT_EQ(tuner->Choose({&task, 1}).value()[0].choice.algorithm, "slow");
}

TEST(TunerTest, SaysWhichConvolutionHasNoAlgorithm) {
  const auto device = std::make_shared<HostDevice>();
  const TuningTask task{Problem(), 1};
  device->candidates = {};
  EXPECT_THAT(Tuner::Open(device, "").value()->Choose({&task, 1}).status().message(),
              HasSubstr("convolution fp32/n1/4x4x8"));
  device->candidates = {"refused"};
  EXPECT_THAT(Tuner::Open(device, "").value()->Choose({&task, 1}).status().message(), HasSubstr("\"refused\""));
}

TEST(TunerTest, AnUnreadableFileIsAnError) {
  const std::filesystem::path file = NewFile("bad.tuning");
  std::ofstream(file) << "hello\n";
  EXPECT_THAT(Tuner::Open(std::make_shared<HostDevice>(), file).status().message(),
              HasSubstr("bad.tuning is not a tuning file"));
}

}  // namespace
}  // namespace sinew::cuda
