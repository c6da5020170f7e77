// Names, types and shapes.
#include "oip/describe.h"

#include "base/error.h"
#include "oip/infer.h"

namespace sinew::server::oip {

std::vector<std::string> Extensions() {
  return {"binary_tensor_data", "model_configuration", "model_repository", "sequence", "statistics"};
}

Result<ModelMetadata> DescribeModel(const serving::PoseService& service, const std::string& name,
                                    const std::string& version) {
  const auto [base, is_maps] = SplitName(name);
  if (base.empty()) return NotFound("no model \"{}\" is served here", name);
  SINEW_ASSIGN_OR_RETURN(const auto model, service.models().Find(base, version));
  ModelMetadata metadata{name, {std::to_string(model->version())}, "sinew", {}, {}};
  const ModelDescription& description = model->description();
  if (is_maps) {
    const Resolution size = model->resolution();
    const Heads& heads = description.heads;
    metadata.inputs = {{"input", "FP32", {-1, size.height, size.width, 3}}};
    metadata.outputs = {{"maps", "FP32", {-1, heads.CellCount(size.height), heads.CellCount(size.width), -1}}};
  } else {
    metadata.inputs = {{"image", "BYTES", {1}}};
    metadata.outputs = {{"keypoints", "FP32", {-1, description.skeleton.keypoint_count(), 3}},
                        {"scores", "FP32", {-1}},
                        {"ids", "INT64", {-1}},
                        {"boxes", "FP32", {-1, 4}}};
  }
  return metadata;
}

std::vector<RepositoryEntry> Repository(const serving::PoseService& service, bool ready_only) {
  std::vector<RepositoryEntry> entries;
  for (const serving::ModelState& state : service.models().States()) {
    if (ready_only && !state.ready) continue;
    const std::string version = state.version == 0 ? "" : std::to_string(state.version);
    for (const std::string& name : {state.name, state.name + std::string(kMapsSuffix)})
      entries.push_back({name, version, state.ready ? "READY" : "UNAVAILABLE", state.reason});
  }
  return entries;
}

}  // namespace sinew::server::oip
