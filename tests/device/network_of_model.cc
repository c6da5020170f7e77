// Model to plan to network.
#include "device/network_of_model.h"

#include "backends/cuda/network_of_plan.h"
#include "backends/device.h"
#include "base/error.h"
#include "compiler/import/import.h"
#include "compiler/passes/pipeline.h"
#include "compiler/plan/planner.h"

namespace sinew {

Result<std::shared_ptr<const cuda::Network>> NetworkOfModel(const std::filesystem::path& model, Resolution resolution,
                                                            const std::vector<std::string>& outputs) {
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported, import::ImportModel(model, {.outputs = outputs}));
  SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(imported.graph, 1, resolution.height, resolution.width));
  SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, passes::RunPipeline(bound));
  const auto weights = std::make_shared<plan::PackedWeights>();
  SINEW_ASSIGN_OR_RETURN(const plan::PlannedNetwork planned,
                         plan::PlanNetwork(rewritten.graph, {.backend = &backends::CudaBackend()}, weights.get()));
  return cuda::NetworkOfPlan(
      planned.plan, [&](uint32_t index) { return weights->pool().blob(index); }, weights);
}

}  // namespace sinew
