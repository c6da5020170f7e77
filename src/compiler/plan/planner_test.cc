// Whole plans on small networks: what the runtime computes equals the reference on the graph before and after passes.
#include "compiler/plan/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "backends/device.h"
#include "base/error.h"
#include "compiler/ir/text.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/executor.h"
#include "program/writer.h"
#include "runtime/model_access.h"
#include "simd/target.h"
#include "sinew/model.h"

namespace sinew::plan {
namespace {

using ::testing::HasSubstr;

// Every kind of operation that a pose network holds, on 11x13 pixels: odd sizes, odd channel counts, strides.
constexpr std::string_view kNetwork = R"(
    %0 = input "image" : f32[1,11,13,3]
    %1 = const "half" {splat 0.5} : f32[]
    %2 = const "w0" {seeded 1} : f32[3,3,3,20]
    %3 = const "b0" {seeded 2} : f32[20]
    %4 = sub "centred" (%0, %1)
    %5 = conv2d "conv0" (%4, %2, %3) {strides=[2,2], padding=same, activation=relu}
    %6 = const "wd" {seeded 3} : f32[3,3,20,1]
    %7 = depthwise_conv2d "depthwise" (%5, %6) {padding=same, activation=relu6}
    %8 = const "wp" {seeded 4} : f32[1,1,20,20]
    %9 = conv2d "pointwise" (%7, %8)
    %10 = const "gamma" {seeded 5} : f32[20]
    %11 = const "beta" {seeded 6} : f32[20]
    %12 = batch_norm "norm" (%9, %10, %11) {epsilon=0.001, activation=relu}
    %13 = add "sum" (%12, %5) {activation=relu}
    %14 = max_pool "pool" (%13) {window=[2,2], strides=[2,2], padding=same}
    %15 = const "size" {6, 7} : i32[2]
    %16 = resize_bilinear "up" (%14, %15)
    %17 = concat "features" (%13, %16) {axis=3}
    %18 = const "w7" {seeded 7} : f32[7,7,40,19]
    %19 = conv2d "conv7" (%17, %18) {padding=same, activation=relu}
    %20 = const "w8" {seeded 8} : f32[1,1,40,38]
    %21 = conv2d "branch" (%17, %20)
    %22 = concat "out" (%19, %21) {axis=3}
    output "out" = %22
  )";

double RelativeRms(const Session& session, const reference::Array& expected) {
  const TensorView out = session.output();
  double squares = 0, reference = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const size_t channels = static_cast<size_t>(out.channels);
    const double value = out.data[i / channels * out.pixel_stride + i % channels];
    squares += (value - expected.values[i]) * (value - expected.values[i]);
    reference += expected.values[i] * expected.values[i];
  }
  return std::sqrt(squares / reference);
}

class PlannerTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  Result<Model> Build(const ir::Graph& graph, double max_layer_error = 0) {
    PackedWeights weights;
    Result<PlannedNetwork> planned = PlanNetwork(
        graph, {.target = simd::TargetName(*simd::DefaultTarget()), .max_layer_error = max_layer_error}, &weights);
    if (!planned.ok()) return planned.status();
    program::ModelT model;
    model.producer = "test";
    model.name = "test";
    model.plans.push_back(std::make_unique<program::PlanT>(std::move(planned->plan)));
    if (Result<uint64_t> bytes = program::WriteArtifact(std::move(model), weights.pool(), path_); !bytes.ok())
      return bytes.status();
    return Model::Load(path_);
  }

  // The largest relative RMS difference over several pictures run one after another in one session.
  double Compare(const ir::Graph& graph, const ir::Graph& original, int threads, double max_layer_error = 0) {
    Result<Model> model = Build(graph, max_layer_error);
    EXPECT_TRUE(model.ok()) << model.status().message();
    if (!model.ok()) return INFINITY;
    Result<Session> session = Session::Create(*model, {{}, threads});
    EXPECT_TRUE(session.ok()) << session.status().message();
    if (!session.ok()) return INFINITY;
    std::mt19937 random(11);
    double worst = 0;
    for (int picture = 0; picture < 3; ++picture) {
      reference::Array input{{1, session->resolution().height, session->resolution().width, 3}, {}};
      for (float& value : session->input()) {
        value = static_cast<float>(random() % 256) / 64.0f;
        input.values.push_back(value);
      }
      Result<std::vector<reference::Array>> expected = reference::Execute(original, input);
      EXPECT_TRUE(expected.ok()) << expected.status().message();
      EXPECT_TRUE(session->Run().ok());
      worst = std::max(worst, RelativeRms(*session, (*expected)[0]));
    }
    return worst;
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("planner_test_" + std::to_string(::getpid()) + ".sinew");
};

// Rounding in fp32 through six layers, each with sums of up to 1960 products.
constexpr double kTolerance = 2e-5;

TEST_F(PlannerTest, EqualsReference) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const Result<passes::PipelineResult> rewritten = passes::RunPipeline(*graph);
  ASSERT_TRUE(rewritten.ok()) << rewritten.status().message();
  for (const int threads : {1, 2, 3}) {
    EXPECT_LT(Compare(*graph, *graph, threads), kTolerance) << "without passes, threads " << threads;
    EXPECT_LT(Compare(rewritten->graph, *graph, threads), kTolerance) << "with passes, threads " << threads;
  }
}

// The first layers of a VGG on a picture whose size is not a multiple of anything.
TEST_F(PlannerTest, FirstLayersAreOneStep) {
  const Result<ir::Graph> graph = ir::ParseGraph(R"(
    %0 = input "image" : f32[1,203,357,3]
    %1 = const "w1" {seeded 1} : f32[3,3,3,16]
    %2 = const "b1" {seeded 2} : f32[16]
    %3 = conv2d "conv1" (%0, %1, %2) {padding=same, activation=relu}
    %4 = const "w2" {seeded 3} : f32[3,3,16,24]
    %5 = const "b2" {seeded 4} : f32[24]
    %6 = conv2d "conv2" (%3, %4, %5) {padding=same, activation=relu}
    %7 = max_pool "pool" (%6) {window=[2,2], strides=[2,2], padding=same}
    output "out" = %7
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  constexpr double kMaxError = 1e-4;
  const Result<Model> model = Build(*graph, kMaxError);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const auto& steps = runtime::ModelAccess::artifact(*model).model().plans[0]->steps;
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0]->name, "pool");
  EXPECT_EQ(steps[0]->what.type, program::StepKind::ConvPair);
  EXPECT_LT(Compare(*graph, *graph, 2, kMaxError), kMaxError);
}

TEST_F(PlannerTest, LargeProductsTakeFewerMultiplications) {
  const Result<ir::Graph> graph = ir::ParseGraph(R"(
    %0 = input "image" : f32[1,31,25,3]
    %1 = const "w0" {seeded 1} : f32[1,1,3,256]
    %2 = conv2d "expand" (%0, %1)
    %3 = const "wd" {seeded 2} : f32[3,3,256,1]
    %4 = depthwise_conv2d "depthwise" (%2, %3) {padding=same}
    %5 = const "wp" {seeded 3} : f32[1,1,256,256]
    %6 = conv2d "separable" (%4, %5) {activation=relu}
    %7 = const "w1" {seeded 4} : f32[1,1,256,256]
    %8 = conv2d "pointwise" (%6, %7)
    output "out" = %8
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const auto algorithms = [&](double max_layer_error) {
    const Result<Model> model = Build(*graph, max_layer_error);
    EXPECT_TRUE(model.ok()) << model.status().message();
    std::vector<std::string> names;
    for (const auto& step : runtime::ModelAccess::artifact(*model).model().plans[0]->steps)
      names.push_back(step->algorithm);
    return names;
  };
  EXPECT_THAT(algorithms(0), ::testing::ElementsAre("pointwise", "patches", "pointwise"));
  EXPECT_THAT(algorithms(2e-6), ::testing::ElementsAre("pointwise", HasSubstr("strassen"), HasSubstr("strassen")));
  EXPECT_LT(Compare(*graph, *graph, 2, 2e-6), 2e-6);
}

TEST_F(PlannerTest, WrongWeightsAreNoticed) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  std::string other(kNetwork);
  other.replace(other.find("seeded 7"), 8, "seeded 9");
  const Result<ir::Graph> wrong = ir::ParseGraph(other);
  ASSERT_TRUE(wrong.ok());
  EXPECT_GT(Compare(*wrong, *graph, 1), 1e-2);
}

TEST_F(PlannerTest, ThreadsAndTargetsDoNotChangeABit) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  Result<Model> model = Build(*graph);
  ASSERT_TRUE(model.ok());
  std::vector<float> first;
  for (const int threads : {1, 2, 5}) {
    Result<Session> session = Session::Create(*model, {{}, threads});
    std::vector<float> in(session->input().size() * 2);
    for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i * 37 % 251);
    const TensorView out = session->output();
    std::vector<float> result(static_cast<size_t>(2 * out.height * out.width * out.channels));
    ASSERT_TRUE(session->RunBatch(in, result).ok());
    if (first.empty()) first = result;
    EXPECT_EQ(result, first) << threads;
    // The second picture alone gives what it gave in the batch.
    std::vector<float> alone(result.size() / 2);
    ASSERT_TRUE(session->RunBatch(std::span(in).subspan(in.size() / 2), alone).ok());
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), result.begin() + static_cast<ptrdiff_t>(alone.size())));
  }
}

TEST_F(PlannerTest, BatchSizesAreChecked) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  Result<Model> model = Build(*graph);
  ASSERT_TRUE(model.ok());
  Result<Session> session = Session::Create(*model, {{}, 1});
  ASSERT_TRUE(session.ok());
  std::vector<float> result(10);
  EXPECT_THAT(session->RunBatch(std::vector<float>(5), result).message(), HasSubstr("whole number"));
  EXPECT_THAT(session->RunBatch(std::vector<float>(session->input().size()), result).message(),
              HasSubstr("room for 10"));
  EXPECT_THAT(Session::Create(*model, {{64, 64}, 1}).status().message(), HasSubstr("it has: 13x11"));
  EXPECT_THAT(Session::Create(*model, {{}, -1}).status().message(), HasSubstr("-1 threads"));
}

TEST_F(PlannerTest, EveryUnsupportedNodeIsListed) {
  const Result<ir::Graph> graph = ir::ParseGraph(R"(
    %0 = input "x" : f32[1,4,4,4]
    %1 = const "w" {seeded 1} : f32[3,3,4,2]
    %2 = depthwise_conv2d "double" (%0, %1) {padding=same}
    %3 = concat "rows" (%2, %2) {axis=1}
    output "out" = %3
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  PackedWeights weights;
  const Status status = PlanNetwork(*graph, {}, &weights).status();
  EXPECT_EQ(status.code(), StatusCode::kUnsupported);
  EXPECT_THAT(status.message(), HasSubstr("\"double\": channel multiplier 2"));
  EXPECT_THAT(status.message(), HasSubstr("\"rows\": concatenates along dimension 1"));
}

// A plan for devices has steps of one operation each, and weights as the graph has them.
TEST_F(PlannerTest, DevicesGetPlainStepsAndWeights) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  PackedWeights weights;
  const Result<PlannedNetwork> planned = PlanNetwork(*graph, {.backend = &backends::CudaBackend()}, &weights);
  ASSERT_TRUE(planned.ok()) << planned.status().message();
  EXPECT_EQ(planned->plan.backend, "cuda");
  EXPECT_EQ(planned->plan.target, "any");
  std::vector<std::string> kinds;
  for (const auto& step : planned->plan.steps) {
    kinds.push_back(fmt::format("{} {}", program::KindName(*step), step->name));
    EXPECT_EQ(step->algorithm, "device");
    if (step->name != "conv7") continue;
    for (const ir::Node& node : graph->nodes()) {
      if (node.name != "w7") continue;
      EXPECT_THAT(weights.pool().blob(step->what.AsConv()->weights).floats(),
                  ::testing::ElementsAreArray(node.value->floats));
    }
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("ScaleShift centred", "Conv conv0", "Depthwise depthwise", "Conv pointwise",
                                            "Normalize norm", "Add sum", "Pool pool", "Resize up", "Conv conv7",
                                            "Conv branch"));
}

TEST_F(PlannerTest, APlanForADeviceIsNotRunOnTheCpu) {
  const Result<ir::Graph> graph = ir::ParseGraph(kNetwork);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  PackedWeights weights;
  Result<PlannedNetwork> planned = PlanNetwork(*graph, {.backend = &backends::CudaBackend()}, &weights);
  ASSERT_TRUE(planned.ok()) << planned.status().message();
  program::ModelT artifact;
  artifact.producer = "test";
  artifact.name = "test";
  artifact.plans.push_back(std::make_unique<program::PlanT>(std::move(planned->plan)));
  ASSERT_TRUE(program::WriteArtifact(std::move(artifact), weights.pool(), path_).ok());
  const Result<Model> model = Model::Load(path_);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const Status status = Session::Create(*model).status();
  EXPECT_EQ(status.code(), StatusCode::kUnsupported);
  EXPECT_THAT(status.message(), HasSubstr("compiled for GPUs"));
}

}  // namespace
}  // namespace sinew::plan
