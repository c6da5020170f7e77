// The order of fallbacks.
#include "compiler/layer_fallback.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "compiler/budget.h"
#include "compiler/calibrate/end_layers.h"

namespace sinew {
namespace {

using program::DataType;

// Relative RMS error of a layer in each type, as the tables of kernels have it, a little more than that of the next.
// What rounds pictures and weights to bf16 errs 2e-3, and three products of halves 5e-6.
constexpr double kLimitOfBf16 = 5e-3, kLimitOfFloats = 1e-4;

}  // namespace

plan::LayerLimits LimitEnds(const ir::Graph& graph) {
  plan::LayerLimits limits;
  for (const std::string& layer : EndLayers(graph)) limits[layer] = kLimitOfBf16;
  return limits;
}

Result<std::vector<Fallback>> ListFallbacks(const backends::Backend& backend, const program::PlanT& plan,
                                            const program::BlobLookup& blobs, const plan::ErrorBudget& budget) {
  std::vector<Fallback> fallbacks;
  for (const auto& step : plan.steps) {
    const std::optional<uint32_t> weights = program::WeightBlob(*step);
    if (!weights) continue;
    const DataType type = blobs(*weights).type;
    SINEW_ASSIGN_OR_RETURN(const double error, AlgorithmError(backend, *step, plan.target));
    const double share = budget.Share(step->name, error);
    if (type == DataType::I8) fallbacks.push_back({step->name, type, share, kLimitOfBf16});
    if (type == DataType::BF16) fallbacks.push_back({step->name, type, share, kLimitOfFloats});
    // What it will be then costs a quarter of that or less.
    if (type == DataType::I8) fallbacks.push_back({step->name, DataType::BF16, share / 4, kLimitOfFloats});
  }
  std::stable_sort(fallbacks.begin(), fallbacks.end(),
                   [](const Fallback& a, const Fallback& b) { return a.share > b.share; });
  return fallbacks;
}

plan::LayerLimits WithFallbacks(const plan::LayerLimits& limits, const std::vector<Fallback>& fallbacks, size_t count) {
  plan::LayerLimits result = limits;
  for (size_t i = 0; i < std::min(count, fallbacks.size()); ++i) {
    const auto [limit, is_new] = result.try_emplace(fallbacks[i].layer, fallbacks[i].limit);
    if (!is_new) limit->second = std::min(limit->second, fallbacks[i].limit);
  }
  return result;
}

std::string DescribeFallbacks(const std::vector<Fallback>& fallbacks, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(most, fallbacks.size()); ++i) {
    text += fmt::format("{}{} ({}, {:.1e})", text.empty() ? "" : ", ", fallbacks[i].layer,
                        program::DataTypeName(fallbacks[i].type), fallbacks[i].share);
  }
  return text + (fallbacks.size() > most ? ", ..." : "");
}

}  // namespace sinew
