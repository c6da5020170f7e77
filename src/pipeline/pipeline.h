// The pipeline: frames in, people out, every stage at work at the same time.
//
//   reader      one thread: decodes pictures and videos
//   analysers   `lanes` threads, each with a network of its own: resize, network, maps to people
//   follower    one thread: who is who over time (tracking_stage.h); frames may wait here for those that follow
//   finishers   as many threads where there are files of each frame: draw, encode and write them
//   writer      the thread that calls Run: videos, lines and rows of all frames, in order
//
// Ordered queues join them (ordered_queue.h): people are followed over time and results are written in the order of the
// input, whatever the threads do, and two runs give the same bytes. A bounded number of frames is in flight, so that
// memory does not grow with the length of the input, and a slow sink slows the reader down.
//
//   RecentModels models(provider);
//   auto pipeline = Pipeline::Create({.lanes = 2}, *source, MakePoseWorkers(analysis, &models), *sink);
//   Status status = (*pipeline)->Run();
//
// An exception while a frame is read, analysed, followed, or drawn is that frame's error ("... not enough memory"). The
// pipeline installs no signal handlers, prints nothing and keeps nothing outside the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "media/source.h"
#include "pipeline/frame_analyser.h"
#include "pipeline/frame_sink.h"
#include "pipeline/stage_times.h"
#include "pipeline/tracking_stage.h"

namespace sinew::pipeline {

struct PipelineOptions {
  FollowOptions follow;
  int lanes = 1;
  // The fewest frames in flight, and so the shortest delay: for live sources that drop frames.
  bool low_latency = false;
  // Frames a second at most; 0: as many as can be done.
  double max_rate = 0;
  // Ends with the first frame that cannot be decoded or analysed.
  bool fail_fast = false;
  // Ends the run once true: the frames in flight are finished first. Where given, the pipeline sets it itself when the
  // run ends early, so that a source that looks at it stops waiting. It must outlive the pipeline. A signal handler may
  // set it.
  std::atomic<bool>* stop = nullptr;
};

struct PipelineReport {
  int64_t frames = 0;   // that have a record, `known` and `failed` among them
  int64_t known = 0;    // done by an earlier run
  int64_t failed = 0;   // with an error
  int64_t damaged = 0;  // decoded, but known to show something else than what was recorded
  int64_t people = 0;
  int64_t dropped = 0;  // by a live source in real time
  double seconds = 0;
  int lanes = 0;  // fewer than asked for where the system did not allow more threads
  bool stopped = false;
};

class Pipeline {
 public:
  // Called on the thread that runs the pipeline after each frame, in order.
  using FrameDone = std::function<void(const Task& task, const PipelineReport& so_far)>;

  // The source and the sink must outlive the pipeline. kInvalidArgument for options that make no sense.
  static Result<std::unique_ptr<Pipeline>> Create(const PipelineOptions& options, media::Source& source,
                                                  AnalyserFactory make_analyser, FrameSink& sink);
  virtual ~Pipeline() = default;

  // Runs until the source ends, it is stopped, or an error: of the source, of the sink, or kUnavailable where the
  // system allows no threads at all. The sink is finished in any case. Once.
  virtual Status Run(const FrameDone& frame_done = {}) = 0;

  // Any thread, at any time.
  virtual void Stop() = 0;

  // After Run.
  virtual const PipelineReport& report() const = 0;
  virtual const StageTimes& times() const = 0;
};

}  // namespace sinew::pipeline
