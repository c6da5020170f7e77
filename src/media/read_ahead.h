// Files of stores that are fetched before their turn: a request takes tens of milliseconds, several at a time hardly
// more than one.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>

#include "base/thread_group.h"
#include "media/stop.h"
#include "sinew/status.h"

namespace sinew::media {

// Starts its threads with the first file. One thread at a time.
class ReadAhead {
 public:
  explicit ReadAhead(StopCheck stop) : stop_(std::move(stop)) {}
  ~ReadAhead();
  // What LoadRemote()->Read says, some time. kTooLarge for a file of more than kMaxBytes: it is better read in its
  // turn.
  std::future<Result<std::string>> Start(std::string url);

  // With as many files as are asked for ahead, this bounds the memory.
  static constexpr uint64_t kMaxBytes = uint64_t{32} << 20;

 private:
  struct Job {
    std::string url;
    std::promise<Result<std::string>> result;
  };
  void Work();

  const StopCheck stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool ended_ = false;
  int threads_started_ = 0;
  ThreadGroup threads_;
};

}  // namespace sinew::media
