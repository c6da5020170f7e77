// First all tasks, then what becomes of them.
#include "submit.h"

#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/part_file.h"
#include "media/input_sequence.h"
#include "task.h"

namespace sinew::worker {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t Number(const std::string& id) {
  uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number, 16);
  return number;
}

class Follower {
 public:
  Follower(const SubmitOptions& options, std::unordered_map<uint64_t, bool>* tasks, std::atomic<bool>* stop)
      : options_(options), tasks_(*tasks), stop_(*stop) {
    progress_.submitted = static_cast<int64_t>(tasks->size());
  }

  Status Run(Queue* queue) {
    if (!options_.jsonl.empty()) {
      SINEW_ASSIGN_OR_RETURN(file_, PartFile::Open(options_.jsonl));
      file_->StartAnew();
    }
    Status failure;
    const auto taken = [&](StoredResult result, bool is_dead) {
      failure = Take(std::move(result), is_dead);
      return failure.ok() && GoOn();
    };
    SINEW_RETURN_IF_ERROR(queue->Follow(taken, [this] { return GoOn(); }));
    SINEW_RETURN_IF_ERROR(failure);
    if (!file_) return Status();
    return IsDone() ? file_->Commit() : file_->Keep();
  }
  const Progress& progress() const { return progress_; }

 private:
  bool IsDone() const { return progress_.done + progress_.dead >= progress_.submitted; }

  bool GoOn() {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    if (seconds - progress_.seconds >= 1) {
      // Over the last seconds: workers come and go.
      const double lately = static_cast<double>(progress_.done - done_before_) / (seconds - progress_.seconds);
      progress_.rate = progress_.rate > 0 ? 0.7 * progress_.rate + 0.3 * lately : lately;
      done_before_ = progress_.done;
      progress_.seconds = seconds;
      if (options_.progress) options_.progress(progress_);
    }
    return !IsDone() && !stop_;
  }

  Status Take(StoredResult result, bool is_dead) {
    const auto task = tasks_.find(Number(result.id));
    if (task == tasks_.end() || task->second) return Status();  // somebody else's, or known
    if (is_dead) {
      task->second = true;
      ++progress_.dead;
      if (options_.dead) options_.dead(result.id, result.lines);
      return Status();
    }
    const uint64_t key = task->first;
    if (file_) {
      // Parts of a video come in order, but those of a worker that was killed come again.
      parts_[key][result.part] = result.lines;
    }
    if (!result.is_last) return Status();
    task->second = true;
    ++progress_.done;
    progress_.records += result.records;
    progress_.failed += result.failed;
    if (!file_) return Status();
    for (const auto& [part, lines] : parts_[key]) SINEW_RETURN_IF_ERROR(file_->Append(lines));
    parts_.erase(key);
    return Status();
  }

  const SubmitOptions& options_;
  std::unordered_map<uint64_t, bool>& tasks_;  // by id: whether it is done
  std::atomic<bool>& stop_;
  const Clock::time_point start_ = Clock::now();
  Progress progress_;
  int64_t done_before_ = 0;
  std::optional<PartFile> file_;
  std::unordered_map<uint64_t, std::map<int64_t, std::string>> parts_;
};

}  // namespace

Result<Progress> Submit(const std::vector<std::string>& arguments, const SubmitOptions& options, Queue* queue,
                        std::atomic<bool>* stop) {
  const media::StopCheck stop_check = [stop] { return stop->load(); };
  std::vector<media::SkippedFile> skipped;
  const std::vector<media::Input> inputs =
      media::ExpandInputs(arguments, {options.recursive, stop_check, /*keep_prefixes=*/true}, &skipped);
  for (const media::SkippedFile& file : skipped) {
    if (options.skipped) options.skipped(file);
  }
  media::InputSequence sequence(&inputs, {}, stop_check, options.skipped);
  std::unordered_map<uint64_t, bool> tasks;
  while (const media::SequenceItem* const item = sequence.Current(/*read_ahead=*/false)) {
    if (*stop) break;
    const media::Input& input = item->input;
    const bool is_file = input.kind == media::InputKind::kPicture || input.kind == media::InputKind::kVideo;
    const Status status =
        !input.status.ok() ? input.status
        : !is_file ? InvalidArgument("{}: is neither a picture nor a video that a worker could read", input.name)
                   : Status();
    if (!status.ok()) {
      if (options.failed_input) options.failed_input(input.name, status);
    } else {
      const Task task = MakeTask(input.location, options.pinned.options, options.pinned.artifact);
      if (tasks.emplace(Number(task.id), false).second) SINEW_RETURN_IF_ERROR(queue->Submit(task.id, ToJson(task)));
    }
    sequence.Advance();
  }
  SINEW_RETURN_IF_ERROR(queue->Flush());
  Follower follower(options, &tasks, stop);
  if (options.follow && !tasks.empty()) SINEW_RETURN_IF_ERROR(follower.Run(queue));
  return follower.progress();
}

}  // namespace sinew::worker
