// The threads and what each of them does.
#include "pipeline/pipeline.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pipeline/ordered_queue.h"
#include "results/names.h"

namespace sinew::pipeline {
namespace {

class Run {
 public:
  Run(media::Source& source, ModelCache& model_cache, Outputs& outputs, const PipelineOptions& options,
      std::atomic<bool>* stop, StageTimes* times, TrackingStage tracking_stage)
      : source_(source),
        model_cache_(model_cache),
        outputs_(outputs),
        options_(options),
        stop_(*stop),
        times_(times),
        tracking_stage_(std::move(tracking_stage)),
        // Each lane has one in work and one waiting; two more are being read and written.
        slots_(options.low_latency ? options.lanes + 1 : 2 * options.lanes + 2) {}

  Status Execute(const PipelineEvents& events, PipelineReport* report) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    threads.emplace_back([this] { Read(); });
    for (int lane = 0; lane < options_.lanes; ++lane) threads.emplace_back([this] { Analyse(); });
    const int finishers = outputs_.has_files() ? options_.lanes : 1;
    for (int i = 0; i < finishers; ++i) threads.emplace_back([this] { FinishFrames(); });
    Status status = Write(events, start, report);
    for (std::thread& thread : threads) thread.join();
    if (status.ok()) status = read_status_;
    const Status finished = outputs_.Finish();
    report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report->dropped = source_.dropped_frames();
    report->lanes = options_.lanes;
    return status.ok() ? finished : status;
  }

 private:
  void Read() {
    results::ResultNames names;
    int64_t number = 0;
    for (; !stop_; ++number) {
      {
        const StageTimer timer(times_, Stage::kReaderWaits);
        slots_.Acquire();
      }
      auto task = std::make_unique<Task>();
      task->number = number;
      const Result<bool> more = ReadFrame(task.get());
      if (!more.ok() || !*more) {
        read_status_ = more.status();
        break;
      }
      task->name = names.Next(task->record);
      if (!task->known) task->known = outputs_.IsDone(task->name);
      read_.Put(number, std::move(task));
    }
    read_.Close(number);
    analysed_.Close(number);
    finished_.Close(number);
  }

  Result<bool> ReadFrame(Task* task) {
    const StageTimer timer(times_, Stage::kRead);
    Resumption& resumption = outputs_.resumption();
    task->known = resumption.has_next();
    const bool skips_picture = task->known && !outputs_.needs_known_pictures();
    SINEW_ASSIGN_OR_RETURN(const bool more,
                           skips_picture ? source_.NextWithoutPicture(&task->frame) : source_.Next(&task->frame));
    if (!more) return false;
    task->record.source = task->frame.source;
    task->record.frame = task->frame.number;
    task->record.seconds = task->frame.seconds;
    if (task->known) SINEW_RETURN_IF_ERROR(resumption.Next(&task->record));
    return true;
  }

  void Analyse() {
    PoseWorker worker(options_.analysis, &model_cache_, times_);
    std::unique_ptr<Task> task;
    while (TakeTimed(read_, Stage::kAnalystsWait, &task)) {
      if (!aborted_) AnalyseOne(&worker, task.get());
      const int64_t number = task->number;
      analysed_.Put(number, std::move(task));
    }
  }

  void AnalyseOne(PoseWorker* worker, Task* task) {
    if (!task->known) return worker->Analyse(task);
    if (!outputs_.needs_known_maps() || !task->record.error.empty()) return;
    // Only the maps are new.
    const results::Record known = task->record;
    worker->Analyse(task);
    task->record = known;
  }

  void FinishFrames() {
    std::unique_ptr<Task> task;
    const auto follow = [this](std::unique_ptr<Task>& next) {
      const auto start = std::chrono::steady_clock::now();
      if (!aborted_) next->status = tracking_stage_.Follow(next.get());
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      times_->Add(Stage::kFollow, seconds);
      times_->Add(Stage::kFinishersWait, -seconds);  // it happens while taking
    };
    while (TakeTimed(analysed_, Stage::kFinishersWait, &task, follow)) {
      if (!aborted_ && task->status.ok()) task->status = outputs_.WriteFiles(task.get(), times_);
      const int64_t number = task->number;
      finished_.Put(number, std::move(task));
    }
  }

  Status Write(const PipelineEvents& events, std::chrono::steady_clock::time_point start, PipelineReport* report) {
    Status status;
    std::unique_ptr<Task> task;
    for (; TakeTimed(finished_, Stage::kWriterWaits, &task); slots_.Release()) {
      if (aborted_) continue;  // only to let the others end
      status = task->status;
      bool go_on = true;
      if (status.ok()) {
        const Result<bool> committed = outputs_.Commit(task.get(), times_);
        status = committed.status();
        go_on = committed.ok() && *committed;
      }
      if (!status.ok()) {
        Abort();
        continue;
      }
      ++report->frames;
      report->known += task->known ? 1 : 0;
      report->failed += task->record.error.empty() ? 0 : 1;
      report->people += static_cast<int64_t>(task->record.people.size());
      report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (events.frame_done) events.frame_done(*task, *report);
      if (!go_on) stop_ = true;
      if (options_.fail_fast && !task->record.error.empty()) Abort();
    }
    return status;
  }

  // What is on the way is dropped.
  void Abort() {
    aborted_ = true;
    stop_ = true;
  }

  template <class... InOrder>
  bool TakeTimed(OrderedQueue<std::unique_ptr<Task>>& queue, Stage waiting, std::unique_ptr<Task>* task,
                 InOrder&&... in_order) {
    const StageTimer timer(times_, waiting);
    return queue.Take(task, in_order...);
  }

  media::Source& source_;
  ModelCache& model_cache_;
  Outputs& outputs_;
  const PipelineOptions& options_;
  std::atomic<bool>& stop_;
  StageTimes* times_;
  TrackingStage tracking_stage_;
  Slots slots_;
  OrderedQueue<std::unique_ptr<Task>> read_, analysed_, finished_;
  std::atomic<bool> aborted_ = false;
  Status read_status_;  // the reader's, until it has ended
};

}  // namespace

Status RunPipeline(media::Source& source, ModelCache& model_cache, Outputs& outputs, const PipelineOptions& options,
                   const PipelineEvents& events, std::atomic<bool>* stop, StageTimes* times, PipelineReport* report) {
  if (options.lanes < 1) return InvalidArgument("{} lanes, must be at least 1", options.lanes);
  SINEW_ASSIGN_OR_RETURN(TrackingStage tracking_stage, TrackingStage::Create(options.follow));
  PipelineOptions complete = options;
  complete.analysis.keep_maps = outputs.needs_maps();
  return Run(source, model_cache, outputs, complete, stop, times, std::move(tracking_stage)).Execute(events, report);
}

}  // namespace sinew::pipeline
