// Pictures in memory to people on a GPU, several of them in flight.
//
//   auto pipeline = DevicePipeline::Create(device, network, weights, tuner, {.streams = 3});
//   for (const ImageView& picture : pictures) {
//     if ((*pipeline)->is_full()) Use((*pipeline)->Take());       // of the oldest
//     (*pipeline)->Submit({&picture, 1});
//   }
//   while (!(*pipeline)->is_empty()) Use((*pipeline)->Take());
//
// Every stream has its own executor, memory and batch of pictures: while one runs the network, another uploads its
// pictures or decodes its maps, and the processor assembles the people of a third. Pictures are copied into pinned
// memory by the processor; what comes back is a few kilobytes of peaks and scored pairs.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "backends/cuda/device.h"
#include "backends/cuda/executor.h"
#include "backends/cuda/handles.h"
#include "backends/cuda/pose/pose_work.h"
#include "base/view.h"
#include "pose/decode.h"
#include "sinew/decode_options.h"
#include "sinew/model_description.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/status.h"

namespace sinew::pose {

struct DevicePipelineOptions {
  cuda::ExecutorOptions executor;  // its batch is the most pictures that a Submit takes
  int streams = 2;
  DecodeOptions decode;
  Fit fit = Fit::kStretch;
  // Of the network; valid.
  ModelDescription description = TfPoseDescription();
  // Whether stages are timed; it costs some microseconds a batch.
  bool is_timed = false;
  // Decoded in place of output 0, for every picture: for measuring networks with made-up weights, which find nobody. As
  // many values as that output has for one picture, or none.
  std::vector<float> stand_in_maps;
};

// Milliseconds of one batch.
struct DeviceTimes {
  double staging = 0;  // copying pictures into pinned memory, and queueing; by the processor
  double upload = 0, resize = 0, network = 0, decode = 0;  // on the GPU
  double assembly = 0;                                     // by the processor
};

// One call at a time; different pipelines are independent, and may share device, weights and tuner.
class DevicePipeline {
 public:
  // Errors: those of Executor::Create, of the decoder's options, and kUnsupported for a network whose outputs are
  // not those of the description.
  static Result<std::unique_ptr<DevicePipeline>> Create(std::shared_ptr<cuda::Device> device,
                                                        std::shared_ptr<const cuda::Network> network,
                                                        std::shared_ptr<cuda::Weights> weights, cuda::Tuner* tuner,
                                                        const DevicePipelineOptions& options);
  ~DevicePipeline();

  bool is_full() const { return in_flight_.size() == lanes_.size(); }
  bool is_empty() const { return in_flight_.empty(); }

  // Starts on 1 to batch pictures; they are not needed once this returns. kInvalidArgument for a picture that makes no
  // sense, or when the pipeline is full. After an error nothing of these pictures is in flight.
  Status Submit(std::span<const ImageView> pictures);

  // Waits for the oldest pictures in flight; the people of each, or what was wrong with its maps. The outer error means
  // the device failed.
  Result<std::vector<Result<std::vector<Person>>>> Take();

  // Submit and Take of all pictures in batches, all streams busy.
  Result<std::vector<Result<std::vector<Person>>>> EstimateAll(std::span<const ImageView> pictures);

  // The network's outputs for one picture of the batch that the last Take returned, until the next call: fetched from
  // the device.
  Result<std::vector<ConstView>> Maps(int picture);

  // All peaks of the last picture that people were returned of (Decoder::LocatePeaks).
  std::vector<std::vector<Keypoint>> LocatePeaks() const { return decoder_.LocatePeaks(); }

  // Of the batch that the last Take returned, where stages are timed.
  const DeviceTimes& times() const { return times_; }
  const cuda::Executor& executor() const;

 private:
  struct Lane;
  DevicePipeline(std::shared_ptr<cuda::Device> device, const DevicePipelineOptions& options);
  Status AddLane(const std::shared_ptr<const cuda::Network>& network, const std::shared_ptr<cuda::Weights>& weights,
                 cuda::Tuner* tuner, const cuda::DecodePlan& plan);
  Status UploadStandIn();
  Status Enqueue(Lane* lane, std::span<const cuda::ResizeJob> jobs);
  Result<std::vector<Person>> People(const Lane& lane, int picture);
  Result<std::vector<Person>> DecodeHere(const Lane& lane, int picture);
  Result<std::vector<ConstView>> Download(const Lane& lane, int picture);
  cuda::View OutputOf(const Lane& lane, size_t index) const;
  Status Time(const Lane& lane);

  std::shared_ptr<cuda::Device> device_;
  DevicePipelineOptions options_;
  MapSize maps_;
  MapGeometry geometry_;  // without a picture
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<Lane*> in_flight_, idle_;
  const Lane* taken_ = nullptr;  // that the last Take was from
  std::vector<std::vector<float>> downloaded_;
  cuda::DeviceMemory stand_in_;
  Decoder decoder_;
  DeviceTimes times_;
};

}  // namespace sinew::pose
