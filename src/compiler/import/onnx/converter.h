// An ONNX model to IR.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/onnx/external_data.h"
#include "compiler/import/onnx/onnx_model.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::onnx_import {

struct Converted {
  ir::Graph graph;
  std::vector<std::string> left_out;  // for the report
};

// Converts what `outputs` need, for pictures of any size where no operation depends on the one that the file states:
// names of values or of nodes; empty: the model's own outputs. Pictures become NHWC, the outputs too. Nodes that cannot
// be converted are all listed in one message. Messages do not name the file.
Result<Converted> ConvertModel(const OnnxModel& model, ExternalData& external, const std::vector<std::string>& outputs);

}  // namespace sinew::onnx_import
