// The pipeline: frames in, people out, every stage at work at the same time.
//
//   reader      one thread: decodes pictures and videos
//   workers    `lanes` threads, each with a network of its own: resize, network, maps to people
//   finishers   as many threads: draw, encode and write the files of a frame
//   writer      the calling thread: videos, lines and rows of all frames, in order
//
// Ordered queues join them (ordered_queue.h): people are followed over time and results are written in the order of the
// input, whatever the threads do, and two runs give the same bytes. A bounded number of frames is on the way, so that
// the memory does not grow with the length of the input.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "media/source.h"
#include "pipeline/outputs.h"
#include "pipeline/pose_worker.h"
#include "pipeline/stage_times.h"
#include "pipeline/tracking_stage.h"

namespace sinew::pipeline {

struct PipelineOptions {
  AnalysisOptions analysis;  // keep_maps follows from the outputs
  FollowOptions follow;
  int lanes = 1;
  // The fewest frames on the way, and so the shortest way: for live sources that drop frames.
  bool low_latency = false;
  // Ends with the first frame that cannot be decoded or analysed.
  bool fail_fast = false;
};

struct PipelineReport {
  int64_t frames = 0;  // that have a record, `known` and `failed` among them
  int64_t known = 0;   // done by an earlier run
  int64_t failed = 0;  // with an error
  int64_t people = 0;
  int64_t dropped = 0;  // by a live source in real time
  double seconds = 0;
  int lanes = 0;
};

struct PipelineEvents {
  // Called on the calling thread after each frame, in order.
  std::function<void(const Task& task, const PipelineReport& so_far)> frame_done;
};

// Runs until the source ends, `stop` is set (what was read until then is finished), or an output fails. The outputs are
// finished in any case; their first error is returned, with `report` telling what was done before. `stop` is set on an
// error, and where whoever looks at the pictures wants to end; the source should look at it.
Status RunPipeline(media::Source& source, ModelCache& model_cache, Outputs& outputs, const PipelineOptions& options,
                   const PipelineEvents& events, std::atomic<bool>* stop, StageTimes* times, PipelineReport* report);

}  // namespace sinew::pipeline
