// The newest frame, and no other, for a consumer that is slow.
#include "media/live/newest_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "media/media_test_util.h"

namespace sinew::media {
namespace {

// What the test lets a source do: frames come when they are sent, and Next waits for the next one.
struct Camera {
  void Send(int count) {
    const std::lock_guard lock(mutex);
    sent += count;
    changed.notify_all();
  }
  void Fail(Status status) {
    const std::lock_guard lock(mutex);
    end = std::move(status);
    changed.notify_all();
  }
  // Until the source has handed out that many frames and waits for more.
  void AwaitWaiting(int64_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting && taken == count; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  int64_t sent = 0, taken = 0;
  bool waiting = false;
  std::optional<Status> end;
};

class CameraSource : public Source {
 public:
  CameraSource(Camera* camera, StopCheck stop, std::optional<int64_t> expected)
      : camera_(camera), stop_(std::move(stop)), expected_(expected) {}
  Result<bool> Next(Frame* frame) override {
    std::unique_lock lock(camera_->mutex);
    camera_->waiting = true;
    camera_->changed.notify_all();
    while (camera_->taken == camera_->sent && !camera_->end && !stop_()) camera_->changed.wait_for(lock, kStopInterval);
    camera_->waiting = false;
    if (stop_()) return false;
    if (camera_->taken == camera_->sent) return camera_->end->ok() ? Result<bool>(false) : Result<bool>(*camera_->end);
    frame->number = camera_->taken++;
    frame->image = Numbered(static_cast<int>(frame->number));
    return true;
  }
  std::optional<int64_t> expected_frames() override { return expected_; }

 private:
  Camera* const camera_;
  const StopCheck stop_;
  const std::optional<int64_t> expected_;
};

std::unique_ptr<Source> Newest(Camera* camera, StopCheck stop = {}, std::optional<int64_t> expected = std::nullopt) {
  return OpenNewest(
             [=](StopCheck inner) {
               return std::unique_ptr<Source>(new CameraSource(camera, std::move(inner), expected));
             },
             std::move(stop))
      .value();
}

TEST(NewestSourceTest, OlderFramesAreDroppedAndCounted) {
  Camera camera;
  const auto source = Newest(&camera);
  EXPECT_EQ(source->expected_frames(), std::nullopt);
  camera.Send(5);
  camera.AwaitWaiting(5);
  Frame frame;
  ASSERT_TRUE(source->Next(&frame).value());
  EXPECT_EQ(frame.number, 4);
  EXPECT_EQ(FrameNumber(frame.image), 4);
  EXPECT_EQ(source->dropped_frames(), 4);
  camera.Send(1);
  ASSERT_TRUE(source->Next(&frame).value()) << "waits for a frame that it has not returned before";
  EXPECT_EQ(frame.number, 5);
  EXPECT_EQ(source->dropped_frames(), 4);
}

TEST(NewestSourceTest, TheEndComesBehindTheLastFrame) {
  Camera camera;
  const auto source = Newest(&camera);
  camera.Send(2);
  camera.AwaitWaiting(2);
  camera.Fail(Unavailable("unplugged"));
  Frame frame;
  ASSERT_TRUE(source->Next(&frame).value());
  EXPECT_EQ(frame.number, 1);
  EXPECT_EQ(source->Next(&frame).status().message(), "unplugged");
  EXPECT_EQ(source->Next(&frame).status().message(), "unplugged") << "the end stays the end";
}

TEST(NewestSourceTest, StopsAWaitingConsumer) {
  Camera camera;
  std::atomic<bool> stop = false;
  const auto source = Newest(&camera, [&] { return stop.load(); });
  std::thread stopper([&] {
    camera.AwaitWaiting(0);
    stop = true;
  });
  Frame frame;
  EXPECT_FALSE(source->Next(&frame).value());
  stopper.join();
}

TEST(NewestSourceTest, DestructionEndsTheThread) {
  Camera camera;
  auto source = Newest(&camera);
  camera.Send(3);
  camera.AwaitWaiting(3);
  source.reset();
  SUCCEED() << "the thread has been joined";
}

TEST(NewestSourceTest, ASourceWithALengthLosesNothing) {
  Camera camera;
  const auto source = Newest(&camera, {}, 3);
  camera.Send(3);
  Frame frame;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(source->Next(&frame).value());
    EXPECT_EQ(frame.number, i);
  }
  EXPECT_EQ(source->dropped_frames(), 0);
}

TEST(NewestSourceTest, AnErrorOfOpeningIsReturned) {
  const auto source =
      OpenNewest([](StopCheck) -> Result<std::unique_ptr<Source>> { return NotFound("no camera"); }, {});
  EXPECT_EQ(source.status().message(), "no camera");
}

}  // namespace
}  // namespace sinew::media
