// Narrow numbers and several instruction sets, as users ask for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "simd/target.h"
#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class PrecisionTest : public ProgramTest {};

TEST_F(PrecisionTest, GraphsAreCompiledInThePrecisionAskedFor) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VDPBF16PS";
  const std::string bench = "bench graph.pb --network-only --net-resolution 640x480 --repeats 1 --json ";
  for (const std::string precision : {"bf16", "int8"}) {
    const Outcome outcome = Sinew(bench + "--precision " + precision);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(nlohmann::json::parse(outcome.out)["target"].get<std::string>(), HasSubstr("-" + precision));
    EXPECT_THAT(outcome.err, HasSubstr("in " + precision + "; kept as"));
  }
  EXPECT_THAT(Sinew(bench + "--precision int8").err, Not(HasSubstr("compiling"))) << "it was kept";
  EXPECT_EQ(nlohmann::json::parse(Sinew(bench).out)["target"].get<std::string>().find('-'), std::string::npos);
  EXPECT_EQ(Sinew("run a.png --model graph.pb --net-resolution 640x480 --precision bf16 --write-jsonl a.jsonl").code,
            0);
  const Outcome eval = Sinew("eval graph.pb a.png --net-resolution 640x480 --precision int8 --against-precision fp32");
  EXPECT_EQ(eval.code, 0) << eval.err;
  EXPECT_THAT(eval.out, AllOf(ContainsRegex("graph.pb 640x480 [a-z0-9_]+-int8"), ContainsRegex("against .*-fp32"),
                              HasSubstr("F1 ")));
}

// What was compiled is what it is.
TEST_F(PrecisionTest, ArtifactsHaveTheirOwn) {
  Compile();
  EXPECT_EQ(Sinew("run a.png --model m.sinew --precision fp32", "SINEW_FORCE_TARGET=scalar").code, 0);
  const Outcome outcome = Sinew("run a.png --model m.sinew --precision bf16");
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("precision bf16: the model is compiled already, with precision auto: give the "
                                     "graph that it was made of, or compile that with --precision bf16"));
  EXPECT_THAT(Sinew("run a.png --model m.sinew --precision fp16").err,
              HasSubstr("precision fp16: CPUs have auto, fp32, bf16 and int8"));
}

TEST_F(PrecisionTest, WhatTheProcessorLacksIsNamed) {
  for (const char* command :
       {"run a.png --model graph.pb", "bench graph.pb", "eval graph.pb a.png --against-smoothing 5"}) {
    const Outcome outcome =
        Sinew(std::string(command) + " --net-resolution 64x48 --precision int8", "SINEW_FORCE_TARGET=scalar");
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.err, HasSubstr("precision int8: the instruction set scalar multiplies fp32 alone")) << command;
  }
}

// One file for several processors, and what each is told.
TEST_F(PrecisionTest, SeveralTargetsInOneArtifact) {
  const std::string best(simd::TargetName(simd::SupportedTargets().back()));
  const Outcome compiled =
      Sinew("compile graph.pb --net-resolution 64x48 --precision fp32 -o m.sinew --verify --target scalar," + best);
  ASSERT_EQ(compiled.code, 0) << compiled.err;
  EXPECT_THAT(compiled.out,
              AllOf(HasSubstr("verified  the plans for scalar"), HasSubstr("for scalar, " + best + ", in")));
  const std::string inspected = Sinew("inspect m.sinew").out;
  EXPECT_THAT(inspected, AllOf(HasSubstr("target    scalar, " + best), HasSubstr("resolution 64x48 for scalar: "),
                               HasSubstr("resolution 64x48 for " + best + ": ")));
  EXPECT_EQ(Sinew("run a.png --model m.sinew --write-jsonl best.jsonl").code, 0);
  EXPECT_EQ(Sinew("run a.png --model m.sinew --write-jsonl scalar.jsonl", "SINEW_FORCE_TARGET=scalar").code, 0);
  const auto bench = [&](const char* environment) {
    return nlohmann::json::parse(Sinew("bench m.sinew --network-only --repeats 1 --json", environment).out);
  };
  EXPECT_THAT(bench("")["target"].get<std::string>(), HasSubstr(best));
  EXPECT_THAT(bench("SINEW_FORCE_TARGET=scalar")["target"].get<std::string>(), HasSubstr("scalar"));
  EXPECT_THAT(Sinew("compile graph.pb --net-resolution 64x48 -o n.sinew --target scalar,mmx").err,
              HasSubstr("\"mmx\" is not an instruction set; known are scalar, sse4"));
}

// Pictures that scales are found on, and pictures with people that have the last word.
TEST_F(PrecisionTest, Int8ByPicturesAndPeople) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VPDPBUSD";
  // Grain in which the miniature network sees people.
  std::filesystem::create_directories(folder_ / "photos");
  for (unsigned i = 1; i <= 3; ++i) {
    media::Image image = media::Image::OfSize(90, 70);
    unsigned state = i;
    for (uint8_t& value : image.pixels) {
      state = state * 1664525u + 1013904223u;
      value = static_cast<uint8_t>(state >> 24);
    }
    ASSERT_TRUE(media::WriteImage(folder_ / "photos" / (std::to_string(i) + ".png"), image).ok());
  }
  const std::string compile =
      "compile graph.pb --net-resolution 64x48 -o i8.sinew --precision int8 --calibrate photos ";
  const Outcome agreed = Sinew(compile + "--images photos --min-agreement 0.2");
  ASSERT_EQ(agreed.code, 0) << agreed.err;
  EXPECT_THAT(agreed.out, AllOf(HasSubstr("calibrated on 3 pictures"), HasSubstr(", at least 0.2 wanted")));
  EXPECT_EQ(Sinew("run a.png --model i8.sinew --precision int8").code, 0);
  std::filesystem::remove(folder_ / "i8.sinew");
  EXPECT_THAT(Sinew(compile + "--min-agreement 0.9").err, HasSubstr("--min-agreement needs --images"));
  EXPECT_THAT(Sinew(compile + "--images photos").err, HasSubstr("--images are for --verify and --min-agreement"));
  EXPECT_THAT(Sinew(compile + "--images no.png --min-agreement 0.9").err, HasSubstr("no.png"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "i8.sinew"));
  EXPECT_THAT(Sinew("compile graph.pb --net-resolution 64x48 -o m.sinew --calibrate photos").err,
              HasSubstr("--calibrate is for --precision int8 and bf16"));
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_NE(Sinew("compile graph.pb --net-resolution 64x48 -o m.sinew --precision int8 --calibrate empty").code, 0);
}

TEST_F(PrecisionTest, ExportsSayWhatTheyNeed) {
  EXPECT_THAT(Sinew("export graph.pb -o m.onnx --precision int8").err, HasSubstr("--precision int8 needs --calibrate"));
  EXPECT_THAT(Sinew("export graph.pb -o m.onnx --precision int8 --calibrate a.png").err,
              HasSubstr("precision int8 needs a network resolution"));
  EXPECT_THAT(Sinew("export graph.pb -o m.onnx --precision fp16 --calibrate a.png").err,
              HasSubstr("--calibrate is for --precision int8"));
  EXPECT_THAT(Sinew("export graph.pb -o m.onnx --precision tf32").err,
              HasSubstr("precision tf32 is how GPUs multiply"));
  for (const char* precision : {"fp16", "bf16", "int8 --calibrate a.png"}) {
    const Outcome outcome =
        Sinew(std::string("export graph.pb --net-resolution 64x48 -o m.onnx --precision ") + precision);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
}

}  // namespace
}  // namespace sinew
