// Plans for GPUs, back to networks: run by the device that is the CPU they give what the graph gives in double.
#include "backends/cuda/network_of_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "backends/cuda/executor.h"
#include "backends/cuda/testing/host_device.h"
#include "backends/device.h"
#include "compiler/ir/text.h"
#include "compiler/passes/pipeline.h"
#include "compiler/plan/planner.h"
#include "compiler/reference/executor.h"

namespace sinew::cuda {
namespace {

using ::testing::HasSubstr;

// Every kind of operation, odd sizes, a concatenation that is read whole by two branches and one within another.
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
    %22 = concat "stage" (%19, %21, %17) {axis=3}
    %23 = const "w9" {seeded 9} : f32[3,3,97,6]
    %24 = conv2d "next" (%22, %23) {padding=same}
    %25 = concat "out" (%24, %22, %21) {axis=3}
    output "out" = %25
  )";

struct Planned {
  ir::Graph graph;
  plan::PackedWeights weights;
  plan::PlannedNetwork network;

  program::BlobLookup blobs() const {
    return [this](uint32_t index) { return weights.pool().blob(index); };
  }
};

std::unique_ptr<Planned> MakePlanned() {
  auto planned = std::make_unique<Planned>();
  planned->graph = ir::ParseGraph(kNetwork).value();
  const ir::Graph rewritten = passes::RunPipeline(planned->graph).value().graph;
  planned->network = plan::PlanNetwork(rewritten, {.backend = &backends::CudaBackend()}, &planned->weights).value();
  return planned;
}

TEST(NetworkOfPlanTest, ComputesWhatTheGraphDoes) {
  const std::unique_ptr<Planned> planned = MakePlanned();
  const auto network = NetworkOfPlan(planned->network.plan, planned->blobs(), nullptr);
  ASSERT_TRUE(network.ok()) << network.status().message();

  std::mt19937 random(3);
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<float> picture(11 * 13 * 3);
  for (float& p : picture) p = value(random);
  reference::Array input{{1, 11, 13, 3}, {picture.begin(), picture.end()}};
  const std::vector<reference::Array> expected = reference::Execute(planned->graph, input).value();

  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto device = std::make_shared<HostDevice>(seed);
    const auto tuner = Tuner::Open(device, "").value();
    const auto executor =
        Executor::Create(device, *network, std::make_shared<Weights>(device), tuner.get(), {Precision::kFp32, 1, 4});
    ASSERT_TRUE(executor.ok()) << executor.status().message();
    std::vector<float> actual(expected[0].values.size());
    ASSERT_TRUE((*executor)->Run(picture, actual).ok());
    double difference = 0, size = 0;
    for (size_t i = 0; i < actual.size(); ++i) {
      difference += std::pow(actual[i] - expected[0].values[i], 2);
      size += std::pow(expected[0].values[i], 2);
    }
    EXPECT_LT(std::sqrt(difference / size), 1e-5) << "seed " << seed;
  }
}

TEST(NetworkOfPlanTest, RefusesWhatNoStepWrote) {
  const std::unique_ptr<Planned> planned = MakePlanned();
  program::PlanT& plan = planned->network.plan;
  const auto dropped = std::move(plan.steps[2]);
  plan.steps.erase(plan.steps.begin() + 2);
  const Status status = NetworkOfPlan(plan, planned->blobs(), nullptr).status();
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_THAT(status.message(), HasSubstr("that no step has written"));
}

TEST(NetworkOfPlanTest, RefusesBlobsThatAreTooSmall) {
  const std::unique_ptr<Planned> planned = MakePlanned();
  const auto empty = [](uint32_t) { return program::BlobView{program::DataType::F32, {}}; };
  const Status status = NetworkOfPlan(planned->network.plan, empty, nullptr).status();
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_THAT(status.message(), HasSubstr("have 0 values"));
}

TEST(NetworkOfPlanTest, RefusesPlansForProcessors) {
  const std::unique_ptr<Planned> planned = MakePlanned();
  planned->network.plan.backend = "cpu";
  EXPECT_THAT(NetworkOfPlan(planned->network.plan, planned->blobs(), nullptr).status().message(),
              HasSubstr("for the backend \"cpu\""));
}

}  // namespace
}  // namespace sinew::cuda
