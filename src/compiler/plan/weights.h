// An algorithm for a step, and the weights packed as that algorithm wants them.
#pragma once

#include <span>
#include <vector>

#include "compiler/plan/choose.h"
#include "compiler/plan/packed_weights.h"
#include "compiler/plan/plan_options.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::plan {

class WeightPacker {
 public:
  WeightPacker(const backends::Backend& backend, const Chooser& chooser, PackedWeights* weights)
      : backend_(backend), chooser_(chooser), weights_(weights) {}

  // Chooses the step's algorithm. Returns the seconds that it will take on one thread; 0 where it only moves pictures,
  // or the backend does not predict. kUnsupported where there is none.
  Result<double> Choose(program::StepT* step) const;

  // The same for a step with weights, given in the plain layout of backends::Backend::Pack.
  struct Packed {
    uint32_t blob = 0;
    double seconds = 0;
  };
  Result<Packed> ChooseAndPack(program::StepT* step, std::span<const float> weights);
  // The blob of values per channel.
  uint32_t AddPerChannel(std::span<const float> values) { return weights_->AddPerChannel(values); }

 private:
  const backends::Backend& backend_;
  const Chooser& chooser_;
  PackedWeights* weights_;
};

}  // namespace sinew::plan
