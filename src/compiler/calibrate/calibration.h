// Calibration: what the layers of a network see of pictures that it is made for, and how they are made even for it.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/channel_means.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew {

struct ChannelStatistics {
  plan::ChannelMeans means;
  std::unordered_map<std::string, std::vector<double>> largest;  // magnitude in each channel, by the node's name
  std::unordered_map<std::string, std::vector<float>> samples;   // of all values, evenly spread, by the node's name
};

// Runs the network in single precision, every operation in a step of its own. `graph`: after the passes, input bound to
// one picture; `pictures`: any number of them, one after another, at least one. `target` must be supported.
Result<ChannelStatistics> MeasureChannels(const ir::Graph& graph, std::span<const float> pictures, simd::Target target);

// The same network, with channels between a convolution and the only one that reads it scaled to be even: those that
// are small beside the others of a picture lose most where a row of them has one scale. A channel is divided by
//   s = sqrt(largest magnitude / largest weight that reads it)
// and the weights that read it are multiplied by that. Possible where nothing or a ReLU lies between, and exact, as s
// is a power of two. `changes`: how many convolutions were read by another such.
//   Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, 4.1,
//   with magnitudes measured as in Xiao et al., "SmoothQuant", ICML 2023
Result<ir::Graph> EqualizeChannels(const ir::Graph& graph, const ChannelStatistics& statistics, int* changes);

}  // namespace sinew
