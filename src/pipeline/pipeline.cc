// The threads and what each of them does.
#include "pipeline/pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/guard.h"
#include "base/thread_group.h"
#include "pipeline/ordered_queue.h"
#include "results/names.h"

namespace sinew::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Each lane has one frame in work and one waiting; two more are being read and written. Those that wait for the ids of
// their people come on top.
int FramesInFlight(const PipelineOptions& options) {
  const int waiting = static_cast<int>(TrackingStage::MostWaiting(options.follow));
  return waiting + (options.low_latency ? options.lanes + 1 : 2 * options.lanes + 2);
}

class ThreadedPipeline : public Pipeline {
 public:
  ThreadedPipeline(const PipelineOptions& options, media::Source& source, AnalyserFactory make_analyser,
                   FrameSink& sink, TrackingStage tracking_stage)
      : options_(options),
        source_(source),
        make_analyser_(std::move(make_analyser)),
        sink_(sink),
        stop_(options.stop != nullptr ? *options.stop : own_stop_),
        tracking_stage_(std::move(tracking_stage)),
        slots_(FramesInFlight(options)),
        read_(FramesInFlight(options)),
        analysed_(FramesInFlight(options)),
        followed_(FramesInFlight(options)),
        finished_(FramesInFlight(options)) {}

  Status Run(const FrameDone& frame_done) override {
    const Clock::time_point start = Clock::now();
    ThreadGroup threads;
    Status status = StartThreads(&threads);
    if (status.ok()) {
      status = Write(frame_done, start);
    } else {
      Close(0);
    }
    threads.Join();
    if (status.ok()) status = read_status_;
    report_.stopped = stop_;
    const RunEnd end = !status.ok() || aborted_ ? RunEnd::kFailed : stop_ ? RunEnd::kStopped : RunEnd::kComplete;
    const Status finished = CatchAll([&] { return sink_.Finish(end); });
    report_.seconds = SecondsSince(start);
    report_.dropped = source_.dropped_frames();
    return status.ok() ? finished : status;
  }

  void Stop() override { stop_ = true; }
  const PipelineReport& report() const override { return report_; }
  const StageTimes& times() const override { return times_; }

 private:
  // The reader last: without it, nothing is in flight yet.
  Status StartThreads(ThreadGroup* threads) {
    const int finishers = sink_.has_files() ? options_.lanes : 1;
    const bool can_finish = threads->Start([this] { FinishFrames(); }) && threads->Start([this] { FollowFrames(); });
    report_.lanes = can_finish ? threads->StartUpTo(1, [this] { AnalyseFrames(); }) : 0;
    const bool can_read = report_.lanes > 0 && threads->Start([this] { Read(); });
    if (!can_read) {
      return Unavailable(
          "the system does not allow the 4 threads that a run needs at least: raise the limits of "
          "processes (ulimit -u) or memory (ulimit -v)");
    }
    report_.lanes += threads->StartUpTo(options_.lanes - 1, [this] { AnalyseFrames(); });
    if (report_.lanes == options_.lanes) threads->StartUpTo(finishers - 1, [this] { FinishFrames(); });
    return Status();
  }

  void Close(int64_t end) {
    read_.Close(end);
    analysed_.Close(end);
    followed_.Close(end);
    finished_.Close(end);
  }

  // Waits until it is the frame's turn, or the run is stopped.
  void AwaitTurn(int64_t number, Clock::time_point start) const {
    if (!(options_.max_rate > 0)) return;
    const auto due = start + std::chrono::duration<double>(static_cast<double>(number) / options_.max_rate);
    constexpr std::chrono::duration<double> kSlice(0.05);
    while (!stop_ && Clock::now() < due)
      std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(due - Clock::now(), kSlice));
  }

  void Read() {
    const Clock::time_point start = Clock::now();
    results::ResultNames names;
    int64_t number = 0;
    for (; !stop_; ++number) {
      {
        const StageTimer timer(&times_, Stage::kReaderWaits);
        slots_.Acquire();
        AwaitTurn(number, start);
      }
      std::unique_ptr<Task> task;
      const Result<bool> more = CatchAll([&]() -> Result<bool> {
        task = std::make_unique<Task>();
        task->number = number;
        return ReadFrame(&names, task.get());
      });
      if (!more.ok() || !*more) {
        read_status_ = more.status();
        break;
      }
      read_.Put(number, std::move(task));
    }
    read_.Close(number);
    analysed_.Close(number);
  }

  Result<bool> ReadFrame(results::ResultNames* names, Task* task) {
    const StageTimer timer(&times_, Stage::kRead);
    task->known = sink_.HasKnownRecord();
    const bool skips_picture = task->known && !sink_.needs_known_pictures();
    SINEW_ASSIGN_OR_RETURN(const bool more,
                           skips_picture ? source_.NextWithoutPicture(&task->frame) : source_.Next(&task->frame));
    if (!more) return false;
    task->record.source = task->frame.source;
    task->record.frame = task->frame.number;
    task->record.seconds = task->frame.seconds;
    task->record.damaged = task->frame.damaged;
    if (task->known) SINEW_RETURN_IF_ERROR(sink_.NextKnownRecord(task));
    if (sink_.has_files()) task->name = names->Next(task->record);
    if (!task->known) task->known = sink_.IsDone(*task);
    return true;
  }

  void AnalyseFrames() {
    std::unique_ptr<FrameAnalyser> analyser;
    std::unique_ptr<Task> task;
    while (TakeTimed(read_, Stage::kAnalysersWait, &task)) {
      if (!aborted_) {
        const Status status = CatchAll([&] {
          if (analyser == nullptr) analyser = make_analyser_(&times_);
          AnalyseOne(analyser.get(), task.get());
          return Status();
        });
        if (!status.ok()) SetError(status, task.get());
      }
      const int64_t number = task->number;
      analysed_.Put(number, std::move(task));
    }
  }

  void AnalyseOne(FrameAnalyser* analyser, Task* task) {
    if (!task->known) return analyser->Analyse(task);
    if (!sink_.needs_known_maps() || !task->record.error.empty()) return;
    // Only the maps are new.
    const results::Record known = task->record;
    analyser->Analyse(task);
    task->record = known;
  }

  // Frames may wait here for what later ones tell. Those that wait when the run is stopped are dropped: a run that
  // resumes does them again, and knows then.
  void FollowFrames() {
    TrackingStage::Tasks decided;
    decided.reserve(tracking_stage_.most_waiting() + 1);
    int64_t next = 0;
    const auto pass_on = [&] {
      for (std::unique_ptr<Task>& task : decided) {
        followed_.Put(next++, std::move(task));
      }
      decided.clear();
    };
    for (std::unique_ptr<Task> task; analysed_.Take(&task);) {
      const StageTimer timer(&times_, Stage::kFollow);
      tracking_stage_.Push(std::move(task), &decided);
      pass_on();
    }
    if (!stop_) {
      tracking_stage_.Finish(&decided);
      pass_on();
    }
    followed_.Close(next);
    finished_.Close(next);
  }

  void FinishFrames() {
    std::unique_ptr<Task> task;
    while (TakeTimed(followed_, Stage::kFinishersWait, &task)) {
      if (!aborted_ && task->status.ok()) {
        const Status thrown = CatchAll([&] {
          task->status = sink_.WriteFiles(task.get(), &times_);
          return Status();
        });
        if (!thrown.ok()) SetError(thrown, task.get());
      }
      const int64_t number = task->number;
      finished_.Put(number, std::move(task));
    }
  }

  Status Write(const FrameDone& frame_done, Clock::time_point start) {
    Status status;
    std::unique_ptr<Task> task;
    for (; TakeTimed(finished_, Stage::kWriterWaits, &task); slots_.Release()) {
      if (aborted_) continue;  // only to let the others end
      bool go_on = true;
      status = CatchAll([&] {
        SINEW_RETURN_IF_ERROR(task->status);
        SINEW_ASSIGN_OR_RETURN(go_on, sink_.Commit(task.get(), &times_));
        Count(*task, start);
        if (frame_done) frame_done(*task, report_);
        return Status();
      });
      if (!go_on) stop_ = true;
      if (!status.ok() || (options_.fail_fast && !task->record.error.empty())) Abort();
    }
    return status;
  }

  void Count(const Task& task, Clock::time_point start) {
    ++report_.frames;
    report_.known += task.known ? 1 : 0;
    report_.failed += task.record.error.empty() ? 0 : 1;
    report_.damaged += task.record.damaged ? 1 : 0;
    report_.people += static_cast<int64_t>(task.record.people.size());
    report_.seconds = SecondsSince(start);
  }

  // What is in flight is dropped.
  void Abort() {
    aborted_ = true;
    stop_ = true;
  }

  bool TakeTimed(OrderedQueue<std::unique_ptr<Task>>& queue, Stage waiting, std::unique_ptr<Task>* task) {
    const StageTimer timer(&times_, waiting);
    return queue.Take(task);
  }

  const PipelineOptions options_;
  media::Source& source_;
  const AnalyserFactory make_analyser_;
  FrameSink& sink_;
  std::atomic<bool> own_stop_ = false;
  std::atomic<bool>& stop_;
  StageTimes times_;
  TrackingStage tracking_stage_;
  Slots slots_;
  OrderedQueue<std::unique_ptr<Task>> read_, analysed_, followed_, finished_;
  std::atomic<bool> aborted_ = false;
  Status read_status_;  // the reader's, until it has ended
  PipelineReport report_;
};

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::Create(const PipelineOptions& options, media::Source& source,
                                                   AnalyserFactory make_analyser, FrameSink& sink) {
  constexpr int kMaxLanes = 1024;
  if (options.lanes < 1 || options.lanes > kMaxLanes)
    return InvalidArgument("{} lanes, must be 1 to {}", options.lanes, kMaxLanes);
  if (!std::isfinite(options.max_rate) || options.max_rate < 0)
    return InvalidArgument("max_rate is {}, must be frames a second, or 0 for as many as can be done",
                           options.max_rate);
  SINEW_ASSIGN_OR_RETURN(TrackingStage tracking_stage, TrackingStage::Create(options.follow));
  return std::unique_ptr<Pipeline>(
      new ThreadedPipeline(options, source, std::move(make_analyser), sink, std::move(tracking_stage)));
}

}  // namespace sinew::pipeline
