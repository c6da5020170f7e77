// Frozen TensorFlow GraphDefs, the binary form.
#pragma once

#include <string_view>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// `bytes` may be a mapped file: each constant is copied once, as its node is read. Messages do not name the file.
Result<TfModel> ReadGraphDef(std::string_view bytes);

}  // namespace sinew::import
