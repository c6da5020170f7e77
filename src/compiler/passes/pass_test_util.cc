// Checks shared by the tests of passes.
#include "compiler/passes/pass_test_util.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "compiler/ir/text.h"
#include "compiler/reference/executor.h"

namespace sinew::passes {
namespace {

// A picture for the graph's input; unknown dimensions become 1.
reference::Array RandomPicture(const ir::Graph& graph) {
  reference::Array picture;
  size_t count = 1;
  for (const int64_t size : graph.node(graph.input()).shape) {
    picture.shape.push_back(std::max<int64_t>(size, 1));
    count *= static_cast<size_t>(picture.shape.back());
  }
  std::mt19937 random(7);
  // Both signs and beyond 6, so that every activation clamps something.
  std::uniform_real_distribution<float> distribution(-9.0f, 9.0f);
  for (size_t i = 0; i < count; ++i) picture.values.push_back(distribution(random));
  return picture;
}

}  // namespace

ir::Graph MustParse(std::string_view text) {
  Result<ir::Graph> graph = ir::ParseGraph(text);
  if (!graph.ok()) {
    std::cerr << "the test's graph is wrong: " << graph.status().message() << "\n" << text << std::endl;
    std::abort();
  }
  return *graph;
}

void ExpectSameResults(const ir::Graph& before, const ir::Graph& after) {
  const reference::Array picture = RandomPicture(before);
  const auto expected = reference::Execute(before, picture);
  const auto actual = reference::Execute(after, picture);
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  ASSERT_TRUE(actual.ok()) << actual.status().message();
  ASSERT_EQ(expected->size(), actual->size());
  for (size_t output = 0; output < expected->size(); ++output) {
    const reference::Array& e = (*expected)[output];
    const reference::Array& a = (*actual)[output];
    ASSERT_EQ(e.shape, a.shape);
    double largest = 1, difference = 0;
    for (size_t i = 0; i < e.values.size(); ++i) {
      largest = std::max(largest, std::abs(e.values[i]));
      difference = std::max(difference, std::abs(e.values[i] - a.values[i]));
    }
    EXPECT_LE(difference, 1e-6 * largest) << "output " << output;
  }
}

void ExpectRewrite(PassFunction pass, std::string_view before, std::string_view after, int changes) {
  const ir::Graph graph = MustParse(before);
  int counted = -1;
  const Result<ir::Graph> result = pass(graph, &counted);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(counted, changes);
  const std::string text = ir::PrintGraph(*result);
  EXPECT_EQ(text, ir::PrintGraph(MustParse(after)));
  const Status verified = ir::Verify(*result);
  EXPECT_TRUE(verified.ok()) << verified.message();
  ExpectSameResults(graph, *result);

  const Result<ir::Graph> again = pass(*result, &counted);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(counted, 0) << "a second run must find nothing to do";
  EXPECT_EQ(ir::PrintGraph(*again), text);
}

void ExpectUnchanged(PassFunction pass, std::string_view text) { ExpectRewrite(pass, text, text, 0); }

}  // namespace sinew::passes
