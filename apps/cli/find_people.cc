// The pipeline of `sinew run` without outputs.
#include "find_people.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/error.h"
#include "interrupt.h"
#include "media/source.h"
#include "model_cache.h"
#include "pipeline/pipeline.h"
#include "progress.h"
#include "runtime/thread_pool.h"

namespace sinew::cli {

Result<Found> FindPeople(const Configuration& configuration, const std::vector<media::Input>& inputs,
                         const std::string& label, bool quiet) {
  static std::atomic<bool> stop = false;
  StopOnSignals(&stop);
  pipeline::PipelineOptions options;
  options.analysis = configuration.analysis;
  if (options.analysis.resolution == Resolution{}) {
    SINEW_ASSIGN_OR_RETURN(options.analysis.resolution, DefaultResolution(configuration.model));
  }
  options.lanes = configuration.cores > 0
                      ? configuration.cores
                      : std::max(1, runtime::AvailableProcessors() / std::max(1, options.analysis.threads));
  pipeline::ModelCache model_cache([&](std::span<const Resolution> resolutions) -> Result<Model> {
    ModelRequest request;
    request.model = configuration.model;
    request.resolution = resolutions[0];
    request.more_resolutions.assign(resolutions.begin() + 1, resolutions.end());
    if (!quiet) request.log = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
    SINEW_ASSIGN_OR_RETURN(CachedModel cached, LoadOrCompile(request));
    return std::move(cached.model);
  });
  pipeline::StageTimes times;
  const Resolution wish = options.analysis.resolution;
  if (wish.width > 0 && wish.height > 0) {
    // What would fail on every picture fails now.
    SINEW_RETURN_IF_ERROR(
        pipeline::PoseWorker(options.analysis, &model_cache, &times).Prepare(wish.width, wish.height));
  }
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::Source> source,
                         media::OpenInputs(inputs, {.stop = [] { return stop.load(); }}));
  SINEW_ASSIGN_OR_RETURN(pipeline::Outputs outputs, pipeline::Outputs::Create({}));
  Found found;
  found.resolution = wish;
  ProgressBar progress(label, source->expected_frames().value_or(0), !quiet);
  const pipeline::PipelineEvents events = {[&](const pipeline::Task& task, const pipeline::PipelineReport& so_far) {
    found.records.push_back(task.record);
    progress.Update(so_far.frames, 0, fmt::format("{} people", so_far.people));
  }};
  pipeline::PipelineReport report;
  SINEW_RETURN_IF_ERROR(pipeline::RunPipeline(*source, model_cache, outputs, options, events, &stop, &times, &report));
  if (SignalReceived() != 0)
    return Unavailable("interrupted after {} pictures: nothing can be said of a part", report.frames);
  return found;
}

}  // namespace sinew::cli
