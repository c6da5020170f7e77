// What a plan is to respect.
#pragma once

#include <initializer_list>
#include <string_view>

#include "backends/backend.h"
#include "backends/cpu/backend.h"
#include "compiler/plan/channel_means.h"
#include "compiler/plan/error_budget.h"
#include "compiler/plan/layer_limits.h"
#include "program/program.h"

namespace sinew::plan {

class Tuner;

// A set of types.
class DataTypes {
 public:
  constexpr DataTypes(std::initializer_list<program::DataType> types) {
    for (const program::DataType type : types) bits_ |= Bit(type);
  }
  constexpr bool Contains(program::DataType type) const { return (bits_ & Bit(type)) != 0; }

 private:
  static constexpr unsigned Bit(program::DataType type) { return 1u << static_cast<unsigned>(type); }
  unsigned bits_ = 0;
};

struct PlanOptions {
  // Whose plan it is to be.
  const backends::Backend* backend = &cpu::CpuBackend();
  // PlanT::target.
  std::string_view target = program::kAnyTarget;
  // A plan of the same network for another resolution, or null: its algorithms are taken where they fit, so that both
  // plans share one copy of the packed weights.
  const program::PlanT* sibling = nullptr;
  // Algorithms whose relative RMS error of a layer (beyond that of summing in single precision) is larger are not used.
  double max_layer_error = 0;
  // Limits of single layers beside that one; null: none.
  const LayerLimits* layer_limits = nullptr;
  // Where there is one, the limit is for what arrives of a layer's error at the output, and errors have a price.
  const ErrorBudget* budget = nullptr;
  // What may be multiplied; sums are F32.
  DataTypes types = {program::DataType::F32};
  // Where there are some, biases make up for what rounding a layer's weights to a narrow type takes from its mean;
  // null: they stay as they are.
  const ChannelMeans* means = nullptr;
  // Whether only algorithms with small weights are used (kSmallWeights in choose.cc), however slow they are.
  bool small_weights = false;
  // Whether what only products of bf16 read lies in memory as such (see tensor_types.h); else all pictures are F32.
  // Results are the same.
  bool store_bf16 = true;
  // Measures algorithms of the CPU backend to choose by; null: by their predicted time.
  Tuner* tuner = nullptr;
};

}  // namespace sinew::plan
