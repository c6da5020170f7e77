// Trial runs.
#include "compiler/trial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

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
                            simd::Target target, std::span<const float> pictures) {
  SINEW_ASSIGN_OR_RETURN(const auto executor,
                         runtime::Executor::Create(plan, weights.lookup(), target, runtime::AvailableProcessors()));
  const size_t floats = executor->input().size();
  const std::vector<float> random = pictures.empty() ? RandomPicture(floats) : std::vector<float>();
  if (pictures.empty()) pictures = random;
  Difference difference;
  for (size_t first = 0; first + floats <= pictures.size(); first += floats) {
    const std::span<const float> picture = pictures.subspan(first, floats);
    std::copy(picture.begin(), picture.end(), executor->input().begin());
    SINEW_RETURN_IF_ERROR(executor->Run({}));
    SINEW_ASSIGN_OR_RETURN(const std::vector<reference::Array> expected,
                           reference::Execute(graph, PictureArray(picture, executor->resolution())));
    for (size_t i = 0; i < expected.size(); ++i) {
      const TensorView output = executor->MakeView(*plan.outputs[i]->slice);
      if (!SameShape(output, expected[i].shape))
        return Internal("output \"{}\" has another shape than planned", plan.outputs[i]->name);
      difference.Add(output, expected[i].values);
    }
  }
  return difference.relative_rms();
}

namespace {

// All outputs, one after another.
std::vector<double> GatherOutputs(const program::PlanT& plan, const runtime::Executor& executor) {
  std::vector<double> values;
  for (const auto& output : plan.outputs) {
    const TensorView view = executor.MakeView(*output->slice);
    for (size_t p = 0; p < static_cast<size_t>(view.height) * static_cast<size_t>(view.width); ++p) {
      const float* const pixel = view.data + p * view.pixel_stride;
      values.insert(values.end(), pixel, pixel + view.channels);
    }
  }
  return values;
}

double RelativeRms(const std::vector<double>& actual, const std::vector<double>& expected) {
  double difference = 0, total = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    total += expected[i] * expected[i];
  }
  return total > 0 ? std::sqrt(difference / total) : 0;
}

void AddNoise(const program::Slice& slice, double relative, float* data) {
  const size_t pixels = size_t{slice.height()} * slice.width();
  const auto for_each = [&](const auto& visit) {
    for (size_t p = 0; p < pixels; ++p) {
      for (size_t c = 0; c < slice.channels(); ++c) visit(data[p * slice.pixel_stride() + c]);
    }
  };
  double squares = 0;
  for_each([&](float value) { squares += static_cast<double>(value) * static_cast<double>(value); });
  const double rms = std::sqrt(squares / (static_cast<double>(pixels) * slice.channels()));
  std::mt19937_64 random(7);
  std::normal_distribution<float> noise(0, static_cast<float>(std::max(relative * rms, 1e-30)));
  for_each([&](float& value) { value += noise(random); });
}

}  // namespace

Result<std::vector<double>> MeasureSensitivities(const program::PlanT& plan, const program::BlobPool& weights,
                                                 simd::Target target, std::span<const float> pictures) {
  // Small beside what a layer holds, large beside what single precision rounds.
  constexpr double kNoise = 1e-2;
  SINEW_ASSIGN_OR_RETURN(const auto executor,
                         runtime::Executor::Create(plan, weights.lookup(), target, runtime::AvailableProcessors()));
  const size_t floats = executor->input().size();
  const std::vector<float> picture =
      pictures.size() < floats
          ? RandomPicture(floats)
          : std::vector<float>(pictures.begin(), pictures.begin() + static_cast<ptrdiff_t>(floats));
  const auto run = [&](size_t disturbed) -> Result<std::vector<double>> {
    std::copy(picture.begin(), picture.end(), executor->input().begin());
    const auto disturb = [&](size_t step) {
      const program::Slice& output = *plan.steps[step]->output;
      if (step == disturbed) AddNoise(output, kNoise, executor->MutableData(output));
    };
    SINEW_RETURN_IF_ERROR(executor->Run({.after_step = disturb}));
    return GatherOutputs(plan, *executor);
  };
  SINEW_ASSIGN_OR_RETURN(const std::vector<double> undisturbed, run(plan.steps.size()));
  std::vector<double> sensitivities;
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    SINEW_ASSIGN_OR_RETURN(const std::vector<double> disturbed, run(step));
    sensitivities.push_back(RelativeRms(disturbed, undisturbed) / kNoise);
  }
  return sensitivities;
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
