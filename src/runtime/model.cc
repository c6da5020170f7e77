// Loading a compiled model.
#include "sinew/model.h"

#include "base/error.h"
#include "program/reader.h"
#include "simd/target.h"

namespace sinew {

Result<Model> Model::Load(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(program::Artifact loaded, program::Artifact::Load(path));
  for (const auto& plan : loaded.model().plans) {
    if (plan->backend != program::kCpuBackend) continue;
    const Result<simd::Target> target = simd::ParseTarget(plan->target);
    if (!target.ok()) return Corrupt("{}: made for an unknown instruction set \"{}\"", path.string(), plan->target);
    if (!simd::IsSupported(*target)) {
      return Incompatible(
          "{}: made for {}, which this processor or build lacks: compile the model again on this machine",
          path.string(), plan->target);
    }
  }
  return Model(std::make_shared<const program::Artifact>(std::move(loaded)));
}

const std::string& Model::name() const { return artifact_->model().name; }
const std::string& Model::target() const { return artifact_->model().plans[0]->target; }
Status Model::CheckUnchanged() const { return artifact_->CheckUnchanged(); }
uint64_t Model::weight_bytes() const { return artifact_->weight_bytes(); }
const ModelDescription* Model::description() const {
  return artifact_->description() ? &*artifact_->description() : nullptr;
}
uint64_t Model::weights_hash() const { return artifact_->data_xxh3(); }

std::vector<Resolution> Model::resolutions() const {
  std::vector<Resolution> result;
  for (const auto& plan : artifact_->model().plans) {
    result.push_back({static_cast<int>(plan->input->width()), static_cast<int>(plan->input->height())});
  }
  return result;
}

}  // namespace sinew
