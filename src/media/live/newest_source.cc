// A slot for one frame between a reading thread and its consumer.
#include "media/live/newest_source.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/guard.h"

namespace sinew::media {
namespace {

class NewestSource : public Source {
 public:
  // `quit` is part of what ends `source`.
  NewestSource(std::unique_ptr<Source> source, std::shared_ptr<std::atomic<bool>> quit, StopCheck stop)
      : source_(std::move(source)), quit_(std::move(quit)), stop_(std::move(stop)), thread_([this] { Read(); }) {}
  ~NewestSource() override {
    *quit_ = true;
    thread_.join();
  }

  Result<bool> Next(Frame* frame) override {
    std::unique_lock lock(mutex_);
    while (!full_ && !ended_ && !stopped()) changed_.wait_for(lock, kStopInterval);
    if (stopped()) return false;
    if (!full_) return end_;
    std::swap(*frame, slot_);
    full_ = false;
    return true;
  }

  std::optional<int64_t> expected_frames() override { return std::nullopt; }
  int64_t dropped_frames() const override { return dropped_; }

 private:
  bool stopped() const { return IsStopped(stop_); }

  void Read() {
    Frame frame;
    for (;;) {
      Result<bool> more = CatchAll([&] { return source_->Next(&frame); });
      const std::lock_guard lock(mutex_);
      if (!more.ok() || !*more) {
        end_ = std::move(more);
        ended_ = true;
      } else {
        std::swap(slot_, frame);  // what was in the slot lends its memory to the next frame
        if (std::exchange(full_, true)) ++dropped_;
      }
      changed_.notify_one();
      if (ended_) return;
    }
  }

  const std::unique_ptr<Source> source_;  // the thread's
  const std::shared_ptr<std::atomic<bool>> quit_;
  const StopCheck stop_;
  std::atomic<int64_t> dropped_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Frame slot_;
  bool full_ = false, ended_ = false;
  Result<bool> end_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

Result<std::unique_ptr<Source>> OpenNewest(const OpenSource& open, StopCheck stop) {
  auto quit = std::make_shared<std::atomic<bool>>(false);
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<Source> source, open([quit, stop] { return *quit || IsStopped(stop); }));
  if (source->expected_frames()) return source;
  return CatchAll([&]() -> Result<std::unique_ptr<Source>> {
    return std::unique_ptr<Source>(std::make_unique<NewestSource>(std::move(source), std::move(quit), std::move(stop)));
  });
}

}  // namespace sinew::media
