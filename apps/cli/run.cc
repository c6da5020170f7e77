// sinew run: people on pictures and videos.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "base/error.h"
#include "command.h"
#include "interrupt.h"
#include "media/inputs.h"
#include "media/live/display.h"
#include "model_cache.h"
#include "run_flags.h"
#include "run_report.h"
#include "runtime/thread_pool.h"

namespace sinew::cli {
namespace {

// One picture, or frames that must not lag: all processors work on it together. Otherwise each processor has a picture
// of its own, which wastes nothing.
void ChooseCores(bool one_at_a_time, RunFlags* flags) {
  const int processors = runtime::AvailableProcessors();
  int& threads = flags->pipeline.analysis.threads;
  int& lanes = flags->pipeline.lanes;
  threads = flags->threads;
  lanes = flags->cores;
  if (threads == 0) threads = lanes > 0 ? std::max(1, processors / lanes) : one_at_a_time ? processors : 1;
  if (lanes == 0) lanes = one_at_a_time ? 1 : std::max(1, processors / threads);
}

Status CheckCores(const RunFlags& flags) {
  constexpr int kMost = 1024;
  if (flags.threads < 0 || flags.threads > kMost)
    return InvalidArgument("--threads {}: must be 1 to {}", flags.threads, kMost);
  if (flags.cores < 0 || flags.cores > kMost) return InvalidArgument("--cores {}: must be 1 to {}", flags.cores, kMost);
  return Status();
}

bool IsLive(const std::vector<media::Input>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const media::Input& input) {
    return input.kind != media::InputKind::kPicture && input.kind != media::InputKind::kVideo;
  });
}

pipeline::ModelProvider Provider(const RunFlags& flags) {
  return [&flags](std::span<const Resolution> resolutions) -> Result<Model> {
    ModelRequest request;
    request.model = flags.model;
    request.resolution = resolutions[0];
    request.more_resolutions.assign(resolutions.begin() + 1, resolutions.end());
    if (!flags.quiet) request.log = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
    SINEW_ASSIGN_OR_RETURN(CachedModel cached, LoadOrCompile(request));
    return std::move(cached.model);
  };
}

// What is wrong with the model or the options is told now, and not by every frame. A resolution that follows the
// pictures is not known yet.
Status CheckAnalysis(const RunFlags& flags, pipeline::ModelCache* model_cache) {
  const pipeline::AnalysisOptions& analysis = flags.pipeline.analysis;
  const Resolution wish = analysis.resolution;
  if (wish.width < 0 || wish.height < 0) return DefaultResolution(flags.model).status();
  pipeline::StageTimes unused;
  return pipeline::PoseWorker(analysis, model_cache, &unused).Prepare(wish.width, wish.height);
}

struct Outcome {
  Status status;
  pipeline::PipelineReport report;
};

Outcome Execute(RunFlags* flags, std::atomic<bool>* stop) {
  Outcome outcome;
  const auto failed = [&outcome](Status status) {
    outcome.status = std::move(status);
    return outcome;
  };
  if (Status status = Complete(flags); !status.ok()) return failed(status);
  if (Status status = CheckCores(*flags); !status.ok()) return failed(status);
  std::vector<media::Input> inputs = media::ExpandInputs(flags->inputs, {flags->recursive});
  const bool live = IsLive(inputs);
  if (live && flags->outputs.resume)
    return failed(InvalidArgument("--resume: what a camera, a stream or standard input has shown does not come again"));
  const bool one_picture = inputs.size() == 1 && inputs[0].kind == media::InputKind::kPicture;
  ChooseCores(one_picture || flags->source.live.real_time, flags);

  pipeline::AnalysisOptions& analysis = flags->pipeline.analysis;
  if (analysis.resolution == Resolution{}) {
    Result<Resolution> resolution = DefaultResolution(flags->model);
    if (!resolution.ok()) return failed(resolution.status());
    analysis.resolution = *resolution;
  }
  pipeline::ModelCache model_cache(Provider(*flags));
  if (Status status = CheckAnalysis(*flags, &model_cache); !status.ok()) return failed(status);
  flags->source.stop = [stop] { return stop->load(); };
  Result<std::unique_ptr<media::Source>> source = media::OpenInputs(std::move(inputs), flags->source);
  if (!source.ok()) return failed(source.status());
  std::unique_ptr<media::Display> display;
  if (flags->display) {
    Result<std::unique_ptr<media::Display>> opened = media::OpenDisplay();
    if (!opened.ok()) return failed(Prefixed("--display", opened.status()));
    display = std::move(*opened);
    flags->outputs.show = [&display](const media::Image& image) { return display->Show(image); };
  }
  Result<pipeline::Outputs> outputs = pipeline::Outputs::Create(flags->outputs);
  if (!outputs.ok()) return failed(outputs.status());

  RunReporter reporter({flags->quiet, flags->verbose, flags->json, flags->outputs.jsonl == "-",
                        live ? std::nullopt : (*source)->expected_frames()});
  pipeline::StageTimes times;
  const pipeline::PipelineEvents events = {
      [&](const pipeline::Task& task, const pipeline::PipelineReport& so_far) { reporter.FrameDone(task, so_far); }};
  outcome.status =
      pipeline::RunPipeline(**source, model_cache, *outputs, flags->pipeline, events, stop, &times, &outcome.report);
  reporter.Finish(outcome.report, times, SignalReceived() != 0);
  return outcome;
}

int ExitCode(const Outcome& outcome) {
  const pipeline::PipelineReport& report = outcome.report;
  const bool some_done = report.frames > report.failed;
  if (!outcome.status.ok()) {
    const int code = Fail(outcome.status);
    return some_done ? kPartly : code;
  }
  if (SignalReceived() != 0) return kInterrupted + SignalReceived();
  if (report.failed == 0) return kSuccess;
  return some_done ? kPartly : kFailure;
}

int Run(RunFlags* flags) {
  static std::atomic<bool> stop = false;
  StopOnSignals(&stop);
  return ExitCode(Execute(flags, &stop));
}

}  // namespace

void AddRunCommand(CLI::App& app, Action* action) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "Find the people on pictures, in videos, and before cameras");
  AddRunFlags(command, flags.get());
  command->footer(
      "A model given by name or as a graph is compiled on first use and kept in ${XDG_CACHE_HOME:-~/.cache}/sinew.\n"
      "Every picture and frame has a record, in the order of the inputs; one that cannot be read has its error there.\n"
      "Exit codes: 0 all done, 1 nothing done, 2 wrong command line, 3 some inputs failed and the others are done,\n"
      "130 and 143 interrupted: what was done is written, and --resume goes on.\n"
      "Examples:\n"
      "  sinew run photo.jpg --write-images out --write-json out\n"
      "  sinew run archive/ --recursive --write-jsonl people.jsonl --resume\n"
      "  sinew run walk.mp4 --track --smooth one-euro --write-video out/walk.mp4 --write-csv out/walk.csv\n"
      "  sinew run rtsp://camera.local/stream --real-time --write-jsonl - | jq .people\n"
      "  sinew run camera:0 --real-time --display");
  command->callback([=] { *action = [=] { return Run(flags.get()); }; });
}

}  // namespace sinew::cli
