// Models to and from stores.
#pragma once

#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew::service {

// Copies a model (a compiled one, a graph, a name of the zoo) to s3://..., with its weights where it is a TensorFlow.js
// model; a URL that ends with a slash keeps names. What was written, in order.
Result<std::vector<std::string>> PushModel(const std::string& model, const std::string& url);

// Copies the model at `url` to `output`, a file or, for a TensorFlow.js model, a folder; empty: its own name in the
// current folder.
Result<std::vector<std::string>> PullModel(const std::string& url, const std::string& output);

}  // namespace sinew::service
