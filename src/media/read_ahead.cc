// Threads over a queue.
#include "media/read_ahead.h"

#include <utility>

#include "base/error.h"
#include "base/guard.h"
#include "base/remote.h"

namespace sinew::media {
namespace {

// At 50 ms a request, 160 pictures a second: more than the fastest network on one machine takes.
constexpr int kThreads = 8;

}  // namespace

ReadAhead::~ReadAhead() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
}

std::future<Result<std::string>> ReadAhead::Start(std::string url) {
  Job job{std::move(url), {}};
  std::future<Result<std::string>> result = job.result.get_future();
  if (threads_started_ == 0) threads_started_ = threads_.StartUpTo(kThreads, [this] { Work(); });
  if (threads_started_ == 0) {
    job.result.set_value(TooLarge("no thread to read ahead"));
    return result;
  }
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return result;
}

void ReadAhead::Work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
    if (ended_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const auto stop = [this] {
      if (IsStopped(stop_)) return true;
      const std::scoped_lock ending(mutex_);
      return ended_;
    };
    job.result.set_value(CatchAll([&]() -> Result<std::string> {
      SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(job.url));
      return remote->Read(job.url, kMaxBytes, stop);
    }));
  }
}

}  // namespace sinew::media
