// From what users name, a path or a model of the zoo, to the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::service {

struct ModelFile {
  std::filesystem::path path;           // a compiled model, a frozen graph, or a TensorFlow.js model
  std::optional<Resolution> suggested;  // what the zoo says of a model that was named
};

// The path if there is such a file, a copy of what a URL names (s3://, https://), else the graph of the zoo's model
// with that name. kNotFound says how to get it.
Result<ModelFile> FindModelFile(const std::string& path_or_name);

// Whether the file begins as compiled models do. False for what cannot be read.
bool IsCompiledModel(const std::filesystem::path& path);

}  // namespace sinew::service
