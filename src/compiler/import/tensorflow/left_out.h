// The part of the import report that says what did not become an operation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/import/tensorflow/tf_model.h"

namespace sinew::import {

enum class LeftOutReason : uint8_t {
  kKept,
  kNotNeeded,            // the outputs do not depend on it
  kConstantPassedOn,     // an Identity of a constant
  kConstantUnused,       // only read where its value does not matter
  kTurnedIntoAttribute,  // an axis and the like
};

// One line for each pair of operation and reason; nodes are named while they are few. `reasons` has one entry a node.
std::vector<std::string> DescribeLeftOut(const TfModel& model, const std::vector<LeftOutReason>& reasons);

}  // namespace sinew::import
