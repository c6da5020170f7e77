// Reconnection: what is tried how often, after which waits, and what is said in the end.
#include "media/live/reconnecting_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "media/video/fake_reader_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A server that does at each connection what a script says: frames to send, or an error.
class Server {
 public:
  struct Connection {
    std::vector<Step> steps;
    Status refused;
  };
  explicit Server(std::vector<Connection> connections) : connections_(std::move(connections)) {}

  OpenReader opener() {
    return [this]() -> Result<std::unique_ptr<VideoReader>> {
      times_.push_back(std::chrono::steady_clock::now());
      if (times_.size() > connections_.size()) return Unavailable("s: nobody there");
      const Connection& connection = connections_[times_.size() - 1];
      if (!connection.refused.ok()) return connection.refused;
      return std::unique_ptr<VideoReader>(new FakeReader(connection.steps));
    };
  }
  std::unique_ptr<VideoReader> Connect(const LiveOptions& live, StopCheck stop = {}) {
    return MakeReconnecting(opener()().value(), "s", opener(), live, std::move(stop));
  }
  // Between one connection and the next.
  double WaitSeconds(size_t i) const { return std::chrono::duration<double>(times_[i + 1] - times_[i]).count(); }
  size_t connections() const { return times_.size(); }

 private:
  std::vector<Connection> connections_;
  std::vector<std::chrono::steady_clock::time_point> times_;
};

// Short waits.
constexpr LiveOptions kLive = {.reconnect_attempts = 3, .first_wait_seconds = 0.02, .max_wait_seconds = 0.05};

std::vector<int> Read(VideoReader& reader, Status* end) {
  std::vector<int> numbers;
  Image image;
  for (;;) {
    const Result<bool> more = reader.Next(&image);
    if (!more.ok() || !*more) {
      *end = more.status();
      return numbers;
    }
    numbers.push_back(FrameNumber(image));
  }
}

TEST(ReconnectingReaderTest, FramesGoOnBehindABreak) {
  Server server({{Steps(0, 2), {}}, {Steps(2, 1), {}}, {{}, Unavailable("refused")}, {Steps(3, 2), {}}});
  const auto reader = server.Connect(kLive);
  Status end;
  EXPECT_THAT(Read(*reader, &end), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(end.code(), StatusCode::kUnavailable);
  EXPECT_EQ(end.message(), "s: nobody there (the stream broke off and did not come back, 3 attempts were made)");
  EXPECT_EQ(server.connections(), 7u) << "attempts count from the last frame on";
}

TEST(ReconnectingReaderTest, WaitsDoubleUpToTheMost) {
  Server server({{Steps(0, 1), {}}});
  const auto reader = server.Connect({.reconnect_attempts = 4, .first_wait_seconds = 0.04, .max_wait_seconds = 0.1});
  Status end;
  Read(*reader, &end);
  ASSERT_EQ(server.connections(), 5u);
  EXPECT_GE(server.WaitSeconds(0), 0.04);
  EXPECT_GE(server.WaitSeconds(1), 0.08);
  EXPECT_GE(server.WaitSeconds(2), 0.1);
  EXPECT_GE(server.WaitSeconds(3), 0.1);
  EXPECT_LT(server.WaitSeconds(3), 0.3) << "0.32 without the limit";
}

TEST(ReconnectingReaderTest, ConnectionsWithoutFramesCountAsFailures) {
  Server server(std::vector<Server::Connection>(100));
  const auto reader = server.Connect(kLive);
  Status end;
  EXPECT_THAT(Read(*reader, &end), ElementsAre());
  EXPECT_THAT(end.message(), HasSubstr("s: the stream ended (the stream broke off"));
  EXPECT_EQ(server.connections(), 4u);
}

TEST(ReconnectingReaderTest, ADamagedFrameIsNoBreak) {
  Server server({{{{0, {}, {}}, {1, {}, Corrupt("damaged")}, {2, {}, {}}}, {}}});
  const auto reader = server.Connect(kLive);
  Image image;
  EXPECT_TRUE(reader->Next(&image).value());
  EXPECT_EQ(reader->Skip().status().message(), "damaged");
  EXPECT_TRUE(reader->Next(&image).value());
  EXPECT_EQ(server.connections(), 1u);
}

TEST(ReconnectingReaderTest, WithoutAttemptsItEndsAsTheStreamDoes) {
  const LiveOptions never = {.reconnect_attempts = 0};
  Server ends({{Steps(0, 2), {}}});
  Status end;
  EXPECT_THAT(Read(*ends.Connect(never), &end), ElementsAre(0, 1));
  EXPECT_TRUE(end.ok());
  Server fails({{{{0, {}, {}}, {1, {}, Unavailable("timeout")}}, {}}});
  EXPECT_THAT(Read(*fails.Connect(never), &end), ElementsAre(0));
  EXPECT_EQ(end.message(), "timeout");
}

TEST(ReconnectingReaderTest, StopsInTheMidstOfAWait) {
  Server server({{Steps(0, 1), {}}});
  std::atomic<bool> stop = false;
  const auto reader = server.Connect({.first_wait_seconds = 60, .max_wait_seconds = 60}, [&] { return stop.load(); });
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  Status end;
  const auto start = std::chrono::steady_clock::now();
  Read(*reader, &end);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(end.code(), StatusCode::kCancelled);
  stopper.join();
}

}  // namespace
}  // namespace sinew::media
