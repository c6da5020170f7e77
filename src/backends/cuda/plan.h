// From a network to what a GPU is told to do: where every value lies, in which order and on which stream steps run, and
// what they wait for. Knows nothing of CUDA; plan_test checks it without a device.
//
// Channels in memory. Tensor cores want multiples of kChannelMultiple channels, and so do 16-byte accesses. A value's
// channels therefore lie in segments, each padded with channels that are zero; a concatenation is the segments of its
// parts one after the other, and the weights that read it have zeros at the padding.
// Lanes. Steps that do not need each other may run at once; a lane is a chain of steps that becomes a stream. A map of
// 82x46 fills half of a large GPU: OpenPose's two branches side by side take little longer than one.
// Memory. Two buffers share memory when everything that touches the one happens before the other is first written,
// by data or by order on a lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/cuda/network.h"

namespace sinew::cuda {

struct Segment {
  int channels;  // that mean something; PaddedChannels(channels) are stored
  int at;        // where they begin, from the value's first stored channel
  bool operator==(const Segment&) const = default;
};
using Layout = std::vector<Segment>;

constexpr int PaddedChannels(int channels) {
  return (channels + kChannelMultiple - 1) / kChannelMultiple * kChannelMultiple;
}
int StoredChannels(const Layout& layout);
Layout DenseLayout(int channels);
// For each stored channel which channel it is, -1 for padding.
std::vector<int32_t> ChannelMap(const Layout& layout);

struct Buffer {
  enum class Kind { kArena, kInput, kOutput };
  Kind kind = Kind::kArena;
  int output = 0;  // of a kOutput: its index
  DataType type = DataType::kFloat32;
  int height = 0, width = 0, pixel_stride = 0;
  size_t bytes = 0;
  size_t offset = 0;  // of a kArena
};

// A value, or a part of one, in a buffer.
struct Place {
  int buffer = -1;
  int first = 0;     // stored channel
  int channels = 0;  // stored
};

enum class StepKind { kConv, kDepthwise, kPool, kResize, kNormalize, kAdd, kScaleShift, kCopy };
const char* StepKindName(StepKind kind);  // "conv"

struct Step {
  StepKind kind = StepKind::kCopy;
  std::string name;
  int operation = -1;  // of the network; -1 for a copy that the plan adds
  std::vector<Place> inputs;
  Place output;
  Layout in_layout, out_layout;   // of the first input and the output, for packing parameters
  ConvProblem problem;            // of a kConv
  int alike = 1;                  // of a kConv: how many of the same problem may run at once, itself included
  int pad_top = 0, pad_left = 0;  // of a kCopy
  std::vector<int32_t> source;    // of a kCopy, see CopyCall

  int lane = 0;
  std::vector<int> waits;  // steps on other lanes that must have ended
};

struct Plan {
  Precision precision = Precision::kFp32;
  int batch = 1;
  std::vector<Buffer> buffers;
  int input_buffer = 0;
  std::vector<int> output_buffers;
  std::vector<Step> steps;  // in an order that respects all waits
  int lanes = 1;
  size_t arena_bytes = 0;
  size_t arena_bytes_without_reuse = 0;

  View ViewOf(const Place& place) const;  // data is null
};

struct PlanOptions {
  Precision precision = Precision::kFp16;
  int batch = 1;
  int max_lanes = 4;
};

// The network must have passed Check. Errors: kInvalidArgument for options, kTooLarge.
Result<Plan> MakePlan(const Network& network, const PlanOptions& options);

// Weights in the problem's channels: [K][R][S][C] from Conv::kernel, zeros where either side is padding.
std::vector<float> StoredKernel(const Conv& conv, const Layout& in, const Layout& out);
// [R*S][C] from Depthwise::kernel.
std::vector<float> StoredKernel(const Depthwise& depthwise, const Layout& layout);
// A value a channel, `padding` at the padding.
std::vector<float> StoredChannelValues(Floats values, const Layout& layout, float padding = 0);

}  // namespace sinew::cuda
