// The pipeline as the public API has it: a source from names, a sink that hands frames over.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "media/inputs.h"
#include "media/source.h"
#include "pipeline/frame_sink.h"
#include "pipeline/pipeline.h"
#include "pipeline/pose_worker.h"
#include "runtime/thread_pool.h"
#include "sinew/pipeline.h"

namespace sinew {
namespace {

// Of a GPU: one being resized, one on it, one being decoded.
constexpr int kStreams = 3;

class Handover : public pipeline::FrameSink {
 public:
  explicit Handover(const std::function<bool(const FramePeople&)>& take) : take_(take) {}

  Result<bool> Commit(pipeline::Task* task, pipeline::StageTimes*) override {
    if (ended_) return false;  // the pipeline finishes what is under way
    results::Record& record = task->record;
    FramePeople frame;
    frame.source = std::move(record.source);
    frame.number = record.frame;
    frame.seconds = record.seconds;
    frame.people = std::move(record.people);
    frame.ids = std::move(record.person_ids);
    if (!task->frame.image.pixels.empty()) frame.picture = task->frame.image.view();
    frame.damaged = record.damaged;
    if (!record.error.empty()) frame.status = Status(StatusCode::kIo, record.error);
    ++report_.frames;
    report_.failed += frame.status.ok() ? 0 : 1;
    report_.people += static_cast<int64_t>(frame.people.size());
    ended_ = !take_(frame);
    return !ended_;
  }
  Status Finish(pipeline::RunEnd) override { return Status(); }
  // Of the frames that were handed over.
  RunReport report() const { return report_; }

 private:
  const std::function<bool(const FramePeople&)>& take_;
  RunReport report_;
  bool ended_ = false;
};

}  // namespace

Result<RunReport> RunPipeline(const Model& model, std::span<const std::string> inputs, const RunOptions& options,
                              const std::function<bool(const FramePeople&)>& take) {
  if (inputs.empty()) return InvalidArgument("no inputs");
  if (options.lanes < 0 || options.threads < 1)
    return InvalidArgument("{} lanes of {} threads, must be 0 or more of 1 or more", options.lanes, options.threads);
  if (options.frame_step < 1) return InvalidArgument("frame_step is {}, must be 1 or more", options.frame_step);
  if (options.smooth && !options.track) return InvalidArgument("smooth needs track: it goes by who is who");
  if (model.description() == nullptr) return Unsupported("{}: is not known to be a pose network", model.name());

  pipeline::AnalysisOptions analysis;
  analysis.resolution = options.resolution == Resolution{} ? model.resolutions()[0] : options.resolution;
  analysis.fit = options.fit;
  analysis.decode = options.decode;
  analysis.threads = options.threads;
  analysis.device = options.device;
  analysis.precision = options.precision;
  analysis.flip_average = options.flip_average;
  pipeline::RecentModels models([&](std::span<const Resolution>) -> Result<Model> { return model; });
  SINEW_RETURN_IF_ERROR(pipeline::CheckAnalysis(analysis, &models));

  std::vector<media::SkippedFile> skipped;
  std::vector<media::Input> expanded = media::ExpandInputs(inputs, {options.recursive, {}, false}, &skipped);
  media::SourceOptions source_options;
  source_options.frames.step = options.frame_step;
  source_options.live.real_time = options.real_time;
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::Source> source,
                         media::OpenInputs(std::move(expanded), source_options));

  pipeline::PipelineOptions run;
  const int processors = std::max(1, runtime::AvailableProcessors() / options.threads);
  run.lanes = options.lanes > 0 ? options.lanes : options.device.is_gpu() ? kStreams : processors;
  run.low_latency = options.real_time;
  run.follow = {.track = options.track,
                .smooth = options.smooth,
                .tracker = options.tracker,
                .smoother = options.smoother,
                .skeleton = model.description()->skeleton};
  Handover handover(take);
  SINEW_ASSIGN_OR_RETURN(
      const std::unique_ptr<pipeline::Pipeline> work,
      pipeline::Pipeline::Create(run, *source, pipeline::MakePoseWorkers(analysis, &models), handover));
  SINEW_RETURN_IF_ERROR(work->Run());
  RunReport report = handover.report();
  report.dropped = work->report().dropped;
  report.seconds = work->report().seconds;
  report.stopped = work->report().stopped;
  return report;
}

}  // namespace sinew
