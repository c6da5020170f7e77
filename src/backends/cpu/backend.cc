// The walk over the tables for the planner.
#include "backends/cpu/backend.h"

#include <variant>

#include "backends/cpu/cost.h"
#include "backends/cpu/gemm/narrow/cost.h"
#include "backends/cpu/tables.h"
#include "base/check.h"
#include "base/error.h"
#include "program/program.h"
#include "program/step_problem.h"

namespace sinew::cpu {
namespace {

// What pictures in bf16 save of the cost: half the bytes are read, and nothing is rounded.
double SavedCost(const program::StepT& step, kernels::Storage storage) {
  const program::Slice& input = step.inputs[0];
  if (storage != kernels::Storage::kBf16 || input.type() != program::DataType::BF16) return 0;
  return NarrowConversionCost(kernels::DataType::kBF16,
                              0.5 * static_cast<double>(input.height()) * input.width() * input.channels());
}

class Cpu : public backends::Backend {
 public:
  std::string_view name() const override { return program::kCpuBackend; }

  // A plan for any target takes what all of them have.
  Result<std::vector<backends::Algorithm>> AlgorithmsFor(const program::StepT& step,
                                                         std::string_view target_name) const override {
    SINEW_ASSIGN_OR_RETURN(const kernels::Problem problem, program::MakeProblem(step));
    simd::Target target = Target::kScalar;
    if (target_name != program::kAnyTarget) {
      SINEW_ASSIGN_OR_RETURN(target, simd::ParseTarget(target_name));
    }
    return std::visit(
        [&](const auto& p) {
          std::vector<backends::Algorithm> algorithms;
          for (const auto& row : TableFor(p)) {
            const bool lacks_type = row.type != kernels::DataType::kF32 && row.run_for(target) == nullptr;
            if (lacks_type || !row.supports(p)) continue;
            algorithms.push_back({.name = row.name,
                                  .type = program::ToProgram(row.type),
                                  .storage = row.storage,
                                  .seconds = (CostOn(row, p, target) - SavedCost(step, row.storage)) * kSecondsPerCost,
                                  .error = row.error,
                                  .weight_bytes = row.packed_floats(p) * sizeof(float)});
          }
          return algorithms;
        },
        problem);
  }

  void Pack(const program::StepT& step, std::string_view algorithm, std::span<const float> weights,
            float* packed) const override {
    const Result<kernels::Problem> problem = program::MakeProblem(step);
    SINEW_CHECK(problem.ok());
    std::visit(
        [&](const auto& p) {
          const auto* const row = FindAlgorithm(TableFor(p), algorithm);
          SINEW_CHECK(row != nullptr && row->pack != nullptr);
          row->pack(p, weights.data(), packed);
        },
        *problem);
  }

  double SecondsToMove(double bytes) const override { return MovingCost(bytes / sizeof(float)) * kSecondsPerCost; }
};

}  // namespace

const backends::Backend& CpuBackend() {
  static const Cpu kCpu;
  return kCpu;
}

}  // namespace sinew::cpu
