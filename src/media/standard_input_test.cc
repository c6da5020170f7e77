// Pictures and MJPEG through a pipe.
#include "media/standard_input.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "media/media_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A pipe whose writing end a thread fills.
class Piped {
 public:
  explicit Piped(std::string content, bool closes = true) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    in_ = ends[0];
    out_ = ends[1];
    writer_ = std::thread([this, content = std::move(content), closes] {
      for (size_t done = 0; done < content.size();) {
        const ssize_t put = ::write(out_, content.data() + done, content.size() - done);
        if (put < 0) break;
        done += static_cast<size_t>(put);
      }
      if (closes) ::close(std::exchange(out_, -1));
    });
  }
  ~Piped() {
    writer_.join();
    ::close(in_);
    if (out_ >= 0) ::close(out_);
  }
  int fd() const { return in_; }

 private:
  int in_ = -1, out_ = -1;
  std::thread writer_;
};

struct Outcome {
  std::vector<std::string> frames;  // "number of the frame: number of the picture", or "number: ! error"
  std::string error;
  InputKind kind = InputKind::kStandardInput;
  std::optional<int64_t> expected;
};

Outcome ReadAll(std::string content, const SourceOptions& options = {}, bool has_times = false) {
  const Piped pipe(std::move(content));
  auto source = OpenStandardInput(pipe.fd(), "stdin", options);
  Outcome outcome;
  if (!source.ok()) {
    outcome.error = source.status().message();
    char rest[4096];
    while (::read(pipe.fd(), rest, sizeof(rest)) > 0) continue;  // lets the writer end
    return outcome;
  }
  outcome.expected = (*source)->expected_frames();
  Frame frame;
  for (;;) {
    const Result<bool> more = (*source)->Next(&frame);
    if (!more.ok()) outcome.error = more.status().message();
    if (!more.ok() || !*more) return outcome;
    outcome.frames.push_back(std::to_string(frame.number) + ": " +
                             (frame.error.empty() ? std::to_string(FrameNumber(frame.image)) : "! " + frame.error));
    outcome.kind = frame.kind;
    EXPECT_EQ(frame.seconds.has_value(), has_times);
  }
}

TEST(StandardInputTest, OnePicture) {
  const Outcome jpeg = ReadAll(NumberedJpeg(3));
  EXPECT_THAT(jpeg.frames, ElementsAre("0: 3"));
  EXPECT_EQ(jpeg.kind, InputKind::kPicture);
  EXPECT_EQ(jpeg.expected, 1);
  const Outcome png = ReadAll(EncodePng(Numbered(4, 1000, 800)).value());
  EXPECT_THAT(png.frames, ElementsAre("0: 4"));
  EXPECT_EQ(png.kind, InputKind::kPicture);
  EXPECT_THAT(ReadAll(NumberedJpeg(3) + "\r\n").frames, ElementsAre("0: 3")) << "something behind it";
  EXPECT_THAT(ReadAll(NumberedJpeg(3), {.frames = {.first = 5}}).frames, ElementsAre("0: 3"))
      << "pictures are always taken";
}

TEST(StandardInputTest, AStreamOfPictures) {
  std::string stream;
  for (int i = 0; i < 10; ++i) stream += NumberedJpeg(i);
  const Outcome all = ReadAll(stream);
  EXPECT_THAT(all.frames, ElementsAre("0: 0", "1: 1", "2: 2", "3: 3", "4: 4", "5: 5", "6: 6", "7: 7", "8: 8", "9: 9"));
  EXPECT_EQ(all.kind, InputKind::kVideo);
  EXPECT_EQ(all.expected, std::nullopt);
  EXPECT_THAT(ReadAll(stream, {.frames = {.first = 1, .step = 3, .last = 7}}).frames,
              ElementsAre("1: 1", "4: 4", "7: 7"));
}

class StandardInputVideoTest : public BackendTest {};

TEST_F(StandardInputVideoTest, AVideo) {
  for (const char* name : {"v.mkv", "v.ts", "v.y4m", "v.avi"}) {
    WriteNumberedVideo(name, 4);
    const Outcome outcome = ReadAll(ReadBytes(name), {}, /*has_times=*/true);
    EXPECT_EQ(outcome.error, "") << name;
    EXPECT_THAT(outcome.frames, ElementsAre("0: 0", "1: 1", "2: 2", "3: 3")) << name;
    EXPECT_EQ(outcome.kind, InputKind::kVideo) << name;
  }
}

TEST(StandardInputTest, AMultipartStream) {
  std::string stream;
  for (int i = 0; i < 3; ++i) {
    const std::string jpeg = NumberedJpeg(i);
    stream += "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: " + std::to_string(jpeg.size()) + "\r\n\r\n" +
              jpeg + "\r\n";
  }
  EXPECT_THAT(ReadAll(stream).frames, ElementsAre("0: 0", "1: 1", "2: 2"));
  EXPECT_THAT(ReadAll("\r\n" + stream).frames, ElementsAre("0: 0", "1: 1", "2: 2"));
  EXPECT_EQ(ReadAll("--frame\r\nnothing").error, "stdin: holds no JPEG picture");
}

TEST(StandardInputTest, APictureWithAPreviewBehindItIsOnePicture) {
  std::string photo = NumberedJpeg(5);
  photo.insert(2, std::string("\xff\xe2\0\x08MPF\0\0\0", 10));
  const Outcome outcome = ReadAll(photo + NumberedJpeg(6, 16, 16));
  EXPECT_THAT(outcome.frames, ElementsAre("0: 5"));
  EXPECT_EQ(outcome.kind, InputKind::kPicture);
}

TEST(StandardInputTest, DamagedFramesAreToldOneByOne) {
  const std::string good = NumberedJpeg(1);
  std::string bad = NumberedJpeg(2);
  bad.resize(bad.size() - 10);  // within the scan: a segment cut short would swallow what follows
  const Outcome outcome = ReadAll(good + bad + NumberedJpeg(3) + bad);
  EXPECT_THAT(outcome.frames, ElementsAre("0: 1", HasSubstr("1: ! stdin: damaged JPEG"), "2: 3",
                                          HasSubstr("3: ! stdin: damaged JPEG")));
}

TEST(StandardInputTest, LargeFramesAreRefusedOneByOne) {
  const Outcome outcome = ReadAll(NumberedJpeg(1) + NumberedJpeg(2, 128, 96) + NumberedJpeg(3), {.limits = {64 * 48}});
  EXPECT_THAT(outcome.frames,
              ElementsAre("0: 1", HasSubstr("1: ! stdin: a picture of 128x96 pixels, the limit is 3072"), "2: 3"));
}

TEST(StandardInputTest, WhatIsNoPicture) {
  EXPECT_EQ(ReadAll("").error, "stdin: is empty");
  EXPECT_THAT(ReadAll("hello, world").error, HasSubstr("stdin: is neither a picture nor a video"));
  EXPECT_THAT(ReadAll(std::string(200000, 'x')).error, HasSubstr("stdin: is neither a picture nor a video"));
  EXPECT_THAT(ReadAll(NumberedJpeg(1).substr(0, 200)).error, HasSubstr("stdin: damaged JPEG"));
  EXPECT_THAT(ReadAll("\xff\xd8").error, HasSubstr("stdin: "));
}

TEST(StandardInputTest, StopsWhileNothingComes) {
  std::atomic<bool> stop = false;
  const Piped pipe(NumberedJpeg(0) + NumberedJpeg(1), /*closes=*/false);
  const auto source = OpenStandardInput(pipe.fd(), "stdin", {.stop = [&] { return stop.load(); }}).value();
  Frame frame;
  EXPECT_TRUE(source->Next(&frame).value());
  EXPECT_TRUE(source->Next(&frame).value());
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  EXPECT_FALSE(source->Next(&frame).value());
  stopper.join();
  EXPECT_EQ(OpenStandardInput(pipe.fd(), "stdin", {.stop = [] { return true; }}).status().code(),
            StatusCode::kCancelled);
}

TEST(StandardInputTest, ATerminalIsNoInput) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no pseudo terminal here";
  EXPECT_THAT(OpenStandardInput(terminal, "stdin", {}).status().message(),
              HasSubstr("stdin: standard input is a terminal"));
  ::close(terminal);
}

}  // namespace
}  // namespace sinew::media
