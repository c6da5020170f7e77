// Trial runs.
#include "compiler/trial.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "compiler/difference.h"
#include "compiler/reference/executor.h"
#include "runtime/executor.h"

namespace sinew {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Resolution TrialResolution(Resolution resolution) {
  // Networks divide a side by 8, 16 at most; two of that are the least that has an inside.
  constexpr int kMultiple = 16, kLeast = 32;
  constexpr double kPixels = 128 * 96;
  const double scale = std::sqrt(kPixels / (static_cast<double>(resolution.width) * resolution.height));
  if (scale >= 1) return resolution;
  const auto side = [&](int size) {
    return std::min(size, std::max(kLeast, static_cast<int>(std::lround(size * scale / kMultiple)) * kMultiple));
  };
  return {side(resolution.width), side(resolution.height)};
}

Result<double> MeasureError(const ir::Graph& graph, const program::PlanT& plan, const program::BlobPool& weights,
                            simd::Target target) {
  SINEW_ASSIGN_OR_RETURN(const auto executor,
                         runtime::Executor::Create(plan, weights.lookup(), target, runtime::AvailableProcessors()));
  const std::vector<float> picture = RandomPicture(executor->input().size());
  std::copy(picture.begin(), picture.end(), executor->input().begin());
  SINEW_RETURN_IF_ERROR(executor->Run({}));
  SINEW_ASSIGN_OR_RETURN(const std::vector<reference::Array> expected,
                         reference::Execute(graph, PictureArray(picture, executor->resolution())));
  Difference difference;
  for (size_t i = 0; i < expected.size(); ++i) {
    const TensorView output = executor->MakeView(*plan.outputs[i]->slice);
    if (!SameShape(output, expected[i].shape))
      return Internal("output \"{}\" has another shape than planned", plan.outputs[i]->name);
    difference.Add(output, expected[i].values);
  }
  return difference.relative_rms();
}

Result<std::vector<double>> MeasureSteps(const program::PlanT& plan, const program::BlobPool& weights,
                                         simd::Target target, int threads) {
  constexpr int kRuns = 3;
  SINEW_ASSIGN_OR_RETURN(const auto executor, runtime::Executor::Create(plan, weights.lookup(), target, threads));
  const std::vector<float> picture = RandomPicture(executor->input().size());
  std::vector<double> best(plan.steps.size(), HUGE_VAL);
  for (int run = 0; run < kRuns; ++run) {
    std::copy(picture.begin(), picture.end(), executor->input().begin());
    Clock::time_point start = Clock::now();
    const auto after_step = [&](size_t step) {
      const Clock::time_point end = Clock::now();
      best[step] = std::min(best[step], std::chrono::duration<double>(end - start).count());
      start = end;
    };
    SINEW_RETURN_IF_ERROR(executor->Run({.after_step = after_step}));
  }
  return best;
}

}  // namespace sinew
