// The synthetic networks of OpenPose have the real ones' shape and work.
#include "compiler/synth/openpose.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include "compiler/import/import.h"

namespace sinew::synth {
namespace {

struct Work {
  int convolutions = 0, prelus = 0;
  int64_t multiply_adds = 0, parameters = 0;
  ir::Shape output;
};

Work Measure(const Result<CaffeFiles>& files) {
  Work work;
  EXPECT_TRUE(files.ok());
  const auto imported = import::ImportCaffe(files->prototxt, files->caffemodel, "synth");
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  if (!imported.ok()) return work;
  EXPECT_EQ(imported->framework, import::Framework::kCaffe);
  const ir::Graph graph = ir::BindInput(imported->graph, 1, 368, 656).value();
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Cost cost = ir::ComputeCost(graph, id);
    work.multiply_adds += cost.multiply_adds;
    work.parameters += cost.parameters;
    work.convolutions += graph.node(id).op == ir::OpKind::kConv2d;
    work.prelus += graph.node(id).op == ir::OpKind::kPrelu;
  }
  EXPECT_EQ(graph.outputs().size(), 1u);
  EXPECT_EQ(graph.outputs()[0].name, "net_output");
  work.output = graph.node(graph.outputs()[0].node).shape;
  return work;
}

// Counts are those of the networks that OpenPose publishes: 12 layers of features, then six stages of 17.
TEST(OpenPoseTest, Body25) {
  const Work work = Measure(OpenPoseBody25(1));
  EXPECT_EQ(work.convolutions, 12 + 6 * 17);
  EXPECT_EQ(work.prelus, 3 + 6 * 16);
  EXPECT_EQ(work.output, (ir::Shape{1, 46, 82, 78}));
  EXPECT_NEAR(static_cast<double>(work.parameters) * 4, 104.7e6, 0.5e6);  // bytes of the published weights
}

TEST(OpenPoseTest, Coco) {
  const Work work = Measure(OpenPoseCoco(1));
  EXPECT_EQ(work.convolutions, 12 + 10 + 70);
  EXPECT_EQ(work.output, (ir::Shape{1, 46, 82, 57}));
  EXPECT_NEAR(static_cast<double>(work.multiply_adds), 242e9, 1e9);
  EXPECT_NEAR(static_cast<double>(work.parameters) * 4, 209.3e6, 1e6);
}

TEST(OpenPoseTest, Mpi) {
  const Work work = Measure(OpenPoseMpi(1));
  EXPECT_EQ(work.convolutions, 12 + 10 + 70);
  EXPECT_EQ(work.output, (ir::Shape{1, 46, 82, 44}));
}

TEST(OpenPoseTest, TheSeedDecidesTheWeights) {
  const auto hash = [](uint64_t seed) {
    const std::string bytes = OpenPoseBody25(seed).value().caffemodel;
    return XXH3_64bits(bytes.data(), bytes.size());
  };
  const uint64_t first = hash(1);
  EXPECT_EQ(hash(1), first);
  EXPECT_NE(hash(2), first);
}

}  // namespace
}  // namespace sinew::synth
