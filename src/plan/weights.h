// Choice of an algorithm for a step, and the weights packed as that algorithm wants them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "artifact/schema_generated.h"
#include "artifact/writer.h"
#include "ir/graph.h"
#include "plan/plan_options.h"
#include "sinew/status.h"

namespace sinew::plan {

// The only rows of their families' tables; weights_test checks that they exist.
inline constexpr std::string_view kNormalizeAlgorithm = "normalize";
inline constexpr std::string_view kAddAlgorithm = "add";
inline constexpr std::string_view kScaleShiftAlgorithm = "scale_shift";
inline constexpr std::string_view kCopyAlgorithm = "copy";
inline constexpr std::string_view kResizeAlgorithm = "bilinear";

// Packs into a pool of blobs. The functions read the step's window and activations, and set its algorithm and blobs.
// PackConv also reads its name and whether
// it pools. `in` and `out` are NHWC shapes, `out` before pooling. kUnsupported when no algorithm takes the problem.
class WeightPacker {
 public:
  WeightPacker(artifact::BlobPool* pool, const PlanOptions& options);

  Status PackConv(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel, const std::vector<float>& bias,
                  artifact::StepT* step);
  // Whether a convolution with the 2x2 max pooling of its result costs no more in one step than in two.
  bool PoolsInPassing(const ir::Shape& in, const ir::Shape& out, const artifact::Window& window) const;
  Status PackDepthwise(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel,
                       const std::vector<float>& bias, artifact::StepT* step);
  Status PackSeparable(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& depthwise_kernel,
                       const std::vector<float>& depthwise_bias, const std::vector<float>& pointwise_kernel,
                       const std::vector<float>& pointwise_bias, artifact::StepT* step);
  // Two vectors with a value a channel.
  void PackPerChannel(std::string_view algorithm, const std::vector<float>& first, const std::vector<float>& second,
                      artifact::StepT* step);

 private:
  uint32_t AddPadded(const std::vector<float>& per_channel);
  artifact::BlobPool* pool_;
  double max_layer_error_;
  std::unordered_map<std::string, std::string> sibling_algorithms_;  // by step
};

// Sets the algorithm of a pooling step.
Status ChoosePool(const ir::Shape& in, const ir::Shape& out, artifact::StepT* step);

// A node seen as input * scale + shift, channel by channel.
struct ScaleShift {
  ir::NodeId input;
  std::vector<float> scale, shift;
};
// Of kScaleShift, kBatchNorm with given statistics, kAdd/kSub/kMul/kDiv with a constant per channel or scalar, kRelu and
// kRelu6 (scale 1, shift 0). kUnsupported where the constants are of another shape.
Result<ScaleShift> ScaleShiftOf(const ir::Graph& graph, const ir::Node& node);

}  // namespace sinew::plan
