// Loading a compiled model.
#include "sinew/model.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "program/reader.h"
#include "runtime/model_access.h"
#include "simd/target.h"
#include "simd/target_names.h"

namespace sinew {
namespace {

// The instruction sets that a model has plans for, least first.
Result<std::vector<simd::Target>> TargetsIn(const program::ModelT& model) {
  std::set<simd::Target> targets;
  for (const auto& plan : model.plans) {
    if (plan->backend != program::kCpuBackend) continue;
    const Result<simd::Target> target = simd::ParseTarget(plan->target);
    if (!target.ok()) return Corrupt("made for an unknown instruction set \"{}\"", plan->target);
    targets.insert(*target);
  }
  return std::vector(targets.begin(), targets.end());
}

// The one of `targets` whose plans this processor is to run.
Result<simd::Target> ChooseTarget(const std::vector<simd::Target>& targets, std::string_view wanted) {
  if (!wanted.empty()) {
    SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::ParseTarget(wanted));
    if (!std::binary_search(targets.begin(), targets.end(), target))
      return InvalidArgument("has no plans for {}: it has {}", wanted, simd::TargetNames(targets));
    if (simd::IsSupported(target)) return target;
    return Incompatible("its plans for {} do not run here: this processor or build lacks it", wanted);
  }
  std::vector<simd::Target> usable;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(usable), simd::IsSupported);
  if (usable.empty()) {
    return Incompatible(
        "made for {}, which this processor or build lacks: compile the model again on this machine, or for its "
        "instruction set with `sinew compile --target {}`",
        simd::TargetNames(targets), simd::TargetName(simd::SupportedTargets().back()));
  }
  SINEW_ASSIGN_OR_RETURN(const simd::Target best, simd::ForcedTargetOr(usable.back()));
  // Where all are above a forced one, its kernels do what the least of them asks for (see Session).
  const auto above = std::upper_bound(usable.begin(), usable.end(), best);
  return above == usable.begin() ? usable.front() : *std::prev(above);
}

}  // namespace

Result<Model> Model::Load(const std::filesystem::path& path) { return runtime::ModelAccess::Load(path, {}); }

Result<Model> Model::FromMemory(std::span<const std::byte> bytes, std::string_view name) {
  return FromMemory(bytes, nullptr, name);
}

Result<Model> Model::FromMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                std::string_view name) {
  SINEW_ASSIGN_OR_RETURN(program::Artifact loaded, program::Artifact::FromMemory(bytes, std::move(owner), name));
  return runtime::ModelAccess::Take(std::move(loaded), {}, name);
}

Result<Model> runtime::ModelAccess::Load(const std::filesystem::path& path, std::string_view target) {
  SINEW_ASSIGN_OR_RETURN(program::Artifact loaded, program::Artifact::Load(path));
  return Take(std::move(loaded), target, path.string());
}

Result<Model> runtime::ModelAccess::Take(program::Artifact loaded, std::string_view target, std::string_view name) {
  const auto keep_best = [&]() -> Status {
    SINEW_ASSIGN_OR_RETURN(const std::vector<simd::Target> targets, TargetsIn(loaded.model()));
    if (targets.empty() && target.empty()) return Status();
    SINEW_ASSIGN_OR_RETURN(const simd::Target best, ChooseTarget(targets, target));
    loaded.KeepPlans([&](const program::PlanT& plan) {
      return plan.backend != program::kCpuBackend || plan.target == simd::TargetName(best);
    });
    return Status();
  };
  if (const Status status = keep_best(); !status.ok()) return Prefixed(name, status);
  return Model(std::make_shared<const program::Artifact>(std::move(loaded)));
}

const std::string& Model::name() const { return artifact_->model().name; }
const std::string& Model::target() const { return artifact_->model().plans[0]->target; }
Status Model::CheckUnchanged() const { return artifact_->CheckUnchanged(); }
uint64_t Model::weight_bytes() const { return artifact_->weight_bytes(); }
const ModelDescription* Model::description() const {
  return artifact_->description() ? &*artifact_->description() : nullptr;
}
uint64_t Model::weights_hash() const { return artifact_->weights_xxh3(); }

std::vector<Resolution> Model::resolutions() const {
  std::vector<Resolution> result;
  for (const auto& plan : artifact_->model().plans) {
    result.push_back({static_cast<int>(plan->input->width()), static_cast<int>(plan->input->height())});
  }
  return result;
}

}  // namespace sinew
