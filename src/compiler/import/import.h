// Foreign models to IR.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace sinew::import {

struct ImportReport {
  std::string format;                 // "TensorFlow frozen graph", "TensorFlow.js graph model"
  int nodes_read = 0;                 // in the file
  std::vector<std::string> left_out;  // "node: reason" (unreachable from the output, NoOp, control inputs ...)
};

struct ImportedModel {
  ir::Graph graph;
  ImportReport report;
};

struct ImportOptions {
  // Names of the nodes to compute ("Openpose/concat_stage7", ":0" allowed). Empty: Openpose/concat_stage7 where there
  // is one, else every node that nothing reads.
  std::vector<std::string> outputs;
};

// `path`: a TensorFlow.js folder or model.json, or a frozen GraphDef; told apart by content. Every message starts with
// the path. Unsupported nodes are all listed in one message, one a line: name, op, reason.
Result<ImportedModel> ImportModel(const std::filesystem::path& path, const ImportOptions& options = {});

// GraphDef bytes; `name` stands in messages.
Result<ImportedModel> ImportGraphDef(std::string_view bytes, std::string_view name, const ImportOptions& options = {});

}  // namespace sinew::import
