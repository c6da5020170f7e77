// The plan of a model that a session runs.
#include "runtime/find_plan.h"

#include <string>

#include "base/error.h"
#include "program/program.h"

namespace sinew::runtime {

Result<size_t> FindPlan(const program::ModelT& model, Resolution resolution, const Device& device) {
  std::string known;
  for (size_t i = 0; i < model.plans.size(); ++i) {
    if (model.plans[i]->backend != device.backend()) continue;
    const program::Slice& input = *model.plans[i]->input;
    const Resolution has = {static_cast<int>(input.width()), static_cast<int>(input.height())};
    if (resolution == Resolution{} || resolution == has) return i;
    known += fmt::format(" {}x{}", has.width, has.height);
  }
  if (!known.empty()) {
    return NotFound("the model is not compiled for {}x{}; it has:{}", resolution.width, resolution.height, known);
  }
  if (device.is_gpu()) {
    return Unsupported("the model is compiled for processors, not for {}: compile its graph with --device cuda",
                       device.name());
  }
  return Unsupported(
      "the model is compiled for GPUs: run it with --device cuda, or compile its graph for this machine");
}

}  // namespace sinew::runtime
