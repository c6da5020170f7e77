// Cameras, with a driver of the test's own in the kernel's place.
#include "media/video/v4l2_camera.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <iterator>

#include "media/images/codec.h"
#include "media/media_test_util.h"
#include "media/video/ffmpeg_test_util.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

// A camera that sends what the test gives it.
class FakeCamera : public CameraSystem {
 public:
  std::vector<uint32_t> formats = {V4L2_PIX_FMT_YUYV};
  uint32_t width = 64, height = 48, colorspace = V4L2_COLORSPACE_SMPTE170M;
  uint32_t padding = 0;  // bytes behind each row
  uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  bool busy = false;
  mutable std::deque<std::string> frames;  // what the next buffers hold; without any, the camera is silent
  mutable bool unplugged = false;
  mutable uint32_t flags = 0;
  mutable int open = 0, mapped = 0;
  mutable bool streaming = false;

  int Open(const char*) const override { return ++open, 7; }
  int Close(int) const override { return --open, 0; }
  int Poll(pollfd*, int) const override { return !frames.empty() || unplugged ? 1 : 0; }
  void* Map(size_t, int, int64_t offset) const override {
    return ++mapped, buffers_[static_cast<size_t>(offset)].data();
  }
  int Unmap(void*, size_t) const override { return --mapped, 0; }
  int Ioctl(int, unsigned long request, void* argument) const override {
    switch (request) {
      case VIDIOC_QUERYCAP:
        static_cast<v4l2_capability*>(argument)->capabilities = capabilities;
        return 0;
      case VIDIOC_ENUM_FMT: {
        auto& description = *static_cast<v4l2_fmtdesc*>(argument);
        if (description.index >= formats.size()) return Fail(EINVAL);
        description.pixelformat = formats[description.index];
        return 0;
      }
      case VIDIOC_G_FMT:
      case VIDIOC_S_FMT: {
        if (busy && request == VIDIOC_S_FMT) return Fail(EBUSY);
        v4l2_pix_format& pixels = static_cast<v4l2_format*>(argument)->fmt.pix;
        pixels.width = width;
        pixels.height = height;
        pixels.colorspace = colorspace;
        pixels.bytesperline = pixels.pixelformat == V4L2_PIX_FMT_YUYV ? 2 * width + padding : 0;
        return 0;
      }
      case VIDIOC_G_PARM:
        static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe = {1, 15};
        return 0;
      case VIDIOC_REQBUFS:
        return static_cast<v4l2_requestbuffers*>(argument)->count = kBuffers, 0;
      case VIDIOC_QUERYBUF: {
        auto& buffer = *static_cast<v4l2_buffer*>(argument);
        buffers_[buffer.index].resize(kBufferBytes);
        buffer.length = kBufferBytes;
        buffer.m.offset = buffer.index;
        return 0;
      }
      case VIDIOC_QBUF:
        return queued_.push_back(static_cast<v4l2_buffer*>(argument)->index), 0;
      case VIDIOC_DQBUF:
        return Fill(static_cast<v4l2_buffer*>(argument));
      case VIDIOC_STREAMON:
        return streaming = true, 0;
      case VIDIOC_STREAMOFF:
        return streaming = false, 0;
      default:
        return Fail(ENOTTY);
    }
  }

 private:
  static constexpr size_t kBuffers = 3, kBufferBytes = 1 << 17;
  static int Fail(int error) { return errno = error, -1; }
  int Fill(v4l2_buffer* buffer) const {
    if (unplugged) return Fail(ENODEV);
    if (frames.empty() || queued_.empty()) return Fail(EAGAIN);
    const uint32_t index = queued_.front();
    queued_.pop_front();
    std::copy(frames.front().begin(), frames.front().end(), buffers_[index].begin());
    buffer->index = index;
    buffer->bytesused = static_cast<uint32_t>(frames.front().size());
    buffer->flags = flags;
    frames.pop_front();
    return 0;
  }
  mutable std::vector<char> buffers_[kBuffers];
  mutable std::deque<uint32_t> queued_;
};

// Pairs of pixels of one colour.
std::string Yuyv(int width, int height, std::array<int, 3> ycbcr, int padding = 0) {
  std::string bytes;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; x += 2) {
      for (const int value : {ycbcr[0], ycbcr[1], ycbcr[0], ycbcr[2]}) bytes += static_cast<char>(value);
    }
    bytes.append(static_cast<size_t>(padding), '\x7f');
  }
  return bytes;
}

std::array<int, 3> MiddleRgb(const Image& image) {
  const size_t middle = 3 * static_cast<size_t>(image.height / 2 * image.width + image.width / 2);
  return {image.pixels[middle + 2], image.pixels[middle + 1], image.pixels[middle]};
}

TEST(V4l2CameraTest, FramesInEveryBufferManyTimes) {
  FakeCamera system;
  {
    auto camera = OpenV4l2Camera("/dev/video0", "camera:0", {}, system);
    ASSERT_TRUE(camera.ok()) << camera.status().message();
    EXPECT_EQ((*camera)->format().width, 64);
    EXPECT_EQ((*camera)->format().frames_per_second, 15);
    Image image;
    for (int i = 0; i < 20; ++i) {
      system.frames.push_back(Yuyv(64, 48, {30 + 10 * i, 128, 128}));
      if (i % 3 == 2) {
        ASSERT_TRUE((*camera)->Skip().value());
        continue;
      }
      const Result<bool> more = (*camera)->Next(&image);
      ASSERT_TRUE(more.ok()) << more.status().message();
      EXPECT_EQ(image.height, 48);
      EXPECT_NEAR(MiddleRgb(image)[1], std::lround((14 + 10 * i) * 255.0 / 219), 2);
    }
    EXPECT_TRUE(system.streaming);
  }
  EXPECT_FALSE(system.streaming);
  EXPECT_EQ(system.mapped, 0);
  EXPECT_EQ(system.open, 0);
}

TEST(V4l2CameraTest, ColorsFollowWhatTheDriverSays) {
  struct Case {
    uint32_t colorspace;
    double kr, kb;
  };
  for (const Case& test : {Case{V4L2_COLORSPACE_SMPTE170M, 0.299, 0.114},
                           {V4L2_COLORSPACE_REC709, 0.2126, 0.0722},
                           {V4L2_COLORSPACE_SRGB, 0.299, 0.114}}) {
    FakeCamera system;
    system.colorspace = test.colorspace;
    system.padding = 32;
    system.frames.push_back(Yuyv(64, 48, ToYcbcr(200, 50, 50, test.kr, test.kb, /*full=*/false), 32));
    Image image;
    ASSERT_TRUE(OpenV4l2Camera("/dev/video0", "camera:0", {}, system).value()->Next(&image).value());
    EXPECT_NEAR(MiddleRgb(image)[0], 200, 2);
    EXPECT_NEAR(MiddleRgb(image)[1], 50, 2);
    EXPECT_NEAR(MiddleRgb(image)[2], 50, 2);
  }
}

TEST(V4l2CameraTest, JpegPictures) {
  FakeCamera system;
  system.formats = {V4L2_PIX_FMT_SGBRG8, V4L2_PIX_FMT_MJPEG};
  const auto camera = OpenV4l2Camera("/dev/video0", "camera:0", {}, system).value();
  for (int i = 0; i < 6; ++i) {
    system.frames.push_back(i == 2 ? "no picture" : NumberedJpeg(i));
    Image image;
    const Result<bool> more = camera->Next(&image);
    if (i == 2) {
      EXPECT_EQ(more.status().code(), StatusCode::kCorrupt);
    } else {
      ASSERT_TRUE(more.ok()) << more.status().message();
      EXPECT_EQ(FrameNumber(image), i);
    }
  }
}

TEST(V4l2CameraTest, WhatIsWrongIsTold) {
  FakeCamera system;
  const auto error = [&system](const VideoOptions& options = {}) {
    return OpenV4l2Camera("/dev/video0", "camera:0", options, system).status().message();
  };
  system.formats = {V4L2_PIX_FMT_SGBRG8};
  EXPECT_THAT(error(), HasSubstr("camera:0: the camera offers no pixel format"));
  system.formats = {V4L2_PIX_FMT_YUYV};
  EXPECT_THAT(error({.limits = {100}}), HasSubstr("the limit is 100"));
  system.busy = true;
  EXPECT_THAT(error(), HasSubstr("in use by another program"));
  system.busy = false;
  system.capabilities = V4L2_CAP_META_CAPTURE;
  EXPECT_THAT(error(), HasSubstr("sends no video"));
  system.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  EXPECT_EQ(system.open, 0);

  bool stop = false;
  auto camera =
      OpenV4l2Camera("/dev/video0", "camera:0", {.timeout_seconds = 0.1, .stop = [&] { return stop; }}, system);
  Image image;
  EXPECT_THAT((*camera)->Next(&image).status().message(), HasSubstr("no frame for 0.1 seconds"));
  system.frames.push_back(Yuyv(64, 48, {100, 128, 128}).substr(0, 1000));
  EXPECT_THAT((*camera)->Next(&image).status().message(), HasSubstr("sent 1000 bytes of a frame of 6144"));
  system.flags = V4L2_BUF_FLAG_ERROR;
  system.frames.push_back(Yuyv(64, 48, {100, 128, 128}));
  EXPECT_EQ((*camera)->Next(&image).status().code(), StatusCode::kCorrupt);
  system.unplugged = true;
  EXPECT_THAT((*camera)->Next(&image).status().message(), HasSubstr("is it still connected?"));
  stop = true;
  EXPECT_EQ((*camera)->Next(&image).status().code(), StatusCode::kCancelled);
}

TEST(V4l2CameraTest, TheKernelsOwn) {
  EXPECT_THAT(OpenV4l2Camera("/dev/video987", "camera:987", {}).status().message(),
              HasSubstr("camera:987: the camera cannot be opened (No such file or directory)"));
  EXPECT_THAT(OpenV4l2Camera("/dev/null", "camera:1", {}).status().message(), HasSubstr("the device is not a camera"));
}

}  // namespace
}  // namespace sinew::media
