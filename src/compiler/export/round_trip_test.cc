// What is exported is imported again: the same results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "compiler/export/converter.h"
#include "compiler/export/export_cases_test_util.h"
#include "compiler/import/import.h"
#include "compiler/ir/text.h"
#include "compiler/reference/executor.h"

namespace sinew::onnx_export {
namespace {

constexpr int64_t kAnySize = 13;

std::vector<double> Results(const ir::Graph& graph) {
  const ir::Shape& shape = graph.node(graph.input()).shape;
  const auto known = [](int64_t size, int64_t other) { return size == ir::kUnknown ? other : size; };
  const auto bound = ir::BindInput(graph, known(shape[0], 2), known(shape[1], kAnySize), known(shape[2], kAnySize));
  EXPECT_TRUE(bound.ok()) << bound.status().message();
  reference::Array input;
  input.shape = bound->node(bound->input()).shape;
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-9, 9);
  for (int64_t i = 0; i < ir::ElementCount(input.shape).value(); ++i) input.values.push_back(uniform(random));
  const auto outputs = reference::Execute(*bound, input);
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  return outputs.ok() ? outputs->at(0).values : std::vector<double>();
}

TEST(RoundTripTest, ExportedNetworksComeBackTheSame) {
  // These make something else than pictures of their input, which TensorFlow's importer may and ONNX's may not.
  std::set<std::string> refused = {"shapes", "joining", "pixels"};  // the last one crops rows
  for (const ExportCase& test : ExportCases()) {
    SCOPED_TRACE(test.name);
    const Result<ir::Graph> graph = ir::ParseGraph(test.text);
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    const auto onnx = ConvertToOnnx(*graph);
    ASSERT_TRUE(onnx.ok()) << onnx.status().message();
    const auto imported = import::ImportOnnx(onnx->SerializeAsString(), test.name);
    if (refused.erase(std::string(test.name)) > 0) {
      EXPECT_FALSE(imported.ok());
      continue;
    }
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    // Importing drops sizes that nothing depends on: both are run at the case's own.
    const ir::Shape& shape = graph->node(graph->input()).shape;
    const auto bound =
        ir::BindInput(imported->graph, shape[0] == ir::kUnknown ? 2 : shape[0],
                      shape[1] == ir::kUnknown ? kAnySize : shape[1], shape[2] == ir::kUnknown ? kAnySize : shape[2]);
    ASSERT_TRUE(bound.ok()) << bound.status().message();
    const std::vector<double> before = Results(*graph), after = Results(*bound);
    ASSERT_EQ(after.size(), before.size());
    double largest = 0, difference = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      largest = std::max(largest, std::abs(before[i]));
      difference = std::max(difference, std::abs(before[i] - after[i]));
    }
    EXPECT_LE(difference, 1e-6 * largest) << "constants are floats once more";
  }
  EXPECT_TRUE(refused.empty());
}

}  // namespace
}  // namespace sinew::onnx_export
