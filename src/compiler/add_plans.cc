// Read, merge and replace, under the lock of the folder.
#include "compiler/add_plans.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/folder_lock.h"
#include "base/remote.h"
#include "program/merge.h"
#include "simd/target.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;

Status HasItAlready(const fs::path& artifact, const program::PlanT& plan) {
  return InvalidArgument("{}: has a plan for {}x{} on {} already: leave that out, or compile all anew",
                         artifact.string(), plan.input->width(), plan.input->height(),
                         plan.backend == program::kCpuBackend ? plan.target : plan.backend);
}

bool IsTaken(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

}  // namespace

Status CheckCanAdd(const fs::path& artifact, const CompileOptions& options) {
  if (IsRemote(artifact))
    return InvalidArgument("{}: nothing can be added to what is not a file of this machine", artifact.string());
  SINEW_ASSIGN_OR_RETURN(const program::Artifact base, program::Artifact::Load(artifact));
  program::PlanT wanted;
  wanted.backend = options.backend;
  std::vector<std::string> targets = options.targets;
  if (targets.empty() && wanted.backend == program::kCpuBackend) {
    SINEW_ASSIGN_OR_RETURN(const simd::Target best, simd::DefaultTarget());
    targets.emplace_back(simd::TargetName(best));
  }
  if (targets.empty()) targets.emplace_back(program::kAnyTarget);
  for (const std::string& target : targets) {
    for (const Resolution& resolution : options.resolutions) {
      wanted.target = target;
      wanted.input =
          std::make_unique<program::Slice>(0, static_cast<uint32_t>(resolution.height),
                                           static_cast<uint32_t>(resolution.width), 0, 0, program::DataType::F32);
      if (program::HasPlanLike(base, wanted)) return HasItAlready(artifact, wanted);
    }
  }
  return Status();
}

Result<AddedPlans> AddPlans(ScratchFile* compiled, const fs::path& artifact, const AddPlansOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Descriptor lock, LockFolder(artifact.parent_path()));
  SINEW_ASSIGN_OR_RETURN(const program::Artifact more, program::Artifact::Load(compiled->path()));
  AddedPlans added;
  if (!IsTaken(artifact)) {
    SINEW_RETURN_IF_ERROR(compiled->Accept(artifact));
    added.plans = static_cast<int>(more.model().plans.size());
    added.artifact_bytes = more.file_bytes();
    return added;
  }
  SINEW_ASSIGN_OR_RETURN(const program::Artifact base, program::Artifact::Load(artifact));
  if (const Status status = program::CheckSameNetwork(base, more); !status.ok())
    return Prefixed(artifact.string(), status);
  added.artifact_bytes = base.file_bytes();
  for (const auto& plan : more.model().plans) {
    if (!program::HasPlanLike(base, *plan)) {
      ++added.plans;
    } else if (!options.keep_existing) {
      return HasItAlready(artifact, *plan);
    }
  }
  if (added.plans == 0) return added;
  SINEW_ASSIGN_OR_RETURN(const program::MergedFile merged, program::WriteMerged(base, more, artifact));
  added.artifact_bytes = merged.bytes;
  added.shared_bytes = merged.shared_bytes;
  return added;
}

}  // namespace sinew
