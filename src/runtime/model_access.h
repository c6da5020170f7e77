// What a model holds, for the parts of sinew that look into plans: profiles, verification, tests.
#pragma once

#include <memory>

#include "program/reader.h"
#include "sinew/model.h"

namespace sinew::runtime {

struct ModelAccess {
  // Lives as long as a copy of the model.
  static const program::Artifact& artifact(const Model& model) { return *model.artifact_; }
  static const std::shared_ptr<const program::Artifact>& shared_artifact(const Model& model) { return model.artifact_; }
};

}  // namespace sinew::runtime
