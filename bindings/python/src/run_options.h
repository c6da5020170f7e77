// What sinew.run() was asked for.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "frame_queue.h"
#include "media/source.h"
#include "pipeline/outputs.h"
#include "pipeline/pipeline.h"
#include "pipeline/pose_worker.h"
#include "service/model_cache.h"

namespace sinew::python {

// Defaults are those of `sinew run`.
struct RunOptions {
  std::vector<std::string> inputs;
  std::string model = "mobilenet_thin";
  service::ModelCache::Options cache;
  bool recursive = false;
  int threads = 0, cores = 0, streams = 0;  // 0: chosen by what is run
  std::optional<int> look_ahead;
  bool body_25 = false;  // people with the keypoints of BODY_25
  media::SourceOptions source;
  pipeline::AnalysisOptions analysis;
  pipeline::PipelineOptions pipeline;
  pipeline::OutputOptions outputs;
  FrameQueueOptions queue;

  bool has_outputs() const;
};

// Keywords as sinew/_run.py names them: those of `sinew run`, with _ for -. `log`: a function, or None.
RunOptions ParseRunOptions(std::vector<std::string> inputs, const pybind11::dict& keywords,
                           const pybind11::object& log);

}  // namespace sinew::python
