// Where to cut MoveNet MultiPose: before the nodes that choose six people.
#pragma once

#include <vector>

#include "compiler/import/tensorflow/tf_model.h"
#include "compiler/import/tensorflow/tf_topology.h"

namespace sinew::import {

// The nodes that hold heat maps, centres (both as probabilities), regressed keypoints, offsets, sizes of boxes and
// offsets of boxes, in the order of MoveNetMultiPoseDescription. Nothing where the model is another.
std::vector<int> FindMoveNetHeads(const TfModel& model, const TfTopology& topology);

}  // namespace sinew::import
