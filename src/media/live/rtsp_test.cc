// Network cameras: a real RTSP server on this machine (rtsp_server.py), whose frames tell when they were made.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "media/backend.h"
#include "media/source.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, that of the server's stripes

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A socket that listens on a free port of this machine.
struct Listener {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port = 0;
  Listener() {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd, 8), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { ::close(fd); }
};

int FreePort() { return Listener().port; }

class Server {
 public:
  Server(int port, const char* protocol) : port_(port), protocol_(protocol) { Start(); }
  ~Server() { Stop(); }

  // Waits until it serves; what it says instead is in missing().
  void Start() {
    int out[2];
    ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
    const std::string port = std::to_string(port_);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      const int null = ::open("/dev/null", O_WRONLY);
      ::dup2(null, STDERR_FILENO);
      ::execl("/usr/bin/python3", "python3", SINEW_SOURCE_DIR "/src/media/live/rtsp_server.py", port.c_str(),
              protocol_.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    missing_ = line == "ready" ? "" : line.empty() ? "missing: python3" : line;
  }
  void Stop() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }
  void Freeze() const { ::kill(pid_, SIGSTOP); }

  const std::string& missing() const { return missing_; }
  std::string url() const { return fmt::format("rtsp://127.0.0.1:{}/clock", port_); }

 private:
  const int port_;
  const std::string protocol_;
  pid_t pid_ = -1;
  std::string missing_;
};

#define SKIP_WITHOUT(server) \
  if (!(server).missing().empty()) GTEST_SKIP() << "the RTSP server cannot run here (" << (server).missing() << ")"

// The age of the picture in seconds, by its stripes (rtsp_server.py).
double Age(const Image& image) {
  constexpr int kBits = 24;
  int64_t made = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    const size_t x = static_cast<size_t>(image.width * (2 * bit + 1) / (2 * kBits));
    const size_t pixel = static_cast<size_t>(image.height / 2) * static_cast<size_t>(image.width) + x;
    made = 2 * made + (image.pixels[3 * pixel + 1] > 127 ? 1 : 0);
  }
  const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
  const int64_t span = int64_t{1} << kBits;
  return static_cast<double>(((now - made) % span + span) % span) / 1000;
}

class RtspTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto backend = LoadBackend(); !backend.ok()) GTEST_SKIP() << backend.status().message();
  }
  std::unique_ptr<Source> Open(const std::string& url, const LiveOptions& live) {
    SourceOptions options;
    options.live = live;
    options.stop = [this] { return stop_.load(); };
    std::vector<SkippedFile> skipped;
    return OpenInputs(ExpandInputs(std::vector<std::string>{url}, {}, &skipped), options).value();
  }
  std::atomic<bool> stop_ = false;
};

TEST_F(RtspTest, FramesArriveOverTcpAndUdp) {
  for (const char* protocol : {"tcp", "udp"}) {
    const Server server(FreePort(), protocol);
    SKIP_WITHOUT(server);
    const auto source = Open(server.url(), {});
    Frame frame;
    double last = -1;
    int whole = 0;
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE(source->Next(&frame).value()) << protocol;
      ASSERT_EQ(frame.error, "") << protocol;
      EXPECT_EQ(frame.number, i) << protocol;
      EXPECT_EQ(frame.kind, InputKind::kStream);
      ASSERT_EQ(frame.image.width, 384);
      ASSERT_EQ(frame.image.height, 96);
      EXPECT_GT(frame.seconds.value(), last);
      last = frame.seconds.value();
      whole += Age(frame.image) < 10 ? 1 : 0;
    }
    EXPECT_GE(whole, 29) << protocol << ": the stripes can be read";
  }
}

// The consumer takes six times as long as there is between frames.
struct Lag {
  double most = 0;
  int64_t dropped = 0;
};
Lag ConsumeSlowly(Source& source, int frames) {
  Lag lag;
  Frame frame;
  for (int i = 0; i < frames; ++i) {
    if (!source.Next(&frame).value() || !frame.error.empty()) {
      ADD_FAILURE() << frame.error;
      break;
    }
    if (i >= 3) lag.most = std::max(lag.most, Age(frame.image));  // the first ones wait while the stream is looked at
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  lag.dropped = source.dropped_frames();
  return lag;
}

TEST_F(RtspTest, RealTimeDoesNotLagBehind) {
  const Server server(FreePort(), "tcp");
  SKIP_WITHOUT(server);
  {
    const Lag lag = ConsumeSlowly(*Open(server.url(), {.real_time = true}), 15);
    EXPECT_LT(lag.most, 1.5);
    EXPECT_GT(lag.dropped, 20);
  }
  const Lag lag = ConsumeSlowly(*Open(server.url(), {}), 15);
  EXPECT_GT(lag.most, 2.5) << "without --real-time no frame is dropped, and the stream falls behind";
  EXPECT_EQ(lag.dropped, 0);
}

TEST_F(RtspTest, AServerThatComesBackIsFoundAgain) {
  Server server(FreePort(), "tcp");
  SKIP_WITHOUT(server);
  const auto source = Open(server.url(), {.reconnect_attempts = 20, .first_wait_seconds = 0.1, .max_wait_seconds = 1});
  Frame frame;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(source->Next(&frame).value());
  ASSERT_EQ(frame.error, "");
  server.Stop();
  std::thread restart([&server] {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    server.Start();
  });
  const Clock::time_point down = Clock::now();
  bool back = false;
  while (!back && SecondsSince(down) < 30) {
    ASSERT_TRUE(source->Next(&frame).value());
    ASSERT_EQ(frame.error, "") << "a break is no error while it can be mended";
    back = SecondsSince(down) > 1.2 && Age(frame.image) < 1.1;
  }
  restart.join();
  EXPECT_TRUE(back);
}

TEST_F(RtspTest, AServerThatStaysAwayIsToldOf) {
  Server server(FreePort(), "tcp");
  SKIP_WITHOUT(server);
  const auto source = Open(server.url(), {.reconnect_attempts = 2, .first_wait_seconds = 0.1, .max_wait_seconds = 0.1});
  Frame frame;
  ASSERT_TRUE(source->Next(&frame).value());
  server.Stop();
  const Clock::time_point down = Clock::now();
  while (frame.error.empty() && SecondsSince(down) < 30) ASSERT_TRUE(source->Next(&frame).value());
  EXPECT_THAT(frame.error, HasSubstr("the stream broke off and did not come back, 2 attempts were made"));
}

TEST_F(RtspTest, AFrozenServerTimesOut) {
  Server server(FreePort(), "tcp");
  SKIP_WITHOUT(server);
  const auto source = Open(server.url(), {.reconnect_attempts = 0, .timeout_seconds = 1});
  Frame frame;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(source->Next(&frame).value());
  server.Freeze();
  const Clock::time_point frozen = Clock::now();
  while (frame.error.empty() && SecondsSince(frozen) < 30) ASSERT_TRUE(source->Next(&frame).value());
  EXPECT_THAT(frame.error, HasSubstr("no data for 1 seconds"));
  EXPECT_LT(SecondsSince(frozen), 10);
}

TEST_F(RtspTest, AStopIsAnsweredAtOnce) {
  Server server(FreePort(), "tcp");
  SKIP_WITHOUT(server);
  for (const bool real_time : {false, true}) {
    stop_ = false;
    auto source = Open(server.url(), {.real_time = real_time, .timeout_seconds = 60});
    Frame frame;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(source->Next(&frame).value());
    Clock::time_point asked;
    std::thread stopper([&] {
      server.Freeze();
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      asked = Clock::now();
      stop_ = true;
    });
    while (source->Next(&frame).value()) {
    }
    source.reset();
    stopper.join();
    EXPECT_LT(SecondsSince(asked), 2);
    server.Stop();
    server.Start();
  }
}

// No server of the test's own is needed: one that takes connections and never says a word.
TEST_F(RtspTest, ASilentServer) {
  const Listener listener;
  const std::string address = fmt::format("127.0.0.1:{}/clock", listener.port);
  for (const char* scheme : {"rtsp://", "http://"}) {
    stop_ = false;
    const Clock::time_point start = Clock::now();
    Frame frame;
    ASSERT_TRUE(Open(scheme + address, {.timeout_seconds = 1})->Next(&frame).value());
    EXPECT_THAT(frame.error, HasSubstr("no data for 1 seconds")) << scheme;
    EXPECT_LT(SecondsSince(start), 10);
    Clock::time_point asked;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      asked = Clock::now();
      stop_ = true;
    });
    EXPECT_FALSE(Open(scheme + address, {.timeout_seconds = 60})->Next(&frame).value());
    stopper.join();
    EXPECT_LT(SecondsSince(asked), 2) << scheme;
  }
}

}  // namespace
}  // namespace sinew::media
