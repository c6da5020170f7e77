// Networks on a GPU, as a user asks for them: the module is one whose GPU is the processor, everything else is the
// program's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/npy.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

using ::testing::HasSubstr;

class DeviceTest : public ProgramTest {
 protected:
  // The small network finds somebody in noise with limits as low as these.
  static constexpr const char* kEager = "--net-resolution 64x48 --threshold 0.001 --min-score 0 --min-parts 1 -q";

  Outcome OnGpu(const std::string& arguments, const std::string& environment = "") const {
    return Sinew(arguments + " --device cuda", "SINEW_CUDA_MODULE='" SINEW_HOST_MODULE "' " + environment);
  }
};

TEST_F(DeviceTest, FindsThePeopleOfTheProcessor) {
  const std::string run = std::string("run a.png 'b ü.jpg' --model graph.pb ") + kEager + " --write-jsonl ";
  const Outcome expected = Sinew(run + "cpu.jsonl");
  ASSERT_EQ(expected.code, 0) << expected.err;
  for (const char* streams : {"", " --streams 1"}) {
    const Outcome found = OnGpu(run + "gpu.jsonl" + streams);
    ASSERT_EQ(found.code, 0) << found.err;
    const Outcome compared = Sinew("eval gpu.jsonl --against cpu.jsonl --min-agreement 0.99");
    EXPECT_EQ(compared.code, 0) << compared.out << compared.err;
  }
}

TEST_F(DeviceTest, GivesTheTensorsOfTheProcessor) {
  std::vector<float> values(2 * 48 * 64 * 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 256);
  ASSERT_TRUE(WriteNpy(folder_ / "x.npy", std::vector<int64_t>{2, 48, 64, 3}, values).ok());
  ASSERT_EQ(Sinew("exec graph.pb --input x.npy --output cpu.npy").code, 0);
  const Outcome outcome = OnGpu("exec graph.pb --input x.npy --output gpu.npy");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const NpyArray expected = ReadNpy(folder_ / "cpu.npy").value(), found = ReadNpy(folder_ / "gpu.npy").value();
  ASSERT_EQ(found.shape, expected.shape);
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    error += std::pow(found.values[i] - expected.values[i], 2);
    size += std::pow(expected.values[i], 2);
  }
  // The processor may err 1e-3 by its own algorithms.
  EXPECT_LT(std::sqrt(error / size), 1e-3);
}

TEST_F(DeviceTest, WritesMapsAndAveragesScales) {
  const Outcome outcome =
      OnGpu("run a.png --model graph.pb --net-resolution 64x48 --scale-number 2 --write-heatmaps maps -q");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Outcome alone = OnGpu("run a.png --model graph.pb --net-resolution 64x48 --write-heatmaps alone -q");
  ASSERT_EQ(alone.code, 0) << alone.err;
  ASSERT_EQ(Sinew("run a.png --model graph.pb --net-resolution 64x48 --write-heatmaps cpu -q").code, 0);
  const NpyArray found = ReadNpy(folder_ / "alone/a_pose_heatmaps.npy").value(),
                 expected = ReadNpy(folder_ / "cpu/a_pose_heatmaps.npy").value();
  ASSERT_EQ(found.shape, expected.shape);
  for (size_t i = 0; i < found.values.size(); ++i) ASSERT_NEAR(found.values[i], expected.values[i], 1e-2) << i;
}

TEST_F(DeviceTest, IsMeasuredAndPriced) {
  const Outcome bench = OnGpu("bench graph.pb a.png --net-resolution 64x48 --repeats 3 --json");
  ASSERT_EQ(bench.code, 0) << bench.err;
  const auto document = nlohmann::json::parse(bench.out);
  EXPECT_EQ(document["target"], "cuda-fp32");
  EXPECT_EQ(document["machine"]["gpu"], "Host device");
  EXPECT_EQ(document["fma_peak_gflops"], 0);
  EXPECT_EQ(OnGpu("bench graph.pb --network-only --net-resolution 64x48 --repeats 3 --streams 2").code, 0);
  for (const char* picture : {"", " a.png"}) {
    const Outcome profile =
        OnGpu(std::string("profile graph.pb") + picture + " --net-resolution 64x48 --repeats 3 --json");
    ASSERT_EQ(profile.code, 0) << profile.err;
    const auto steps = nlohmann::json::parse(profile.out);
    EXPECT_EQ(steps["machine"]["gpu"], "Host device");
    ASSERT_FALSE(steps["steps"].empty());
    EXPECT_EQ(steps["steps"][0]["name"], "input");
    EXPECT_THAT(profile.out, HasSubstr("\"direct\""));  // a convolution of that device
  }
}

TEST_F(DeviceTest, CompiledModelsAreForOneOrTheOther) {
  ASSERT_EQ(Sinew("compile graph.pb --net-resolution 64x48 --device cuda -o gpu.sinew -q").code, 0);
  EXPECT_EQ(OnGpu("run a.png --model gpu.sinew -q").code, 0);
  EXPECT_THAT(Sinew("run a.png --model gpu.sinew -q").err,
              HasSubstr("is compiled for GPUs: run it with --device cuda"));
  Compile();
  EXPECT_THAT(OnGpu("run a.png --model m.sinew -q").err, HasSubstr("is compiled for processors, not for cuda:0"));
}

TEST_F(DeviceTest, AutoTakesWhatThereIs) {
  const std::string run = std::string("run a.png --model graph.pb --device auto ") + kEager;
  EXPECT_EQ(Sinew(run, "SINEW_CUDA_MODULE=/nowhere/libsinew_cuda.so").code, 0);
  const Outcome bench = Sinew("bench graph.pb --network-only --net-resolution 64x48 --repeats 2 --json --device auto",
                              "SINEW_CUDA_MODULE='" SINEW_HOST_MODULE "'");
  ASSERT_EQ(bench.code, 0) << bench.err;
  EXPECT_EQ(nlohmann::json::parse(bench.out)["machine"]["gpu"], "Host device");
}

TEST_F(DeviceTest, SaysWhatIsWrong) {
  const std::string run = "run a.png --model graph.pb --net-resolution 64x48 -q ";
  const std::string module = "SINEW_CUDA_MODULE='" SINEW_HOST_MODULE "'";
  EXPECT_THAT(Sinew(run + "--device cuda", "SINEW_CUDA_MODULE=/nowhere/m.so").err,
              HasSubstr("--device: this sinew has no CUDA module"));
  EXPECT_THAT(Sinew(run + "--device gpu").err, HasSubstr("--device: device \"gpu\": must be cpu, cuda"));
  EXPECT_THAT(Sinew(run + "--device cuda:-1").err, HasSubstr("device \"cuda:-1\""));
  EXPECT_THAT(Sinew(run + "--device cuda:7", module).err, HasSubstr("there is no GPU 7"));
  EXPECT_THAT(OnGpu(run + "--precision fp8").err, HasSubstr("--precision: precision \"fp8\""));
  EXPECT_THAT(OnGpu(run + "--precision int8").err, HasSubstr("they have fp32, tf32, fp16 and bf16"));
  EXPECT_THAT(OnGpu(run + "--streams 1000").err, HasSubstr("--streams: 1000 streams"));
  EXPECT_THAT(Sinew(run + "--streams 2").err, HasSubstr("--streams are a GPU's"));
  EXPECT_THAT(Sinew(run + "--precision fp16").err, HasSubstr("precision fp16"));
}

// What was done stays, and the run goes on where it was.
TEST_F(DeviceTest, ALostGpuEndsTheRunAndLosesNothing) {
  for (int i = 0; i < 6; ++i)
    std::filesystem::copy_file(folder_ / "a.png", folder_ / ("p" + std::to_string(i) + ".png"));
  const std::string run = std::string("run 'p*.png' --model graph.pb --streams 1 --write-jsonl out.jsonl ") + kEager;
  ASSERT_EQ(OnGpu(run).code, 0);
  const std::string whole = Content("out.jsonl");
  std::filesystem::remove(folder_ / "out.jsonl");
  const Outcome lost = OnGpu(run, "SINEW_HOST_DEVICE_LOST_AT=3");
  EXPECT_EQ(lost.code, 3) << lost.err;
  EXPECT_THAT(lost.err, HasSubstr("the GPU was lost"));
  EXPECT_THAT(lost.err, HasSubstr("--resume"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.jsonl"));
  const Outcome resumed = OnGpu(run + " --resume");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(Content("out.jsonl"), whole);
}

}  // namespace
}  // namespace sinew
