// sinew.run(): the pipeline on a thread of its own, and an iterator over what it finds.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/guard.h"
#include "base/output_check.h"
#include "base/remote.h"
#include "bindings.h"
#include "errors.h"
#include "frame_queue.h"
#include "media/inputs.h"
#include "options.h"
#include "people.h"
#include "pictures.h"
#include "pipeline/pipeline.h"
#include "pipeline/tree_inputs.h"
#include "process_owned.h"
#include "run_options.h"
#include "runtime/thread_pool.h"
#include "service/core_choice.h"
#include "service/model_cache.h"
#include "sinew/keypoint_order.h"
#include "sinew/version.h"

namespace sinew::python {
namespace {

namespace py = pybind11;

// Somebody new is seen in three frames before there is an id; ten more may be black.
constexpr int kLookAheadFrames = 12;

bool IsLive(const media::Input& input) {
  return input.kind != media::InputKind::kPicture && input.kind != media::InputKind::kVideo &&
         input.kind != media::InputKind::kPrefix;
}

// Everything that a run is made of, and its thread, which never touches Python.
class RunningPipeline {
 public:
  explicit RunningPipeline(RunOptions options)
      : options_(std::move(options)),
        models_(options_.cache),
        recent_(models_.Provider(options_.model, options_.analysis.device.backend(), options_.analysis.precision)) {}

  ~RunningPipeline() { Close(); }

  Status Start() {
    options_.source.stop = [this] { return stop_.load(); };
    options_.pipeline.stop = &stop_;
    std::vector<media::Input> inputs =
        media::ExpandInputs(options_.inputs, {options_.recursive, options_.source.stop}, &skipped_);
    SINEW_RETURN_IF_ERROR(PlaceInTrees(&inputs));
    SINEW_RETURN_IF_ERROR(ChooseModel());
    const bool live = std::any_of(inputs.begin(), inputs.end(), IsLive);
    options_.outputs.live = live;
    for (const media::Input& input : inputs) {
      const bool is_file = input.kind == media::InputKind::kPicture || input.kind == media::InputKind::kVideo;
      options_.outputs.manifest.inputs.push_back(is_file ? pipeline::IdentifyInput(input.name)
                                                         : pipeline::ManifestInput{input.name});
    }
    if (std::error_code error; std::filesystem::exists(options_.model, error))
      AppendModelFiles("the model", options_.model, &options_.outputs.read_files);
    if (inputs.size() > 1) options_.outputs.video_sound = false;
    SINEW_ASSIGN_OR_RETURN(const service::CoreChoice cores, ChooseCores(inputs));
    options_.analysis.threads = cores.threads;
    options_.pipeline.follow.tracker.look_ahead_frames = options_.look_ahead.value_or(live ? 0 : kLookAheadFrames);
    SINEW_ASSIGN_OR_RETURN(source_, media::OpenInputs(std::move(inputs), options_.source));
    // More networks than pictures would only take memory.
    if (!live) expected_ = source_->expected_frames();
    options_.pipeline.lanes = static_cast<int>(std::clamp<int64_t>(expected_.value_or(cores.lanes), 1, cores.lanes));
    if (options_.has_outputs()) {
      SINEW_ASSIGN_OR_RETURN(pipeline::Outputs outputs, pipeline::Outputs::Create(options_.outputs));
      outputs_ = std::make_unique<pipeline::Outputs>(std::move(outputs));
    }
    queue_ = std::make_unique<FrameQueue>(options_.queue, outputs_.get(), &stop_);
    options_.analysis.keep_maps = queue_->needs_maps();
    SINEW_ASSIGN_OR_RETURN(pipeline_,
                           pipeline::Pipeline::Create(options_.pipeline, *source_,
                                                      pipeline::MakePoseWorkers(options_.analysis, &recent_), *queue_));
    return CatchAll([&] {
      thread_ = std::thread([this] { Work(); });
      return Status();
    });
  }

  FrameQueue& queue() { return *queue_; }
  const ModelDescription& description() const { return options_.outputs.description; }
  // Of the people.
  const Skeleton& skeleton() const { return *options_.outputs.skeleton; }
  std::optional<int64_t> expected() const { return expected_; }
  bool tracks() const { return options_.pipeline.follow.track; }
  const std::vector<media::SkippedFile>& skipped() const { return skipped_; }

  // Ends the run: what is in flight is finished, what waits is dropped. Any thread, any number of times.
  void Close() {
    if (queue_ != nullptr) queue_->Drop();
    (void)Join();
  }
  // After the last frame, or Close.
  Status Join() {
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
    return status_;
  }
  pipeline::PipelineReport report() const {
    const std::lock_guard lock(report_mutex_);
    return report_;
  }
  const pipeline::StageTimes& times() const { return pipeline_->times(); }

 private:
  void Work() {
    status_ = CatchAll([&] {
      return pipeline_->Run([&](const pipeline::Task&, const pipeline::PipelineReport& so_far) { Report(so_far); });
    });
    Report(pipeline_->report());
    queue_->End();
  }

  void Report(const pipeline::PipelineReport& report) {
    const std::lock_guard lock(report_mutex_);
    report_ = report;
  }

  // Results of an earlier run are no inputs; each input gets its place.
  Status PlaceInTrees(std::vector<media::Input>* inputs) {
    std::vector<pipeline::TreeOptions>& trees = options_.outputs.trees;
    std::vector<std::filesystem::path> folders;
    for (const pipeline::TreeOptions& tree : trees) {
      if (IsRemote(tree.folder))
        return InvalidArgument("output_dir, write_video: {} is not a folder of this machine", tree.folder.string());
      folders.push_back(tree.folder);
    }
    if (trees.empty()) return Status();
    SINEW_RETURN_IF_ERROR(pipeline::LeaveOutResults(folders, inputs).status());
    for (pipeline::TreeOptions& tree : trees) {
      tree.places = pipeline::PlacesInTree(*inputs);
      tree.video_sound = options_.outputs.video_sound;
    }
    return Status();
  }

  Status ChooseModel() {
    pipeline::AnalysisOptions& analysis = options_.analysis;
    SINEW_ASSIGN_OR_RETURN(const Resolution own, models_.DefaultResolution(options_.model));
    if (analysis.resolution == Resolution{}) analysis.resolution = own;
    SINEW_ASSIGN_OR_RETURN(const ModelDescription description, models_.Description(options_.model));
    options_.outputs.description = description;
    options_.outputs.manifest.producer = fmt::format("sinew {}", kVersion);
    options_.outputs.manifest.artifact.model = options_.model;
    options_.outputs.skeleton = description.skeleton;
    if (options_.body_25) {
      Result<KeypointOrder> order = KeypointOrder::Create(description.skeleton, Body25Skeleton());
      if (!order.ok()) return Prefixed("keypoints", order.status());
      options_.outputs.skeleton = order->skeleton();
      analysis.order = *std::move(order);
    }
    options_.pipeline.follow.skeleton = *options_.outputs.skeleton;
    return pipeline::CheckAnalysis(analysis, &recent_);
  }

  Result<service::CoreChoice> ChooseCores(const std::vector<media::Input>& inputs) const {
    const bool one_picture = inputs.size() == 1 && inputs[0].kind == media::InputKind::kPicture;
    const bool one_at_a_time = one_picture || options_.source.live.real_time;
    if (options_.analysis.device.is_gpu()) {
      Result<service::CoreChoice> streams = service::ChooseStreams(options_.streams, one_at_a_time);
      return streams.ok() ? streams : Prefixed("streams", streams.status());
    }
    if (options_.streams != 0) return InvalidArgument("streams: are a GPU's: on a processor, use cores");
    Result<service::CoreChoice> cores =
        service::ChooseCores(options_.threads, options_.cores, one_at_a_time, runtime::AvailableProcessors());
    return cores.ok() ? cores : Prefixed("threads, cores", cores.status());
  }

  RunOptions options_;
  const service::ModelCache models_;
  pipeline::RecentModels recent_;
  std::atomic<bool> stop_ = false;
  std::vector<media::SkippedFile> skipped_;
  std::unique_ptr<media::Source> source_;
  std::optional<int64_t> expected_;
  std::unique_ptr<pipeline::Outputs> outputs_;
  std::unique_ptr<FrameQueue> queue_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  mutable std::mutex report_mutex_;
  pipeline::PipelineReport report_;
  Status status_;  // the thread's, until it has ended
  std::mutex join_mutex_;
  std::thread thread_;
};

// The Python object. A run belongs to the process that began it.
class Run {
 public:
  Run(std::vector<std::string> inputs, const py::dict& keywords, const py::object& log) {
    auto running = std::make_unique<RunningPipeline>(ParseRunOptions(std::move(inputs), keywords, log));
    WithoutInterpreter([&] { Check(running->Start()); });
    running_ = ProcessOwned<RunningPipeline>(std::move(running));
  }
  Run(const Run&) = delete;
  ~Run() { Close(); }

  // The next frame as a dictionary of what sinew.People is made of, or None after the last one.
  py::object Next() {
    RunningPipeline& running = Mine();
    constexpr std::chrono::milliseconds kPatience(50);  // until Ctrl-C is looked for
    for (;;) {
      std::optional<FrameResult> result = WithoutInterpreter([&] { return running.queue().Take(kPatience); });
      if (result) return ToDict(std::move(*result));
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!running.queue().ended()) continue;
      WithoutInterpreter([&] { Check(running.Join()); });
      return py::none();
    }
  }

  void Close() {
    if (RunningPipeline* const running = running_.get(); running != nullptr) {
      WithoutInterpreter([&] { running->Close(); });
    }
  }

  py::dict report() const {
    const pipeline::PipelineReport report = Mine().report();
    py::dict stages;
    for (int i = 0; i < pipeline::kStageCount; ++i) {
      const auto stage = static_cast<pipeline::Stage>(i);
      stages[py::str(std::string(pipeline::StageName(stage)))] = Mine().times().Seconds(stage);
    }
    py::dict dict;
    dict["frames"] = report.frames;
    dict["failed"] = report.failed;
    dict["damaged"] = report.damaged;
    dict["dropped"] = report.dropped;
    dict["people"] = report.people;
    dict["seconds"] = report.seconds;
    dict["cores"] = report.lanes;
    dict["stopped"] = report.stopped;
    dict["stage_seconds"] = stages;
    return dict;
  }

  std::optional<int64_t> expected() const { return Mine().expected(); }
  Skeleton skeleton() const { return Mine().skeleton(); }
  std::pair<int, int> map_channels() const {
    const ModelDescription& description = Mine().description();
    return {description.heads.heat_maps.count, description.first_field()};
  }
  py::list skipped() const {
    py::list files;
    for (const media::SkippedFile& file : Mine().skipped())
      files.append(py::make_tuple(ToText(file.name), ToText(file.reason)));
    return files;
  }

 private:
  RunningPipeline& Mine() const {
    RunningPipeline* const running = running_.get();
    if (running == nullptr) {
      Check(InvalidArgument("this run belongs to the process that began it, which was forked: begin another one here"));
    }
    return *running;
  }

  py::dict ToDict(FrameResult result) const {
    const results::Record& record = result.record;
    const int keypoint_count = Mine().skeleton().keypoint_count();
    const py::tuple arrays = ToArrays(record.people, keypoint_count);
    py::dict dict;
    dict["keypoints"] = arrays[0];
    dict["scores"] = arrays[1];
    dict["source"] = ToText(record.source);
    dict["frame"] = record.frame;
    dict["seconds"] = record.seconds;
    dict["width"] = record.width;
    dict["height"] = record.height;
    dict["error"] = ToText(record.error);
    dict["damaged"] = record.damaged;
    if (!record.person_ids.empty() || (Mine().tracks() && record.people.empty()))
      dict["ids"] = ToArray(record.person_ids, {static_cast<py::ssize_t>(record.person_ids.size())});
    if (!record.candidates.empty()) dict["candidates"] = ToCandidates(record.candidates);
    if (!record.found_keypoints.empty()) dict["found_keypoints"] = ToArray(record.found_keypoints, keypoint_count);
    if (!result.picture.pixels.empty()) dict["picture"] = ToArray(std::move(result.picture));
    if (!result.maps.values.empty()) {
      const py::ssize_t shape[] = {result.maps.height, result.maps.width, result.maps.channels};
      dict["maps"] = ToArray(std::move(result.maps.values), {shape[0], shape[1], shape[2]});
    }
    return dict;
  }

  ProcessOwned<RunningPipeline> running_;
};

}  // namespace

void BindRun(py::module_& module) {
  py::class_<Run>(module, "Run")
      .def(py::init<std::vector<std::string>, const py::dict&, const py::object&>(), py::arg("inputs"),
           py::arg("options"), py::arg("log"))
      .def("next", &Run::Next)
      .def("close", &Run::Close)
      .def_property_readonly("report", &Run::report)
      .def_property_readonly("expected", &Run::expected)
      .def_property_readonly("skeleton", &Run::skeleton)
      .def_property_readonly("map_channels", &Run::map_channels)
      .def_property_readonly("skipped", &Run::skipped);
}

}  // namespace sinew::python
