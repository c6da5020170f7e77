// Caffe's layers to IR.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/caffe/caffe_model.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::import {

struct ConvertedCaffe {
  ir::Graph graph;
  std::vector<std::string> left_out;  // what was not converted, and why
};

// Converts what `outputs`, names of blobs, need of `model`; empty: every blob that no layer reads. Layers that cannot
// be converted are all listed in one message. The size of the input stays open, whatever the network says: in networks
// for pictures of any size it is a placeholder. Messages do not name the file.
Result<ConvertedCaffe> ConvertCaffe(CaffeModel model, const std::vector<std::string>& outputs);

}  // namespace sinew::import
