// Choosing by predicted or measured time.
#include "compiler/plan/choose.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/cost.h"
#include "base/error.h"
#include "compiler/plan/tuner.h"

namespace sinew::plan {
namespace {

using backends::Algorithm;
using program::StepT;

// Predictions are better than this: what they put further behind the best is not worth measuring.
constexpr double kMaxCostRatio = 2.5;

// Faster algorithms take more memory for their weights, up to six times the plain ones. Above two megabytes for a
// layer, one is worth taking where it saves half a millisecond of a core that does what kSecondsPerCost says: a network
// of OpenPose's size, a second on such a core, then stays below 700 MB, 2 % slower than with 790.
double PriceOfWeights(size_t bytes) {
  constexpr double kSecondsPerByte = 0.5e-3 / 1e6, kFreeBytes = 2e6;
  return kSecondsPerByte * std::max(0.0, static_cast<double>(bytes) - kFreeBytes);
}

// Where weights are to be small: as a share of the smallest ones that a step can have. F(2x2, 7x7) of Winograd's
// algorithm is among them, with 64 floats for 49 and a third of the multiplications; F(4x4, 3x3), with 36 for 9, is
// not.
constexpr double kSmallWeights = 1.5;

// A result that another step reads is written to memory and read back where it is larger than the caches: at 10 GB/s,
// 32 multiply-adds a float.
double TransitSeconds(const program::Slice& result) {
  constexpr double kCachedFloats = 1 << 20;
  const double floats = static_cast<double>(result.height()) * result.width() * result.channels();
  return floats > kCachedFloats ? 32.0 * floats * cpu::kSecondsPerCost : 0;
}

}  // namespace

Chooser::Chooser(const PlanOptions& options)
    : backend_(*options.backend),
      target_(options.target),
      types_(options.types),
      max_layer_error_(options.max_layer_error),
      layer_limits_(options.layer_limits),
      budget_(options.budget),
      small_weights_(options.small_weights),
      tuner_(options.tuner) {
  if (options.sibling == nullptr) return;
  for (const auto& step : options.sibling->steps) siblings_[step->name] = step.get();
}

const StepT* Chooser::FindSibling(std::string_view step) const {
  const auto it = siblings_.find(step);
  return it == siblings_.end() ? nullptr : it->second;
}

std::vector<Algorithm> Chooser::Candidates(const StepT& step) const {
  Result<std::vector<Algorithm>> algorithms = backend_.AlgorithmsFor(step, target_);
  if (!algorithms.ok()) return {};
  double layer_limit = HUGE_VAL;
  if (layer_limits_ != nullptr) {
    if (const auto it = layer_limits_->find(step.name); it != layer_limits_->end()) layer_limit = it->second;
  }
  std::erase_if(*algorithms, [&](const Algorithm& algorithm) {
    if (algorithm.error > layer_limit) return true;
    const double error = budget_ == nullptr ? algorithm.error : budget_->Share(step.name, algorithm.error);
    return !types_.Contains(algorithm.type) || !(error <= max_layer_error_);
  });
  if (small_weights_ && !algorithms->empty()) {
    const size_t smallest = std::ranges::min(*algorithms, {}, &Algorithm::weight_bytes).weight_bytes;
    std::erase_if(*algorithms, [&](const Algorithm& algorithm) {
      return static_cast<double>(algorithm.weight_bytes) > kSmallWeights * static_cast<double>(smallest);
    });
  }
  return std::move(*algorithms);
}

void Chooser::DropBeaten(std::vector<Algorithm>* candidates) const {
  const std::vector<Algorithm> all = *candidates;
  std::erase_if(*candidates, [&](const Algorithm& candidate) {
    return std::any_of(all.begin(), all.end(), [&](const Algorithm& other) {
      // Where errors have a price, what is slower may be wanted for being more precise.
      const bool as_good = budget_ == nullptr || other.error <= candidate.error;
      return as_good && candidate.seconds > kMaxCostRatio * other.seconds;
    });
  });
}

std::optional<Algorithm> Chooser::Best(const StepT& step) const {
  std::vector<Algorithm> candidates = Candidates(step);
  if (candidates.empty()) return std::nullopt;
  if (std::any_of(candidates.begin(), candidates.end(), [](const Algorithm& a) { return a.seconds == 0; }))
    return candidates[0];  // nothing is known to choose by
  DropBeaten(&candidates);

  const std::vector<Algorithm> predicted = candidates;
  if (tuner_ != nullptr && Tuner::Measures(step)) {
    for (Algorithm& candidate : candidates) candidate.seconds = tuner_->Seconds(step, candidate.name);
  }
  // The price is that on the processor of the predictions: on another one, in its own time.
  const auto fastest = std::min_element(candidates.begin(), candidates.end(),
                                        [](const Algorithm& a, const Algorithm& b) { return a.seconds < b.seconds; });
  const double slowness = fastest->seconds / predicted[static_cast<size_t>(fastest - candidates.begin())].seconds;
  const auto price = [&](const Algorithm& a) {
    const double error = budget_ == nullptr ? 0 : budget_->Price(step.name, a.error);
    return a.seconds + slowness * PriceOfWeights(a.weight_bytes) + error;
  };
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](const Algorithm& a, const Algorithm& b) { return price(a) < price(b); });
}

Result<Algorithm> Chooser::Choose(const StepT& step) const {
  if (const StepT* const sibling = FindSibling(step.name)) {
    for (const Algorithm& candidate : Candidates(step)) {
      if (candidate.name == sibling->algorithm) return candidate;
    }
  }
  if (const std::optional<Algorithm> best = Best(step)) return *best;
  if (const auto algorithms = backend_.AlgorithmsFor(step, target_); !algorithms.ok()) {
    return Unsupported("{}", algorithms.status().message());
  }
  return Unsupported("no algorithm takes a window or size like this");
}

bool Chooser::IsPairFaster(const StepT& pair, const StepT& first, const StepT& second) const {
  const Result<Algorithm> together = Choose(pair);
  if (!together.ok()) return false;
  if (const StepT* const sibling = FindSibling(pair.name)) {
    return sibling->what.type == program::StepKind::ConvPair;
  }
  // Predictions throughout: pairs are not measured.
  const auto predicted = [&](const StepT& step) -> std::optional<double> {
    const std::optional<Algorithm> best = Best(step);
    if (!best) return std::nullopt;
    for (const Algorithm& candidate : Candidates(step)) {
      if (candidate.name == best->name) return candidate.seconds;
    }
    return std::nullopt;
  };
  const std::optional<double> a = predicted(first), b = predicted(second);
  return a && b && together->seconds <= *a + *b + TransitSeconds(*first.output);
}

bool Chooser::ShouldFusePool(const StepT& pooled, const StepT& conv) const {
  const std::optional<Algorithm> apart = Best(conv), together = Best(pooled);
  const StepT* const sibling = FindSibling(pooled.name);
  if (sibling != nullptr && together) return sibling->what.type != program::StepKind::Pool;
  return apart && together && together->seconds <= apart->seconds + TransitSeconds(*conv.output);
}

}  // namespace sinew::plan
