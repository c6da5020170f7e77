// Names, order, cycles.
#include "compiler/import/tensorflow/tf_topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/import/models_test_util.h"

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TfTopology, OrderFollowsInputsDepthFirst) {
  TestModel model;
  model.Add("out", "Add", {"b", "a", "^ctl"})
      .Add("a", "Relu", {"x"})
      .Add("x", "Placeholder", {})
      .Add("b", "Relu", {"a"})
      .Add("ctl", "NoOp", {});
  const Result<TfTopology> topology = TfTopology::Create(model.model());
  ASSERT_TRUE(topology.ok());
  EXPECT_THAT(topology->Order({0}).value(), ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(topology->Ends(), ElementsAre(0));
  EXPECT_EQ(topology->Find("ctl"), 4);
  EXPECT_EQ(topology->Find("absent"), -1);
}

TEST(TfTopology, CyclesAreNamed) {
  TestModel model;
  model.Add("out", "Relu", {"a"}).Add("a", "Relu", {"b"}).Add("b", "Add", {"c", "c"}).Add("c", "Relu", {"a"});
  const Result<TfTopology> topology = TfTopology::Create(model.model());
  ASSERT_TRUE(topology.ok());
  EXPECT_EQ(topology->Order({0}).status().message(),
            "the graph has a cycle: \"a\" reads \"b\" reads \"c\" reads \"a\"");
}

TEST(TfTopology, SelfLoop) {
  TestModel model;
  model.Add("a", "Relu", {"a"});
  EXPECT_THAT(TfTopology::Create(model.model())->Order({0}).status().message(), HasSubstr("cycle: \"a\" reads \"a\""));
}

TEST(TfTopology, MissingInputsAndDoubledNames) {
  TestModel missing;
  missing.Add("a", "Relu", {"gone"});
  EXPECT_THAT(TfTopology::Create(missing.model())->Order({0}).status().message(),
              HasSubstr("\"a\" reads \"gone\", which is not in the file"));
  TestModel doubled;
  doubled.Add("a", "NoOp", {}).Add("a", "NoOp", {});
  EXPECT_THAT(TfTopology::Create(doubled.model()).status().message(), HasSubstr("two nodes are named \"a\""));
}

// Far deeper than recursion would survive.
TEST(TfTopology, LongChains) {
  constexpr int kLength = 300000;
  TestModel model;
  model.Add("n0", "Placeholder", {});
  for (int i = 1; i < kLength; ++i) model.Add("n" + std::to_string(i), "Relu", {"n" + std::to_string(i - 1)});
  const Result<TfTopology> topology = TfTopology::Create(model.model());
  ASSERT_TRUE(topology.ok());
  EXPECT_EQ(topology->Order({kLength - 1}).value().size(), static_cast<size_t>(kLength));
}

}  // namespace
}  // namespace sinew::import
