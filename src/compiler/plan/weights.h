// An algorithm for a step, and the weights packed as that algorithm wants them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/choose_conv.h"
#include "compiler/plan/packed_weights.h"
#include "compiler/plan/plan_options.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::plan {

// The only rows of their families' tables; weights_test checks that they exist.
inline constexpr std::string_view kNormalizeAlgorithm = "normalize";
inline constexpr std::string_view kAddAlgorithm = "add";
inline constexpr std::string_view kScaleShiftAlgorithm = "scale_shift";
inline constexpr std::string_view kCopyAlgorithm = "copy";
inline constexpr std::string_view kResizeAlgorithm = "bilinear";

// Packs weights. The functions return the seconds that the step will take on one thread. They read the step's window
// and activations, and set its algorithm and blobs. PackConv also reads its name and whether it pools. `in` and `out`
// are NHWC shapes, `out` before pooling. kUnsupported when no algorithm takes the problem.
class WeightPacker {
 public:
  WeightPacker(PackedWeights* weights, const PlanOptions& options) : weights_(weights), chooser_(options) {}

  Result<double> PackConv(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel,
                          const std::vector<float>& bias, program::StepT* step);
  // Whether a convolution with the 2x2 max pooling of its result takes no longer in one step than in two.
  bool ShouldFusePool(std::string_view step, const ir::Shape& in, const ir::Shape& out,
                      const program::Window& window) const;
  // Whether two convolutions, the second pooled or not, take no longer in one step than in two; `between` is the
  // first's output. PackConvPair is for pairs that do.
  bool IsPairFaster(std::string_view step, const ir::Shape& in, const ir::Shape& between, const ir::Shape& out,
                    const program::Window& first_window, const program::Window& window, bool pooled) const;
  Result<double> PackConvPair(const ir::Shape& in, const ir::Shape& between, const ir::Shape& out,
                              const std::vector<float>& first_kernel, const std::vector<float>& first_bias,
                              const std::vector<float>& kernel, const std::vector<float>& bias, program::StepT* step);
  Result<double> PackDepthwise(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel,
                               const std::vector<float>& bias, program::StepT* step);
  Result<double> PackSeparable(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& depthwise_kernel,
                               const std::vector<float>& depthwise_bias, const std::vector<float>& pointwise_kernel,
                               const std::vector<float>& pointwise_bias, program::StepT* step);
  // Two vectors with a value a channel.
  void PackPerChannel(std::string_view algorithm, const std::vector<float>& first, const std::vector<float>& second,
                      program::StepT* step);

 private:
  PackedWeights* weights_;
  ConvChooser chooser_;
};

// Sets the algorithm of a pooling step.
Status ChoosePool(const ir::Shape& in, const ir::Shape& out, program::StepT* step);

// A node seen as input * scale + shift, channel by channel.
struct ScaleShift {
  ir::NodeId input;
  std::vector<float> scale, shift;
};
// Of kScaleShift, kBatchNorm with given statistics, kAdd/kSub/kMul/kDiv with a constant per channel or scalar, kRelu
// and kRelu6 (scale 1, shift 0). kUnsupported where the constants are of another shape.
Result<ScaleShift> MakeScaleShift(const ir::Graph& graph, const ir::Node& node);

}  // namespace sinew::plan
