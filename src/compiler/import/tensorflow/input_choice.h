// Which node is the picture that the network is fed, and of what shape.
#pragma once

#include <vector>

#include "compiler/import/tensorflow/tf_model.h"
#include "compiler/import/tensorflow/tf_topology.h"
#include "compiler/ir/tensor.h"
#include "sinew/status.h"

namespace sinew::import {

struct InputChoice {
  int node = -1;
  ir::Shape shape;  // four dimensions, channels known
};

// The only placeholder among `order` (TfTopology::Order). A PlaceholderWithDefault is the input only where there is no
// plain one; otherwise it stands for its default. Channels that the placeholder leaves open are those that the first
// convolution on it takes.
Result<InputChoice> ChooseInput(const TfModel& model, const TfTopology& topology, const std::vector<int>& order);

}  // namespace sinew::import
