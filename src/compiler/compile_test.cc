// The compiler and the runtime together, on a pose network in miniature.
#include "sinew/compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "compiler/passes/pipeline.h"
#include "program/reader.h"
#include "runtime/model_access.h"
#include "simd/target.h"

namespace sinew {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CompileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "tfjs");
    const import::TestModel network = import::PoseNetwork();
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", network.GraphDef()).ok());
    const import::TfjsFiles files = import::WriteTfjs(network);
    ASSERT_TRUE(WriteFile(folder_ / "tfjs/model.json", files.json).ok());
    ASSERT_TRUE(WriteFile(folder_ / "tfjs/group1-shard1of1", files.shard).ok());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  CompileOptions Options() const {
    CompileOptions options;
    options.resolutions = {{64, 48}};
    options.name = "test";
    return options;
  }
  Model Compiled(const std::filesystem::path& graph, const CompileOptions& options) const {
    const auto report = Compile(graph, folder_ / "m.sinew", options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return Model::Load(folder_ / "m.sinew").value();
  }
  std::string CompileError(const CompileOptions& options) const {
    return Compile(folder_ / "graph.pb", folder_ / "m.sinew", options).status().message();
  }

  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_compile_test";
};

std::vector<float> Pictures(size_t floats, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> pictures(floats);
  for (float& value : pictures) value = static_cast<float>(random() % 256);
  return pictures;
}

TEST_F(CompileTest, BothFormatsGiveTheSameArtifact) {
  Compiled(folder_ / "graph.pb", Options());
  const std::string from_pb = ReadFile(folder_ / "m.sinew").value();
  Compiled(folder_ / "tfjs", Options());
  EXPECT_EQ(ReadFile(folder_ / "m.sinew").value(), from_pb);
}

// The trial run that measures the error takes a smaller picture, but not where the graph fixes its input.
TEST_F(CompileTest, AGraphWhoseInputIsFixed) {
  import::TestModel network = import::PoseNetwork();
  network.node("image").attrs["shape"] = import::TfShape{false, {1, 208, 224, 3}};
  network.Ints("size", {2}, {26, 28}).Add("fixed", "ResizeBilinear", {"Openpose/concat_stage7", "size"});
  ASSERT_TRUE(WriteFile(folder_ / "fixed.pb", network.GraphDef()).ok());
  CompileOptions options = Options();
  options.outputs = {"fixed"};
  options.resolutions = {{224, 208}};
  EXPECT_EQ(Compiled(folder_ / "fixed.pb", options).resolutions(), options.resolutions);
  options.resolutions = {{64, 48}};
  EXPECT_THAT(Compile(folder_ / "fixed.pb", folder_ / "m.sinew", options).status().message(),
              HasSubstr("has shape [1,208,224,3], which cannot be bound to [1,48,64,3]"));
}

TEST_F(CompileTest, AgreesWithTheReferenceWhateverPassIsLeftOut) {
  std::vector<std::string> skips = {""};
  for (const passes::Pass& pass : passes::Pipeline()) skips.emplace_back(pass.name);
  for (const std::string& skip : skips) {
    CompileOptions options = Options();
    options.exact = true;
    if (!skip.empty()) options.skip_passes = {skip};
    const Model model = Compiled(folder_ / "graph.pb", options);
    const auto report = Verify(model, folder_ / "graph.pb", {.tolerance = 4e-6});
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->within_tolerance)
        << "without " << skip << ": " << report->relative_rms_difference << " " << report->first_failing_step;
  }
}

TEST_F(CompileTest, ArtifactsDescribeTheirModel) {
  const Model known = Compiled(folder_ / "graph.pb", Options());
  ASSERT_NE(known.description(), nullptr);
  EXPECT_EQ(*known.description(), TfPoseDescription(Downsampling::kSameConvolution));

  // One of the user's own, with half as many keypoints.
  ModelDescription own = TfPoseDescription();
  own.skeleton.name = "own";
  own.skeleton.keypoints.resize(2);
  own.skeleton.limbs = {{.from = 0, .to = 1, .field_x = 0, .field_y = 1}};
  for (SkeletonKeypoint& keypoint : own.skeleton.keypoints) keypoint.mirror = -1;
  own.heads.heat_maps.count = 2;
  CompileOptions options = Options();
  options.description = own;
  const Model model = Compiled(folder_ / "graph.pb", options);
  ASSERT_NE(model.description(), nullptr);
  EXPECT_EQ(*model.description(), own);

  options.description->heads.stride = 4;
  EXPECT_THAT(CompileError(options), HasSubstr("at a stride of 4 it would be 16x12"));
  options.description->heads.stride = 0;
  EXPECT_THAT(CompileError(options), HasSubstr("stride is 0"));
}

TEST_F(CompileTest, DevicesGetPlainPlans) {
  CompileOptions options = Options();
  options.backend = "cuda";
  const Model model = Compiled(folder_ / "graph.pb", options);
  const program::PlanT& plan = *runtime::ModelAccess::artifact(model).model().plans[0];
  EXPECT_EQ(plan.backend, "cuda");
  for (const auto& step : plan.steps) EXPECT_EQ(step->algorithm, "device") << step->name;
  EXPECT_EQ(Session::Create(model).status().code(), StatusCode::kUnsupported);
  options.backend = "abacus";
  EXPECT_THAT(CompileError(options), HasSubstr("no backend is called \"abacus\""));
}

TEST_F(CompileTest, FastAlgorithmsAreChosenWhereTheyMayBe) {
  const auto algorithms = [](const Model& model) {
    std::string names;
    for (const auto& step : runtime::ModelAccess::artifact(model).model().plans[0]->steps)
      names += step->algorithm + " ";
    return names;
  };
  CompileOptions options = Options();
  options.resolutions = {{1280, 960}};
  const Model fast = Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(algorithms(fast), ContainsRegex("winograd_[68]x3"));
  const auto report = Verify(fast, folder_ / "graph.pb", {.tolerance = 5e-5});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->within_tolerance) << report->relative_rms_difference;
  options.exact = true;
  EXPECT_THAT(algorithms(Compiled(folder_ / "graph.pb", options)), Not(ContainsRegex("winograd_[68]x3")));
}

TEST_F(CompileTest, PlansAgainUntilTheErrorIsWithinTheLimit) {
  CompileOptions options = Options();
  options.resolutions = {{1280, 960}};
  options.exact = true;  // F(4,3) is allowed then, whatever the limit
  const auto first = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  ASSERT_TRUE(first.ok()) << first.status().message();

  std::string log;
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  // F(4,3) errs a fifteenth more than a direct computation here.
  options.max_error = 0.97 * first->error;
  const auto precise = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  ASSERT_TRUE(precise.ok()) << precise.status().message();
  EXPECT_LE(precise->error, options.max_error);
  EXPECT_THAT(log, HasSubstr("planning again with more precise algorithms"));

  options.max_error = 1e-9;
  EXPECT_THAT(CompileError(options),
              ContainsRegex("error is .* with the most precise algorithms, more than --max-error 1e-09"));
}

TEST_F(CompileTest, MeasurementsAreKeptInAFileOfThisProcessor) {
  CompileOptions options = Options();
  options.tuning_file = folder_ / "new/tuning.json";
  std::string log;
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(log, ContainsRegex("tuned .* measurements, [1-9][0-9]* of them new"));
  const std::string file = ReadFile(options.tuning_file).value();
  EXPECT_THAT(file, HasSubstr("window 3x3"));
  log.clear();
  Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(log, ContainsRegex("tuned .* measurements, 0 of them new"));

  std::string other = file;
  const std::string key = "\"processor\": \"";
  other.insert(other.find(key) + key.size(), "Another ");
  ASSERT_TRUE(WriteFile(options.tuning_file, other).ok());
  EXPECT_THAT(CompileError(options), ContainsRegex("tuning.json: was made on \"Another .*--tuning-file"));
  for (const char* bad :
       {"", "[]", "{\"sinew_tuning\": 1}", "{\"sinew_tuning\": 1, \"processor\": 2, \"version\": 3, \"seconds\": 4}"}) {
    ASSERT_TRUE(WriteFile(options.tuning_file, bad).ok());
    EXPECT_THAT(CompileError(options), HasSubstr("tuning.json: is not a tuning file"));
  }
  ASSERT_TRUE(WriteFile(options.tuning_file, file.substr(0, file.find("\"seconds\"")) +
                                                 "\"seconds\": {\"avx2\": {\"a\": -1}}, \"x\": 0" +
                                                 file.substr(file.find(",\n \"sinew_tuning\"")))
                  .ok());
  EXPECT_THAT(CompileError(options), HasSubstr("its time of \"a\" is not a positive number"));
}

TEST_F(CompileTest, VerificationFindsAnotherNetwork) {
  const Model model = Compiled(folder_ / "graph.pb", Options());
  ASSERT_TRUE(WriteFile(folder_ / "other.pb", import::SmallNetwork().GraphDef()).ok());
  EXPECT_FALSE(Verify(model, folder_ / "other.pb").ok());
  const auto strict = Verify(model, folder_ / "graph.pb", {.tolerance = 1e-12});
  ASSERT_TRUE(strict.ok());
  EXPECT_FALSE(strict->within_tolerance);
  EXPECT_THAT(strict->first_failing_step, HasSubstr("relative RMS"));
}

TEST_F(CompileTest, ResultsDependNeitherOnTheBatchNorOnThreads) {
  const Model model = Compiled(folder_ / "graph.pb", Options());
  Session one = Session::Create(model, {.threads = 1}).value(), three = Session::Create(model, {.threads = 3}).value();
  const size_t in = one.input().size();
  const size_t out = static_cast<size_t>(6 * 8 * 57);
  const std::vector<float> pictures = Pictures(3 * in, 5);
  std::vector<float> batch(3 * out), single(out);
  ASSERT_TRUE(three.RunBatch(pictures, batch).ok());
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(one.RunBatch(std::span(pictures).subspan(i * in, in), single).ok());
    EXPECT_TRUE(std::equal(single.begin(), single.end(), batch.begin() + static_cast<ptrdiff_t>(i * out)))
        << "picture " << i;
  }
  EXPECT_THAT(one.RunBatch(std::span(pictures).first(in - 1), single).message(), HasSubstr("not a whole number"));
  EXPECT_THAT(one.RunBatch(std::span(pictures).first(in), batch).message(), HasSubstr("room for"));
}

TEST_F(CompileTest, ResolutionsShareTheirWeights) {
  const uint64_t alone = Compiled(folder_ / "graph.pb", Options()).weight_bytes();
  CompileOptions options = Options();
  options.resolutions = {{64, 48}, {96, 64}, {65, 49}};
  const Model model = Compiled(folder_ / "graph.pb", options);
  EXPECT_EQ(model.weight_bytes(), alone);
  EXPECT_EQ(model.resolutions(), options.resolutions);
  for (const Resolution resolution : options.resolutions) {
    const auto report = Verify(model, folder_ / "graph.pb", {.resolution = resolution, .tolerance = 5e-5});
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->within_tolerance) << resolution.width;
  }
  EXPECT_THAT(Session::Create(model, {.resolution = {32, 32}}).status().message(),
              HasSubstr("not compiled for 32x32; it has: 64x48"));
}

TEST_F(CompileTest, TheIrIsWrittenAfterEveryPass) {
  CompileOptions options = Options();
  options.dump_ir = folder_ / "ir";
  Compiled(folder_ / "graph.pb", options);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "ir/64x48"))
    files += entry.path().extension() == ".ir";
  EXPECT_EQ(files, passes::Pipeline().size() + 1);
}

TEST_F(CompileTest, TheLogTellsWhatWasDone) {
  std::string log;
  CompileOptions options = Options();
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  Compiled(folder_ / "graph.pb", options);
  for (const char* part : {"read ", "imported ", "fuse-bias", "placed ", "concat ", "planned ", "error ", "wrote "})
    EXPECT_THAT(log, HasSubstr(part));
  // Each step with its algorithm, its predicted and its measured time.
  EXPECT_THAT(log, ContainsRegex("\n  (winograd_[468]x3|im2col|patches) +[0-9.]+ ms +[0-9.]+ ms +[0-9.e-]+  [A-Za-z]"));
}

// The types that the plan's steps multiply, each once.
std::set<std::string> Types(const program::Artifact& artifact) {
  std::set<std::string> types;
  for (const auto& step : artifact.model().plans[0]->steps) {
    if (const auto weights = program::WeightBlob(*step))
      types.insert(std::string(program::DataTypeName(artifact.blob(*weights).type)));
  }
  return types;
}

TEST_F(CompileTest, Bf16IsForThoseWhoAskForIt) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VDPBF16PS";
  CompileOptions options = Options();
  options.resolutions = {{640, 480}};
  options.targets = {"avx512_bf16"};
  for (const Precision precision : {Precision::kAuto, Precision::kFp32}) {
    options.precision = precision;
    const Model model = Compiled(folder_ / "graph.pb", options);
    EXPECT_THAT(Types(runtime::ModelAccess::artifact(model)), ElementsAre("f32")) << PrecisionName(precision);
  }
  options.precision = Precision::kBf16;
  options.max_error = DefaultMaxError(options.precision);
  std::string log;
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  const Model model = Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(Types(runtime::ModelAccess::artifact(model)), Contains("bf16"));
  EXPECT_THAT(log, ContainsRegex("\n  bf16_[a-z0-9_]+ +[0-9.]+ ms +[0-9.]+ ms +[0-9.e-]+  [A-Za-z]"));
  const auto report = Verify(model, folder_ / "graph.pb", {.tolerance = options.max_error});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->within_tolerance) << report->relative_rms_difference;
  EXPECT_GT(report->relative_rms_difference, 1e-4) << "nothing was rounded to bf16";
}

TEST_F(CompileTest, Int8IsForThoseWhoAskForIt) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VPDPBUSD";
  CompileOptions options = Options();
  options.resolutions = {{640, 480}};
  options.targets = {"avx512_bf16"};
  options.precision = Precision::kInt8;
  options.max_error = DefaultMaxError(options.precision);
  const Model model = Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(Types(runtime::ModelAccess::artifact(model)), Contains("i8"));
  const auto report = Verify(model, folder_ / "graph.pb", {.tolerance = options.max_error});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report->within_tolerance) << report->relative_rms_difference;
  // Layers fall back one by one where less is allowed, and none is left where there is nothing to spend.
  options.max_error = 1e-3;
  const Model precise = Compiled(folder_ / "graph.pb", options);
  const auto precise_report = Verify(precise, folder_ / "graph.pb", {.tolerance = options.max_error});
  ASSERT_TRUE(precise_report.ok()) << precise_report.status().message();
  EXPECT_TRUE(precise_report->within_tolerance) << precise_report->relative_rms_difference;
}

// How many steps multiply in each type.
std::map<std::string, int> CountTypes(const program::Artifact& artifact) {
  std::map<std::string, int> counts;
  for (const auto& step : artifact.model().plans[0]->steps) {
    if (const auto weights = program::WeightBlob(*step))
      ++counts[std::string(program::DataTypeName(artifact.blob(*weights).type))];
  }
  return counts;
}

// Two pictures with soft edges, at whatever resolution.
Result<std::vector<float>> SoftPictures(Resolution resolution) {
  std::vector<float> pictures;
  for (int i = 0; i < 2; ++i) {
    for (int y = 0; y < resolution.height; ++y) {
      for (int x = 0; x < 3 * resolution.width; ++x)
        pictures.push_back(static_cast<float>(127 + 100 * std::sin(0.05 * x * (i + 1)) * std::cos(0.07 * y)));
    }
  }
  return pictures;
}

TEST_F(CompileTest, Int8IsCalibrated) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VPDPBUSD";
  CompileOptions options = Options();
  options.resolutions = {{640, 480}};
  options.targets = {"avx512_bf16"};
  options.precision = Precision::kInt8;
  options.max_error = DefaultMaxError(options.precision);
  std::string log;
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  options.calibration = SoftPictures;
  const Model model = Compiled(folder_ / "graph.pb", options);
  EXPECT_THAT(log, ContainsRegex("\ncalibrated on 2 pictures: channels made even between [1-9][0-9]* pairs"));
  EXPECT_THAT(log, HasSubstr("on pictures to calibrate by of "));
  const program::Artifact& artifact = runtime::ModelAccess::artifact(model);
  EXPECT_GT(CountTypes(artifact)["i8"], 0);
  // What reads the picture, and what makes the output, is wider.
  std::vector<program::DataType> types;
  for (const auto& step : artifact.model().plans[0]->steps) {
    if (const auto weights = program::WeightBlob(*step)) types.push_back(artifact.blob(*weights).type);
  }
  ASSERT_GT(types.size(), 2u);
  EXPECT_NE(types.front(), program::DataType::I8);
  EXPECT_NE(types.back(), program::DataType::I8);
  options.calibration = [](Resolution) { return Result<std::vector<float>>(std::vector<float>(7)); };
  EXPECT_THAT(CompileError(options), HasSubstr("7 floats of pictures to calibrate by are not a whole number"));
}

// A judge whom three narrow layers are too many.
TEST_F(CompileTest, LayersFallBackUntilPeopleAgree) {
  if (!simd::IsSupported(simd::Target::kAvx512Bf16)) GTEST_SKIP() << "this processor has no VPDPBUSD";
  CompileOptions options = Options();
  options.resolutions = {{640, 480}};
  options.targets = {"avx512_bf16"};
  options.precision = Precision::kInt8;
  options.max_error = DefaultMaxError(options.precision);
  int most = 2, judged = 0;
  options.agreement = [&](const std::filesystem::path& path) -> Result<double> {
    ++judged;
    const Result<program::Artifact> artifact = program::Artifact::Load(path);
    if (!artifact.ok()) return artifact.status();
    std::map<std::string, int> counts = CountTypes(*artifact);
    return counts["i8"] + counts["bf16"] <= most ? 1.0 : 0.5;
  };
  options.min_agreement = 0.9;
  std::string log;
  options.log = [&](std::string_view line) { log += std::string(line) + "\n"; };
  const auto report = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->agreement, 1);
  EXPECT_GT(judged, 2);
  const Result<program::Artifact> artifact = program::Artifact::Load(folder_ / "m.sinew");
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  std::map<std::string, int> counts = CountTypes(*artifact);
  EXPECT_LE(counts["i8"] + counts["bf16"], most);
  EXPECT_GT(counts["i8"] + counts["bf16"], 0) << "fewer fell back than all";
  EXPECT_THAT(log, ContainsRegex("\nagreement 0.5000, at least 0.9 wanted\ncosts most [a-zA-Z0-9_/]+ \\((i8|bf16), "));
  options.agreement = [](const std::filesystem::path&) { return Result<double>(0.25); };
  EXPECT_THAT(CompileError(options),
              HasSubstr("the agreement is 0.2500 with the most precise algorithms, at least 0.9 was asked for"));
  options.agreement = [](const std::filesystem::path&) { return Result<double>(IoError("no pictures")); };
  EXPECT_THAT(CompileError(options), HasSubstr("no pictures"));
}

// What was compiled for tiles is tried in software where there are none, so that its error is known.
TEST_F(CompileTest, TilesWithinTheDefaultErrorTakeProductsOfHalves) {
  if (!simd::IsSupported(simd::Target::kAvx512)) GTEST_SKIP() << "this processor has no AVX-512";
  CompileOptions options = Options();
  options.resolutions = {{640, 480}};
  options.targets = {"amx"};
  const auto report = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_LE(report->error, options.max_error);
  const auto artifact = program::Artifact::Load(folder_ / "m.sinew");
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  EXPECT_EQ(artifact->model().plans[0]->target, "amx");
  EXPECT_THAT(Types(*artifact), Contains("bf16 pair"));
  if (simd::IsSupported(simd::Target::kAmx)) return;
  EXPECT_THAT(Model::Load(folder_ / "m.sinew").status().message(), HasSubstr("made for amx, which this processor"));
  options.max_error = 1e-7;  // less than any of them err
  const auto precise = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  EXPECT_FALSE(precise.ok()) << precise->error;
}

TEST_F(CompileTest, NarrowTypesTakeAProcessorThatCanTryThem) {
  if (simd::IsSupported(simd::Target::kAvx512)) GTEST_SKIP() << "this processor has AVX-512, and can try them";
  CompileOptions options = Options();
  for (const char* target : {"avx512_bf16", "amx"}) {
    options.targets = {target};
    options.precision = Precision::kBf16;
    EXPECT_THAT(CompileError(options),
                HasSubstr("are tried as they are compiled, which takes a processor with AVX-512"));
    options.precision = Precision::kAuto;
    std::vector<std::string> log;
    options.log = [&](std::string_view line) { log.emplace_back(line); };
    ASSERT_EQ(CompileError(options), "");
    EXPECT_EQ(std::string_view(target) == "amx",
              std::count_if(log.begin(), log.end(), [](const std::string& line) {
                return line.starts_with("types     fp32 alone: amx has narrower ones");
              }) == 1);
    const auto artifact = program::Artifact::Load(folder_ / "m.sinew");
    ASSERT_TRUE(artifact.ok()) << artifact.status().message();
    EXPECT_THAT(Types(*artifact), ElementsAre("f32"));
  }
}

// One artifact for several processors: each gets what was planned for it, and what is packed alike is there once.
TEST_F(CompileTest, PlansForSeveralTargetsShareWeights) {
  CompileOptions options = Options();
  options.resolutions = {{64, 48}, {96, 64}};
  options.precision = Precision::kFp32;
  const std::string best(simd::TargetName(simd::SupportedTargets().back()));
  options.targets = {best};
  const auto alone = Compile(folder_ / "graph.pb", folder_ / "alone.sinew", options);
  ASSERT_TRUE(alone.ok()) << alone.status().message();
  options.targets = {best, "scalar", best};
  const auto both = Compile(folder_ / "graph.pb", folder_ / "m.sinew", options);
  ASSERT_TRUE(both.ok()) << both.status().message();
  const size_t targets = best == "scalar" ? 1 : 2;
  EXPECT_EQ(both->arena_bytes.size(), 2 * targets);
  // Floats are packed alike for all.
  EXPECT_EQ(both->weight_bytes, alone->weight_bytes);
  const Result<program::Artifact> artifact = program::Artifact::Load(folder_ / "m.sinew");
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  ASSERT_EQ(artifact->model().plans.size(), 2 * targets);
  EXPECT_EQ(artifact->model().plans[0]->target, "scalar");

  for (const std::string& target : {best, std::string("scalar")}) {
    const Result<Model> model = runtime::ModelAccess::Load(folder_ / "m.sinew", target);
    ASSERT_TRUE(model.ok()) << model.status().message();
    EXPECT_EQ(model->target(), target);
    EXPECT_THAT(model->resolutions(), ElementsAre(Resolution{64, 48}, Resolution{96, 64}));
    for (const Resolution resolution : options.resolutions) {
      const auto report = Verify(*model, folder_ / "graph.pb", {.resolution = resolution});
      ASSERT_TRUE(report.ok()) << report.status().message();
      EXPECT_TRUE(report->within_tolerance) << target << ": " << report->relative_rms_difference;
    }
  }
  EXPECT_EQ(Model::Load(folder_ / "m.sinew")->target(), best);
  const std::string other = best == "neon" ? "avx2" : "neon";
  EXPECT_THAT(runtime::ModelAccess::Load(folder_ / "m.sinew", other).status().message(),
              HasSubstr("m.sinew: has no plans for " + other + ": it has scalar"));
  EXPECT_THAT(runtime::ModelAccess::Load(folder_ / "m.sinew", "mmx").status().message(),
              HasSubstr("is not an instruction set"));
}

TEST_F(CompileTest, TheBestTargetThatAForcedOneHasIsLoaded) {
  if (!simd::IsSupported(simd::Target::kAvx512)) GTEST_SKIP() << "this processor has no AVX-512";
  CompileOptions options = Options();
  options.targets = {"avx2", "avx512", "neon"};
  ASSERT_TRUE(Compile(folder_ / "graph.pb", folder_ / "m.sinew", options).ok());
  const auto loaded_with = [&](const char* forced) -> std::string {
    setenv("SINEW_FORCE_TARGET", forced, 1);
    const Result<Model> model = Model::Load(folder_ / "m.sinew");
    unsetenv("SINEW_FORCE_TARGET");
    return model.ok() ? model->target() : model.status().message();
  };
  EXPECT_EQ(loaded_with(""), "avx512");
  EXPECT_EQ(loaded_with("avx512"), "avx512");
  EXPECT_EQ(loaded_with("avx2"), "avx2");
  EXPECT_EQ(loaded_with("sse4"), "avx2");
  EXPECT_THAT(loaded_with("mmx"), HasSubstr("SINEW_FORCE_TARGET: \"mmx\""));
  options.targets = {"neon"};
  ASSERT_TRUE(Compile(folder_ / "graph.pb", folder_ / "m.sinew", options).ok());
  EXPECT_THAT(loaded_with(""), ContainsRegex("made for neon, which this processor or build lacks: compile the model "
                                             "again on this machine, or .*`sinew compile --target avx512"));
}

TEST_F(CompileTest, PrecisionsThatTheTargetLacksAreNamed) {
  CompileOptions options = Options();
  options.targets = {"scalar"};
  options.precision = Precision::kBf16;
  EXPECT_THAT(CompileError(options),
              ContainsRegex("precision bf16: the instruction set scalar multiplies fp32 alone; "
                            "avx512_bf16 and amx have bf16 and int8, this processor has scalar"));
  options.precision = Precision::kInt8;
  EXPECT_THAT(CompileError(options), HasSubstr("precision int8: the instruction set scalar multiplies fp32 alone"));
  for (const Precision precision : {Precision::kTf32, Precision::kFp16}) {
    options.precision = precision;
    EXPECT_THAT(CompileError(options), HasSubstr(std::string("precision ") + std::string(PrecisionName(precision)) +
                                                 ": CPUs have auto, fp32"));
  }
}

TEST_F(CompileTest, BadOptionsAreNamed) {
  CompileOptions options = Options();
  options.resolutions = {};
  EXPECT_THAT(CompileError(options), HasSubstr("no network resolution"));
  options.resolutions = {{64, 8}};
  EXPECT_THAT(CompileError(options), HasSubstr("64x8: each side must be"));
  options.resolutions = {{64, 48}, {64, 48}};
  EXPECT_THAT(CompileError(options), HasSubstr("given twice"));
  options = Options();
  options.skip_passes = {"fuse-everything"};
  EXPECT_THAT(CompileError(options), HasSubstr("no pass is called \"fuse-everything\""));
  options = Options();
  options.max_error = 0;
  EXPECT_THAT(CompileError(options), HasSubstr("must be positive"));
  options = Options();
  options.targets = {"mmx"};
  EXPECT_THAT(CompileError(options), HasSubstr("\"mmx\" is not an instruction set"));
  options = Options();
  options.outputs = {"nowhere"};
  EXPECT_THAT(CompileError(options), HasSubstr("nowhere"));
}

TEST_F(CompileTest, ADamagedArtifactIsRefused) {
  Compiled(folder_ / "graph.pb", Options());
  const std::string good = ReadFile(folder_ / "m.sinew").value();
  for (size_t i = 0; i < good.size(); i += good.size() / 97 + 1) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    ASSERT_TRUE(WriteFile(folder_ / "bad.sinew", bad).ok());
    EXPECT_FALSE(Model::Load(folder_ / "bad.sinew").ok()) << "byte " << i;
  }
}

}  // namespace
}  // namespace sinew
