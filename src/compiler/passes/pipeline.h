// The passes and the order in which they run. A pass turns one graph into an equivalent one.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::passes {

struct Pass {
  std::string_view name;                                           // "fold-batch-norm"; also the stem of the file
  std::string_view summary;                                        // one line for --help and logs
  Result<ir::Graph> (*run)(const ir::Graph& graph, int* changes);  // `changes`: nodes folded, fused or removed
};

// In running order.
std::span<const Pass> Pipeline();

struct PassReport {
  std::string_view name;
  int changes = 0;
  int nodes_after = 0;
  bool skipped = false;
};

struct PipelineOptions {
  std::vector<std::string> skip;  // names; an unknown one is an error that lists the known
  // Accept an input of unknown size: what depends on it stays as it is.
  bool any_resolution = false;
  // Called with the graph after each pass (index from 1; 0 is the graph as given).
  std::function<Status(int index, std::string_view pass, const ir::Graph& graph)> observe;
};

struct PipelineResult {
  ir::Graph graph;
  std::vector<PassReport> reports;
};

// Needs a graph with a bound input, but for `any_resolution`. Verifies after every pass.
Result<PipelineResult> RunPipeline(const ir::Graph& graph, const PipelineOptions& options = {});

}  // namespace sinew::passes
