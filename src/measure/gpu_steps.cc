// Events around every step.
#include "measure/gpu_steps.h"

#include <utility>

#include "backends/cuda/executor.h"
#include "base/error.h"
#include "runtime/gpu.h"

namespace sinew::measure {

Result<std::vector<StepProfile>> ProfileGpuSteps(const Model& model, const SessionOptions& session, int repeats) {
  SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, runtime::GpuPrecision(session.precision));
  SINEW_ASSIGN_OR_RETURN(const runtime::GpuNetwork gpu, runtime::LoadOnGpu(model, session.resolution, session.device));
  SINEW_ASSIGN_OR_RETURN(
      const std::unique_ptr<cuda::Executor> executor,
      cuda::Executor::Create(gpu.gpu->device(), gpu.network, gpu.weights, gpu.gpu->tuner(), {.precision = precision}));
  std::vector<StepProfile> profiles;
  std::vector<std::vector<double>> seconds;
  for (int i = 0; i < repeats; ++i) {
    SINEW_ASSIGN_OR_RETURN(const std::vector<cuda::StepTime> steps, executor->Profile(1));
    profiles.resize(steps.size());
    seconds.resize(steps.size());
    for (size_t s = 0; s < steps.size(); ++s) {
      profiles[s].name = steps[s].name;
      profiles[s].kind = cuda::StepKindName(executor->plan().steps[s].kind);
      profiles[s].algorithm = steps[s].algorithm;
      profiles[s].direct_multiply_adds = profiles[s].multiply_adds = steps[s].multiply_adds;
      seconds[s].push_back(steps[s].milliseconds * 1e-3);
    }
  }
  for (size_t s = 0; s < profiles.size(); ++s) profiles[s].seconds = Summarise(std::move(seconds[s]));
  return profiles;
}

}  // namespace sinew::measure
