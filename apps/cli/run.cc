// sinew run: people in pictures and videos.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <memory>

#include "base/error.h"
#include "base/remote.h"
#include "command.h"
#include "interrupt.h"
#include "media/inputs.h"
#include "media/live/display.h"
#include "pipeline/tree_inputs.h"
#include "print.h"
#include "run_flags.h"
#include "run_manifest.h"
#include "run_report.h"
#include "runtime/thread_pool.h"
#include "service/core_choice.h"
#include "service/description_json.h"
#include "service/model_cache.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

bool IsLive(const std::vector<media::Input>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const media::Input& input) {
    return input.kind != media::InputKind::kPicture && input.kind != media::InputKind::kVideo &&
           input.kind != media::InputKind::kPrefix;
  });
}

// Somebody new is seen in three frames before there is an id; ten more may be black.
constexpr int kLookAheadFrames = 12;

// What is read beside the inputs: the model, and lists.
std::vector<NamedFile> ReadFiles(const RunFlags& flags) {
  std::vector<NamedFile> files = {{"--skeleton", flags.skeleton}, {"--prototxt", flags.prototxt}};
  std::error_code error;
  if (std::filesystem::exists(flags.model, error)) AppendModelFiles("the model", flags.model, &files);
  for (const std::string& input : flags.inputs) {
    if (input.size() > 1 && input[0] == '@' && input != "@-") files.push_back({"the list", input.substr(1)});
  }
  return files;
}

// Of the network that every frame is looked at with. Where it follows each picture's shape, there is no one artifact.
Result<pipeline::ManifestArtifact> DescribeArtifact(const RunFlags& flags, pipeline::RecentModels* models) {
  const pipeline::AnalysisOptions& analysis = flags.analysis;
  if (analysis.resolution.width < 0 || analysis.resolution.height < 0) return pipeline::ManifestArtifact{flags.model};
  SINEW_ASSIGN_OR_RETURN(const std::vector<Resolution> scales,
                         MakeScales(analysis.resolution, analysis.scale_number, analysis.scale_gap));
  SINEW_ASSIGN_OR_RETURN(const Model model, models->Get(scales));
  return pipeline::ManifestArtifact{flags.model, model.target(), fmt::format("{:016x}", model.weights_hash())};
}

Result<service::CoreChoice> ChooseCores(const RunFlags& flags, const Device& device, bool one_at_a_time) {
  if (device.is_gpu()) {
    Result<service::CoreChoice> streams = service::ChooseStreams(flags.streams, one_at_a_time);
    return streams.ok() ? streams : Prefixed("--streams", streams.status());
  }
  if (flags.streams != 0) return InvalidArgument("--streams are a GPU's: on a processor, use --cores");
  Result<service::CoreChoice> cores =
      service::ChooseCores(flags.threads, flags.cores, one_at_a_time, runtime::AvailableProcessors());
  return cores.ok() ? cores : Prefixed("--threads, --cores", cores.status());
}

bool CanBeResumed(const RunFlags& flags) {
  const pipeline::OutputOptions& outputs = flags.outputs;
  if (!outputs.jsonl.empty()) return outputs.jsonl != "-";
  const bool per_frame =
      !outputs.json_folder.empty() || !outputs.heatmaps_folder.empty() || !outputs.images_folder.empty();
  return (per_frame || outputs.trees.size() == 1) && outputs.csv.empty() && outputs.coco_json.empty() &&
         outputs.video.empty();
}

// Results of an earlier run are no inputs; each input gets its place.
Status CheckTrees(RunFlags* flags, std::vector<media::Input>* inputs) {
  std::vector<pipeline::TreeOptions>& trees = flags->outputs.trees;
  if (trees.empty()) return Status();
  const char* const flag = trees[0].videos_alone ? "--write-video DIR/" : "--output-dir";
  for (const pipeline::TreeOptions& tree : trees) {
    if (IsRemote(tree.folder))
      return InvalidArgument("{}: {} is not a folder of this machine", flag, tree.folder.string());
  }
  for (const media::Input& input : *inputs) {
    if (input.kind == media::InputKind::kPrefix)
      return InvalidArgument("{}: {} is listed while it is read; name its pictures one by one, or write JSON lines",
                             flag, input.name);
  }
  if (flags->source.shard.count > 1)
    return InvalidArgument("--shard with {}: give each machine a folder and inputs of its own", flag);
  std::vector<std::filesystem::path> folders;
  for (const pipeline::TreeOptions& tree : trees) folders.push_back(tree.folder);
  SINEW_ASSIGN_OR_RETURN(const size_t left_out, pipeline::LeaveOutResults(folders, inputs));
  if (left_out > 0 && !flags->quiet)
    PrintError("sinew: {} files in {} are results, and left out\n", left_out, folders[0].string());
  for (pipeline::TreeOptions& tree : trees) {
    tree.places = pipeline::PlacesInTree(*inputs);
    tree.video_sound = !flags->no_audio;
  }
  return Status();
}

struct Outcome {
  Status status;
  pipeline::PipelineReport report;
  bool unfinished = false;  // results were kept to be resumed
};

Outcome Execute(RunFlags* flags, std::atomic<bool>* stop) {
  Outcome outcome;
  const auto failed = [&outcome](Status status) {
    outcome.status = std::move(status);
    return outcome;
  };
  if (Status status = Complete(flags); !status.ok()) return failed(status);
  flags->source.stop = [stop] { return stop->load(); };
  int64_t skipped = 0;
  std::vector<media::Input> inputs = ExpandInputs(
      flags->inputs, {flags->recursive, flags->source.stop, /*keep_prefixes=*/true}, flags->quiet, &skipped);
  flags->source.skipped = [quiet = flags->quiet](const media::SkippedFile& file) {
    if (!quiet) PrintError("sinew: {}: skipped: {}\n", file.name, file.reason);
  };
  if (Status status = CheckTrees(flags, &inputs); !status.ok()) return failed(status);
  const bool live = IsLive(inputs);
  if (live && flags->outputs.resume)
    return failed(
        InvalidArgument("--resume: what a camera, a stream or standard input has shown cannot be read again"));
  const bool one_picture = inputs.size() == 1 && inputs[0].kind == media::InputKind::kPicture;
  const Result<ChosenDevice> device = OpenDevice(flags->device);
  if (!device.ok()) return failed(device.status());
  const Result<service::CoreChoice> cores =
      ChooseCores(*flags, device->device, one_picture || flags->source.live.real_time);
  if (!cores.ok()) return failed(cores.status());
  pipeline::AnalysisOptions& analysis = flags->analysis;
  analysis.device = device->device;
  analysis.precision = device->precision;
  analysis.threads = cores->threads;
  // Of what is live, people are wanted now rather than with the best ids.
  flags->pipeline.follow.tracker.look_ahead_frames = flags->look_ahead.value_or(live ? 0 : kLookAheadFrames);
  flags->pipeline.stop = stop;
  const bool has_video = std::any_of(inputs.begin(), inputs.end(),
                                     [](const media::Input& input) { return input.kind == media::InputKind::kVideo; });
  const bool joins_videos =
      has_video && inputs.size() > 1 && flags->outputs.video_sound && !flags->outputs.video.empty();
  if (inputs.size() > 1 || inputs[0].kind == media::InputKind::kPrefix) flags->outputs.video_sound = false;

  service::ModelCache::Options cache;
  cache.log = CompileLog(flags->quiet);
  cache.prototxt = flags->prototxt;
  if (!flags->skeleton.empty()) {
    Result<ModelDescription> given = service::ReadModelDescription(flags->skeleton);
    if (!given.ok()) return failed(Prefixed("--skeleton", given.status()));
    cache.description = *std::move(given);
  }
  const service::ModelCache models(std::move(cache));
  const Result<Resolution> default_resolution = models.DefaultResolution(flags->model);
  if (!default_resolution.ok()) return failed(default_resolution.status());
  if (analysis.resolution == Resolution{}) analysis.resolution = *default_resolution;
  const Result<ModelDescription> description = models.Description(flags->model);
  if (!description.ok()) return failed(description.status());
  flags->outputs.description = *description;
  flags->pipeline.follow.skeleton = description->skeleton;
  if (flags->keypoints == "body_25") {
    Result<KeypointOrder> order = KeypointOrder::Create(description->skeleton, Body25Skeleton());
    if (!order.ok()) return failed(Prefixed("--keypoints body_25", order.status()));
    flags->outputs.skeleton = flags->pipeline.follow.skeleton = order->skeleton();
    analysis.order = *std::move(order);
  }
  pipeline::RecentModels recent(models.Provider(flags->model, analysis.device.backend(), analysis.precision));
  if (Status status = pipeline::CheckAnalysis(analysis, &recent); !status.ok()) return failed(status);
  Result<pipeline::ManifestArtifact> artifact = DescribeArtifact(*flags, &recent);
  if (!artifact.ok()) return failed(artifact.status());
  flags->outputs.manifest = {fmt::format("sinew {}", kVersion),
                             std::move(*artifact),
                             flags->described,
                             {},
                             DescribeInputs(inputs, /*identify=*/CanBeResumed(*flags), *stop),
                             {flags->source.shard.number, flags->source.shard.count}};
  if (flags->outputs.resume && !flags->outputs.trees.empty()) {
    const size_t all = inputs.size();
    Status status = pipeline::LeaveOutDone(flags->outputs.manifest, &flags->outputs.trees[0], &inputs);
    if (!status.ok()) return failed(status);
    if (!flags->quiet && inputs.size() < all)
      PrintError("sinew: {} of {} inputs were done by an earlier run\n", all - inputs.size(), all);
  }
  flags->outputs.read_files = ReadFiles(*flags);
  flags->outputs.live = live;
  if (live && flags->source.shard.count > 1)
    return failed(InvalidArgument("--shard: a camera, a stream or standard input has no parts"));
  Result<std::unique_ptr<media::Source>> source = media::OpenInputs(std::move(inputs), flags->source);
  if (!source.ok()) return failed(source.status());
  flags->outputs.places = [&source] { return (*source)->places(); };
  // More networks than pictures would only take memory.
  const std::optional<int64_t> expected = live ? std::nullopt : (*source)->expected_frames();
  flags->pipeline.lanes = static_cast<int>(std::clamp<int64_t>(expected.value_or(cores->lanes), 1, cores->lanes));
  std::unique_ptr<media::Display> display;
  if (flags->display) {
    Result<std::unique_ptr<media::Display>> opened = media::OpenDisplay();
    if (!opened.ok()) return failed(Prefixed("--display", opened.status()));
    display = std::move(*opened);
    flags->outputs.show = [&display](const media::Image& image) { return display->Show(image); };
  }
  Result<pipeline::Outputs> outputs = pipeline::Outputs::Create(flags->outputs);
  if (!outputs.ok()) return failed(outputs.status());

  RunReporter reporter({flags->quiet, flags->verbose, flags->json, *ParseProgressForm(flags->progress),
                        flags->outputs.jsonl == "-", expected, skipped});
  analysis.keep_maps = outputs->needs_maps();
  const auto pipeline =
      pipeline::Pipeline::Create(flags->pipeline, **source, pipeline::MakePoseWorkers(analysis, &recent), *outputs);
  if (!pipeline.ok()) return failed(pipeline.status());
  outcome.status = (*pipeline)->Run(
      [&](const pipeline::Task& task, const pipeline::PipelineReport& so_far) { reporter.FrameDone(task, so_far); });
  outcome.report = (*pipeline)->report();
  if (outcome.report.lanes > 0 && outcome.report.lanes < flags->pipeline.lanes) {
    PrintError("sinew: warning: the system did not allow more threads: {} networks side by side instead of {}\n",
               outcome.report.lanes, flags->pipeline.lanes);
  }
  reporter.Finish(outcome.report, (*pipeline)->times(), SignalReceived() != 0);
  const std::string remark =
      joins_videos ? "the video is without sound: that of several inputs is not joined" : outputs->remark();
  if (!remark.empty() && !flags->quiet) PrintError("sinew: {}\n", remark);
  // What is refused would be refused again.
  const bool refused = outcome.status.code() == StatusCode::kInvalidArgument;
  outcome.unfinished = CanBeResumed(*flags) && !live && !refused && (outcome.report.stopped || !outcome.status.ok());
  if (outcome.unfinished) PrintError("sinew: unfinished results are kept (.part); go on with: {}\n", ResumingCommand());
  return outcome;
}

int ExitCode(const Outcome& outcome) {
  const pipeline::PipelineReport& report = outcome.report;
  const bool some_done = report.frames > report.failed;
  if (!outcome.status.ok()) {
    const int code = Fail(outcome.status);
    return some_done && report.frames > report.known ? kPartly : code;
  }
  if (SignalReceived() != 0) return kInterrupted + SignalReceived();
  if (outcome.unfinished) return some_done ? kPartly : kFailure;
  if (report.failed == 0) return kSuccess;
  return some_done ? kPartly : kFailure;
}

int Run(RunFlags* flags) { return ExitCode(Execute(flags, StopOnSignals())); }

}  // namespace

void AddRunCommand(CLI::App& app, Action* action) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "Find the people in pictures, in videos, and from cameras");
  AddRunFlags(command, flags.get());
  command->footer(
      "A model given by name or as a graph is compiled on first use and kept in ${XDG_CACHE_HOME:-~/.cache}/sinew.\n"
      "Every picture and frame has a record, in the order of the inputs; one that cannot be read has its error there.\n"
      "Exit codes: 0 all done, 1 nothing done, 2 wrong command line, 3 some inputs failed and the others are done,\n"
      "130 and 143 interrupted: what was done is written, and --resume goes on.\n"
      "Examples:\n"
      "  sinew run photo.jpg --write-images out --write-json out\n"
      "  sinew run archive/ --recursive --output-dir out\n"
      "  sinew run archive/ --recursive --write-jsonl people.jsonl --resume\n"
      "  sinew run walk.mp4 --track --smooth one-euro --write-video out/walk.mp4 --write-csv out/walk.csv\n"
      "  sinew run rtsp://camera.local/stream --real-time --write-jsonl - | jq .people\n"
      "  sinew run camera:0 --real-time --display");
  command->callback([=] {
    flags->described = DescribeFlags(*command);
    *action = [=] { return Run(flags.get()); };
  });
}

}  // namespace sinew::cli
