// What surrounds the network on a GPU: a picture's upload and resize before it, and the maps' decoding after it as far
// as peaks and scored pairs of peaks. Matching and assembly are the processor's (pose/device_decode.h): they take
// microseconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "backends/cuda/device.h"
#include "backends/cuda/pose/decode_plan.h"
#include "backends/cuda/pose/resize-inl.h"
#include "sinew/status.h"

namespace sinew::cuda {

struct PoseWorkOptions {
  DecodePlan plan;
  InputValues input_values;
  int batch = 1;  // pictures at most
};

// What the kernels found on one picture; views of a PoseWork's memory.
class Detections {
 public:
  Detections(const DecodePlan& plan, const struct DecodeResults& results, int picture);

  // The first value of the maps that is not finite, if there is one: nothing else holds then.
  struct NotFinite {
    int output, cell, channel;  // of that output
    float value;
  };
  std::optional<NotFinite> not_finite() const;
  // False where there was more than the kernels list: the processor must decode the maps.
  bool is_complete() const { return is_complete_; }

  // From top to bottom and left to right.
  std::span<const FoundPeak> peaks(int keypoint) const;
  // By the first peak, then by the second.
  std::span<const ScoredPair> pairs(int limb) const;

 private:
  const DecodePlan* plan_;
  uint32_t not_finite_;
  float not_finite_value_;
  bool is_complete_;
  const FoundPeak* peaks_;
  const int32_t* peak_counts_;
  const ScoredPair* pairs_;
  const int32_t* pair_counts_;
};

// The work around one network. Work is queued on a stream and one thing at a time: what was queued must be done before
// more is, and before detections are read. Different objects are independent.
class PoseWork {
 public:
  virtual ~PoseWork() = default;

  // Copies the pictures of `jobs` (at most `batch`) to the device and resizes them into the pictures of `input`. The
  // pictures' bytes are not needed once this returns. `uploaded`, if given, is recorded when they have arrived.
  virtual Status EnqueueResize(std::span<const ResizeJob> jobs, const View& input, Stream* stream,
                               Event* uploaded = nullptr) = 0;

  // Decodes the maps of the first `pictures` pictures in the network's outputs, of which the plan says what is needed.
  virtual Status EnqueueDecode(std::span<const View> outputs, int pictures, Stream* stream) = 0;

  // Once the stream has done what was queued. Valid until the next EnqueueDecode.
  virtual Detections detections(int picture) const = 0;
};

// On a GPU. Implemented in the module that is loaded at run time.
Result<std::unique_ptr<PoseWork>> MakePoseWork(Device* device, const PoseWorkOptions& options);

// The same kernels run by the processor. For tests: `queue` puts work into the stream of a device that is made up, or
// does it at once.
using HostQueue = std::function<Status(Stream*, std::function<void()>)>;
Status RunAtOnce(Stream* stream, const std::function<void()>& work);
Result<std::unique_ptr<PoseWork>> MakeHostPoseWork(const PoseWorkOptions& options, HostQueue queue = RunAtOnce);

}  // namespace sinew::cuda
