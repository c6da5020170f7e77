// What a model holds, for the parts of sinew that look into plans: profiles, verification, tests.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "program/reader.h"
#include "sinew/model.h"

namespace sinew::runtime {

struct ModelAccess {
  // As Model::Load, with the plans for `target` of several instruction sets; where that is empty, for the one that the
  // environment variable SINEW_FORCE_TARGET names or the next one below it, else the best that this processor has.
  // kInvalidArgument where there are none for `target`.
  static Result<Model> Load(const std::filesystem::path& path, std::string_view target);
  // The same of an artifact that was read; `name` stands in messages.
  static Result<Model> Take(program::Artifact loaded, std::string_view target, std::string_view name);
  // Lives as long as a copy of the model.
  static const program::Artifact& artifact(const Model& model) { return *model.artifact_; }
  static const std::shared_ptr<const program::Artifact>& shared_artifact(const Model& model) { return model.artifact_; }
};

}  // namespace sinew::runtime
