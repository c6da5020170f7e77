// What the tests of the operations share: pictures, nodes and runs of graphs written by hand.
#pragma once

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ir/text.h"
#include "compiler/reference/executor.h"

namespace sinew::reference {

inline Array Picture(int64_t h, int64_t w, int64_t c, std::vector<double> values) {
  return {{1, h, w, c}, std::move(values)};
}

// 1, 2, 3 ...
inline Array Counting(ir::Shape shape) {
  Array array;
  array.values.resize(static_cast<size_t>(ir::ElementCount(shape).value()));
  array.shape = std::move(shape);
  std::iota(array.values.begin(), array.values.end(), 1.0);
  return array;
}
inline Array Counting(int64_t h, int64_t w, int64_t c) { return Counting({1, h, w, c}); }

inline Array Vector(std::vector<double> values) { return {{static_cast<int64_t>(values.size())}, std::move(values)}; }

// Runs a graph of one output; an empty array where that fails.
inline Array RunGraph(std::string_view text, const Array& input) {
  const Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  if (!graph.ok()) return {};
  const Result<std::vector<Array>> outputs = Execute(*graph, input);
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  return outputs.ok() ? outputs->at(0) : Array();
}

inline Result<Array> RunNode(ir::OpKind op, const std::vector<Array>& inputs, ir::Attributes attributes = {}) {
  std::vector<const Array*> pointers;
  for (const Array& input : inputs) pointers.push_back(&input);
  ir::Node node;
  node.op = op;
  node.name = "n";
  node.attributes = std::move(attributes);
  return ExecuteNode(node, pointers);
}

// The values that a node computes; none where it fails.
inline std::vector<double> Evaluate(ir::OpKind op, const std::vector<Array>& inputs, ir::Attributes attributes = {}) {
  const Result<Array> result = RunNode(op, inputs, std::move(attributes));
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? result->values : std::vector<double>();
}

// The message with which a node fails.
inline std::string ExecutionError(ir::OpKind op, const std::vector<Array>& inputs, ir::Attributes attributes = {}) {
  return RunNode(op, inputs, std::move(attributes)).status().message();
}

}  // namespace sinew::reference
