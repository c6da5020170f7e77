// Neutral nodes to IR.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/tensorflow/tf_model.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::import {

struct Converted {
  ir::Graph graph;
  std::vector<std::string> left_out;  // what was not converted, and why
};

// Converts what `outputs` (see ImportOptions) need of `model`, whose constants are taken away one by one. Nodes that
// cannot be converted are all listed in one message. Messages do not name the file.
Result<Converted> ConvertModel(TfModel model, const std::vector<std::string>& outputs);

}  // namespace sinew::import
