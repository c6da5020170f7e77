// Lanes, and a thread that says that they are still at it.
#include "worker.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/thread_group.h"
#include "media/source.h"
#include "pipeline/stage_times.h"
#include "pipeline/task.h"
#include "results/jsonl.h"
#include "task.h"

namespace sinew::worker {
namespace {

// Below the megabyte that a server takes unless told otherwise.
constexpr size_t kMaxPartBytes = size_t{512} << 10;
// Long enough for somebody who can do it to come by.
constexpr double kGiveBackSeconds = 2;

// The deliveries that are being worked on.
class InWork {
 public:
  explicit InWork(double ack_seconds) : interval_(ack_seconds / 3), thread_([this] { Run(); }) {}
  ~InWork() {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void Add(Delivery* delivery) {
    const std::scoped_lock lock(mutex_);
    deliveries_.insert(delivery);
  }
  // Before it is acknowledged.
  void Remove(Delivery* delivery) {
    const std::scoped_lock lock(mutex_);
    deliveries_.erase(delivery);
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::duration<double>(interval_), [this] { return ended_; })) {
      for (Delivery* delivery : deliveries_) delivery->Extend();
    }
  }

  const double interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Delivery*> deliveries_;
  bool ended_ = false;
  std::thread thread_;
};

class Lane {
 public:
  Lane(const WorkerOptions& options, Queue* queue, pipeline::RecentModels* models, std::atomic<bool>* stop,
       WorkerCounts* counts, InWork* in_work)
      : options_(options),
        queue_(*queue),
        stop_(*stop),
        counts_(*counts),
        in_work_(*in_work),
        analyser_(pipeline::MakePoseWorkers(options.analysis, models)(&times_)) {}

  Status Run() {
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<TaskFeed> feed, queue_.OpenFeed());
    while (!stop_) {
      const std::unique_ptr<Delivery> delivery = feed->Next(/*seconds=*/1);
      if (delivery == nullptr) continue;
      ++counts_.working;
      in_work_.Add(delivery.get());
      const Status status = CatchAll([&] { return Handle(delivery.get()); });
      in_work_.Remove(delivery.get());
      --counts_.working;
      // It comes back by itself: to this worker, or to another.
      if (!status.ok()) Log(fmt::format("a task is left to be delivered again: {}", status.message()));
    }
    return Status();
  }

 private:
  Status Handle(Delivery* delivery) {
    const std::string text(delivery->text());
    const Result<Task> task = ParseTask(text);
    if (!task.ok()) return GiveUp(delivery, "unreadable", text, task.status().message());
    if (delivery->deliveries() > options_.max_deliveries) {
      return GiveUp(delivery, task->id, text,
                    fmt::format("it was delivered {} times, and nobody has finished it", delivery->deliveries() - 1));
    }
    if (const std::string reason = Refusal(*task); !reason.empty()) {
      if (delivery->deliveries() == options_.max_deliveries) return GiveUp(delivery, task->id, text, reason);
      in_work_.Remove(delivery);
      delivery->GiveBack(kGiveBackSeconds);
      ++counts_.given_back;
      return Status();
    }
    SINEW_RETURN_IF_ERROR(Do(*task));
    in_work_.Remove(delivery);
    SINEW_RETURN_IF_ERROR(delivery->Done());
    ++counts_.done;
    return Status();
  }

  std::string Refusal(const Task& task) const {
    if (!task.artifact.empty() && task.artifact != options_.pinned.artifact)
      return fmt::format("it is for the network {}, this worker has {}", task.artifact, options_.pinned.artifact);
    if (!task.options.empty() && task.options != options_.pinned.options)
      return fmt::format("it is for the options {}, this worker has {}", task.options, options_.pinned.options);
    return "";
  }

  Status GiveUp(Delivery* delivery, const std::string& id, const std::string& text, const std::string& reason) {
    SINEW_RETURN_IF_ERROR(queue_.StoreDead(id, text, reason));
    in_work_.Remove(delivery);
    ++counts_.dead;
    Log(fmt::format("task {} is given up: {}", id, reason));
    return delivery->Done();
  }

  // The same task comes to the same bytes under the same names.
  Status Do(const Task& task) {
    std::vector<media::SkippedFile> skipped;
    const std::vector<std::string> arguments = {task.input};
    const std::vector<media::Input> inputs = media::ExpandInputs(arguments, {}, &skipped);
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::Source> source, media::OpenInputs(inputs));
    std::string all;
    StoredResult part{task.id, 0, false, 0, 0, {}};
    int64_t records = 0, failed = 0, people = 0;
    const bool keeps_file = !options_.results.empty();
    for (;;) {
      pipeline::Task frame;
      SINEW_ASSIGN_OR_RETURN(const bool more, source->Next(&frame.frame));
      if (!more) break;
      frame.record.source = frame.frame.source;
      frame.record.frame = frame.frame.number;
      frame.record.seconds = frame.frame.seconds;
      frame.record.damaged = frame.frame.damaged;
      analyser_->Analyse(&frame);
      const std::string line = results::ToJsonLine(frame.record);
      ++records;
      failed += frame.record.error.empty() ? 0 : 1;
      people += static_cast<int64_t>(frame.record.people.size());
      if (keeps_file) all += line;
      if (!part.lines.empty() && part.lines.size() + line.size() > kMaxPartBytes) {
        SINEW_RETURN_IF_ERROR(queue_.StoreResult(part));
        part.lines.clear();
        ++part.part;
      }
      part.lines += line;
    }
    if (keeps_file) SINEW_RETURN_IF_ERROR(WriteFile(options_.results / (task.id + ".jsonl"), all));
    part.is_last = true;
    part.records = records;
    part.failed = failed;
    SINEW_RETURN_IF_ERROR(queue_.StoreResult(part));
    counts_.records += records;
    counts_.failed += failed;
    counts_.people += people;
    return Status();
  }

  void Log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  const WorkerOptions& options_;
  Queue& queue_;
  std::atomic<bool>& stop_;
  WorkerCounts& counts_;
  InWork& in_work_;
  pipeline::StageTimes times_;
  std::unique_ptr<pipeline::FrameAnalyser> analyser_;
};

}  // namespace

Status Work(const WorkerOptions& options, Queue* queue, pipeline::RecentModels* models, std::atomic<bool>* stop,
            WorkerCounts* counts) {
  InWork in_work(options.ack_seconds);
  std::mutex mutex;
  Status first;
  const auto run = [&] {
    const Status status = CatchAll([&] { return Lane(options, queue, models, stop, counts, &in_work).Run(); });
    if (status.ok()) return;
    const std::scoped_lock lock(mutex);
    if (first.ok()) first = status;
    *stop = true;
  };
  ThreadGroup threads;
  const int started = threads.StartUpTo(options.lanes - 1, run);
  if (started < options.lanes - 1 && options.log)
    options.log(fmt::format("the system did not allow more threads: {} tasks at a time", started + 1));
  run();
  threads.Join();
  return first;
}

}  // namespace sinew::worker
