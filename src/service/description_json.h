// Model descriptions as JSON: what --skeleton reads, and `sinew model describe` prints (docs/skeleton.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sinew/model_description.h"
#include "sinew/status.h"

namespace sinew::service {

// A valid description, or what is wrong with the first bad member: "skeleton.limbs[2].to: no keypoint is called
// \"tial\"". Members that the format does not have are errors: a misspelt one would go unnoticed.
Result<ModelDescription> ParseModelDescription(std::string_view json);

// The same from a file of at most a megabyte; messages begin with its name.
Result<ModelDescription> ReadModelDescription(const std::filesystem::path& path);

// What ParseModelDescription turns into the same description, for people to read and change.
std::string ToJson(const ModelDescription& description);

}  // namespace sinew::service
