// How TensorFlow spells nodes and the edges between them.
#pragma once

#include <string>
#include <string_view>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// Refuses what TensorFlow itself would not write and what would garble messages and dumps: an empty name, control
// characters, quotes, backslashes, ':' and a leading '^'.
Status CheckNodeName(std::string_view name);

// "conv", "conv:0", "split:2", "^init".
Result<TfInput> ParseInput(std::string_view text);

// For messages: control characters replaced, long texts cut.
std::string Printable(std::string_view text);

}  // namespace sinew::import
