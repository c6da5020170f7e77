// Writing frozen GraphDefs: synthetic networks, and the models of tests.
#pragma once

#include <string>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// An input as files spell it: "x", "x:1", "^x".
std::string Spelled(const TfInput& input);

// kTooLarge beyond the 2 GB that a GraphDef may have.
Result<std::string> WriteGraphDef(const TfModel& model);

}  // namespace sinew::import
