// TensorFlow.js graph models: NodeDefs as JSON, weights in shard files.
#pragma once

#include <string_view>

#include "compiler/import/tensorflow/tf_model.h"
#include "compiler/import/tfjs/tfjs_weights.h"
#include "sinew/status.h"

namespace sinew::import {

// `text`: model.json. Messages do not name the file.
Result<TfModel> ReadTfjsModel(std::string_view text, const ShardSource& read_shard);

}  // namespace sinew::import
