// Recognising pose networks: what a graph's input and outputs mean.
#pragma once

#include <optional>

#include "compiler/import/import.h"
#include "compiler/ir/graph.h"
#include "sinew/model_description.h"

namespace sinew {

// The description of a network that sinew knows by its maker and its first output: 57 channels are those of
// tf-pose-estimation's networks, in a Caffe model those of OpenPose's COCO; 78 and 44 there are BODY_25 and MPI. ONNX
// models with outputs of 19 and 38 channels are lightweight OpenPose, of 18 and 42 trt_pose; PoseNet's and MoveNet's
// heads are told by their names and channels. Stride and position of the cells follow from the operations between input
// and output. Nothing where the output is another, or where these operations do not make cells that a description can
// state. `graph` has a bound input.
std::optional<ModelDescription> DescribeModel(const ir::Graph& graph,
                                              import::Framework framework = import::Framework::kTensorFlow);

}  // namespace sinew
