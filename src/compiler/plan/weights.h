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
  // `means` or null: see PlanOptions.
  WeightPacker(const backends::Backend& backend, const Chooser& chooser, const ChannelMeans* means,
               PackedWeights* weights)
      : backend_(backend), chooser_(chooser), means_(means), weights_(weights) {}

  // Chooses the step's algorithm. Returns the seconds that it will take on one thread; 0 where it only moves pictures,
  // or the backend does not predict. kUnsupported where there is none.
  Result<double> Choose(program::StepT* step) const;

  // The same for a step with weights, given in the plain layout of backends::Backend::Pack.
  struct Packed {
    uint32_t blob = 0;
    double seconds = 0;
    program::DataType type = program::DataType::F32;  // that is multiplied
  };
  Result<Packed> ChooseAndPack(program::StepT* step, std::span<const float> weights);
  // Corrects the bias of a convolution of `input` whose weights, RSCK, are multiplied in `packed.type`: adds what is
  // missing of the mean of each channel of its result.
  //   bias[k] += sum_{r,s,c} mean[c] * (w[r,s,c,k] - rounded(w)[r,s,c,k])
  //   Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, 4.2
  void CorrectBias(const ir::Graph& graph, ir::NodeId input, const program::StepT& step, const Packed& packed,
                   std::span<const float> weights, std::vector<float>* bias) const;
  // The blob of values per channel.
  uint32_t AddPerChannel(std::span<const float> values) { return weights_->AddPerChannel(values); }

 private:
  const backends::Backend& backend_;
  const Chooser& chooser_;
  const ChannelMeans* means_;
  PackedWeights* weights_;
};

}  // namespace sinew::plan
