// People in pictures, videos and streams: every stage at work at the same time, results in the order of the input.
//
//   sinew::RunOptions options;
//   options.track = true;
//   const std::vector<std::string> inputs = {"walk.mp4", "pictures/"};
//   auto report = sinew::RunPipeline(*model, inputs, options, [](const sinew::FramePeople& frame) {
//     std::printf("%s %lld: %zu people\n", frame.source.c_str(), static_cast<long long>(frame.number),
//     frame.people.size()); return true;
//   });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sinew/decode_options.h"
#include "sinew/device.h"
#include "sinew/model.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/precision.h"
#include "sinew/status.h"
#include "sinew/track.h"

namespace sinew {

struct RunOptions {
  // Networks side by side, each with a frame of its own. 0: as many as the process may use processors, divided by
  // `threads`; 3 on a GPU.
  int lanes = 0;
  // Threads of each network.
  int threads = 1;
  Resolution resolution;  // one of the model's; 0x0: its first
  Device device;
  Precision precision = Precision::kAuto;  // of a GPU
  DecodeOptions decode;
  Fit fit = Fit::kStretch;
  bool flip_average = false;
  // Folders within folders.
  bool recursive = false;
  // Of videos and streams, every Nth frame, N being this; the first one always.
  int64_t frame_step = 1;
  // Of cameras and streams: frames that come while the last one is worked on are dropped, but for the newest.
  bool real_time = false;
  // Gives people ids that stay the same from frame to frame; frames wait for as many others as the tracker's look-ahead
  // says. Pictures one after the other are taken as one film, of 30 frames a second.
  bool track = false;
  TrackerOptions tracker;
  // Keypoints without jitter; needs `track`.
  bool smooth = false;
  SmootherOptions smoother;
};

// What was found in one frame. Valid during the call that hands it over.
struct FramePeople {
  std::string source;             // which input: a path, "camera:0", "stdin", an address without user name and password
  int64_t number = 0;             // within its source, from 0; frames that were left out count
  std::optional<double> seconds;  // from the beginning of its source; none for pictures
  // Keypoints are pixels of `picture`. With RunOptions::track they are rounded to a thousandth, and scores to a
  // millionth, as in the files that `sinew run` writes.
  std::vector<Person> people;
  std::vector<int64_t> ids;  // with RunOptions::track: one a person; kNoId for who has none, or none yet
  ImageView picture;         // upright, B, G, R; without pixels where it could not be decoded
  bool damaged = false;      // it was decoded, but is known to show something else than what was recorded
  Status status;             // why the frame could not be decoded or analysed; it names the source
};

struct RunReport {
  int64_t frames = 0;   // handed over, those that failed among them
  int64_t failed = 0;   // with a status that is not ok
  int64_t people = 0;   // in all of them
  int64_t dropped = 0;  // in real time
  double seconds = 0;
  bool stopped = false;  // before the inputs ended
};

// Looks at all `inputs`: pictures, videos, folders, patterns, lists (@FILE), cameras ("camera:0"), addresses of
// streams. `take` gets every frame, in the order of the inputs, on the calling thread, one at a time; where it returns
// false, the run ends, and what is under way is dropped. What is wrong with one input or frame stands in its status,
// and the others follow. The number of frames under way is bounded, so that memory does not grow with the inputs.
// Errors: kInvalidArgument for options out of range or no inputs, those of PoseEstimator::Create and Tracker::Create,
// kUnavailable where a GPU is lost or the system allows no threads. Different runs may share a Model, at the same time.
// `take` must not throw.
Result<RunReport> RunPipeline(const Model& model, std::span<const std::string> inputs, const RunOptions& options,
                              const std::function<bool(const FramePeople&)>& take);

}  // namespace sinew
