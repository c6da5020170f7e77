// The synthetic CMU network has the real one's shape and work.
#include "compiler/synth/cmu.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include "compiler/import/import.h"

namespace sinew::synth {
namespace {

TEST(CmuTest, HasTheRealNetworksShapeAndWork) {
  const std::string bytes = CmuGraphDef(1).value();
  const auto imported = import::ImportGraphDef(bytes, "cmu");
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const ir::Graph graph = ir::BindInput(imported->graph, 1, 368, 656).value();
  int64_t multiply_adds = 0, of_7x7 = 0, parameters = 0;
  int convolutions = 0;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Cost cost = ir::ComputeCost(graph, id);
    multiply_adds += cost.multiply_adds;
    parameters += cost.parameters;
    if (graph.node(id).op != ir::OpKind::kConv2d) continue;
    ++convolutions;
    if (graph.node(graph.node(id).inputs[1]).shape[0] == 7) of_7x7 += cost.multiply_adds;
  }
  EXPECT_EQ(convolutions, 12 + 10 + 70);
  EXPECT_NEAR(static_cast<double>(multiply_adds), 242e9, 1e9);
  EXPECT_NEAR(static_cast<double>(of_7x7), 165e9, 1e9);
  EXPECT_NEAR(static_cast<double>(parameters), 52.3e6, 0.5e6);
  ASSERT_EQ(graph.outputs().size(), 1u);
  EXPECT_EQ(graph.node(graph.outputs()[0].node).shape, (ir::Shape{1, 46, 82, 57}));
}

TEST(CmuTest, TheSeedDecidesTheWeights) {
  const auto hash = [](uint64_t seed) {
    const std::string bytes = CmuGraphDef(seed).value();
    return XXH3_64bits(bytes.data(), bytes.size());
  };
  const uint64_t first = hash(1);
  EXPECT_EQ(hash(1), first);
  EXPECT_NE(hash(2), first);
}

}  // namespace
}  // namespace sinew::synth
