// The resize kernel against the processor's own resize, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "backends/cuda/pose/pose_work.h"
#include "backends/cuda/testing/test_device.h"
#include "pose/device_decode.h"
#include "pose/preprocess.h"

namespace sinew::cuda {
namespace {

struct Picture {
  int width, height;
  size_t stride;
  std::vector<uint8_t> bytes;

  PictureBytes view() const { return {bytes.data(), width, height, stride}; }
};

Picture RandomPicture(int width, int height, size_t spare, uint8_t mask, std::mt19937& random) {
  Picture picture{width, height, static_cast<size_t>(width) * 3 + spare, {}};
  picture.bytes.resize(picture.stride * static_cast<size_t>(height));
  for (uint8_t& byte : picture.bytes) byte = (random() & mask) != 0 ? static_cast<uint8_t>(random()) : 255;
  return picture;
}

std::vector<float> Expected(const Picture& picture, int width, int height, ChannelOrder order) {
  std::vector<float> values(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  pose::Preprocessor preprocessor;
  EXPECT_TRUE(
      preprocessor
          .Resize({picture.bytes.data(), picture.width, picture.height, picture.stride}, width, height, order, values)
          .ok());
  return values;
}

std::unique_ptr<PoseWork> MakeWork(const InputValues& values, int batch) {
  const auto plan = pose::MakeDecodePlan({2, 2}, TfPoseDescription(), {.network_width = 16, .network_height = 16}, {});
  EXPECT_TRUE(plan.ok());
  auto work = TestDevice()->NewPoseWork({*plan, values, batch});
  EXPECT_TRUE(work.ok()) << work.status().message();
  return std::move(*work);
}

TEST(ResizeKernel, EqualsTheProcessorsOnRandomSizes) {
  std::mt19937 random(1);
  for (int i = 0; i < 150; ++i) {
    const auto side = [&](int most) { return 1 + static_cast<int>(random() % most); };
    const Picture picture =
        RandomPicture(side(i % 5 == 0 ? 3 : 90), side(i % 7 == 0 ? 3 : 90), random() % 5, i % 3 == 0 ? 1 : 255, random);
    const int width = side(80), height = side(60);
    const bool is_rgb = i % 2 != 0;
    const DeviceValues<float> actual(std::vector<float>(static_cast<size_t>(width) * height * 3, -1.0f));
    const View input{actual.data(), DataType::kFloat32, 1, height, width, 3, 3};
    const ResizeJob job{picture.view(), width, height};
    const auto work = MakeWork({.is_rgb = is_rgb}, 1);
    ASSERT_TRUE(work->EnqueueResize({&job, 1}, input, actual.stream()).ok());
    ASSERT_EQ(actual.Download(), Expected(picture, width, height, is_rgb ? ChannelOrder::kRgb : ChannelOrder::kBgr))
        << picture.width << "x" << picture.height << " to " << width << "x" << height;
  }
}

TEST(ResizeKernel, KeepsPicturesThatFit) {
  std::mt19937 random(2);
  const Picture picture = RandomPicture(37, 21, 2, 255, random);
  const DeviceValues<float> actual(std::vector<float>(37 * 21 * 3));
  const ResizeJob job{picture.view(), 37, 21};
  const auto work = MakeWork({}, 1);
  ASSERT_TRUE(
      work->EnqueueResize({&job, 1}, {actual.data(), DataType::kFloat32, 1, 21, 37, 3, 3}, actual.stream()).ok());
  EXPECT_EQ(actual.Download(), Expected(picture, 37, 21, ChannelOrder::kBgr));
}

// Two pictures of different shapes, each at the top left of its part, in fp16 with padded channels, scaled and shifted.
TEST(ResizeKernel, PadsAndConverts) {
  constexpr int kWidth = 24, kHeight = 16, kStride = 8;
  std::mt19937 random(3);
  const Picture pictures[] = {RandomPicture(40, 31, 0, 255, random), RandomPicture(9, 14, 1, 255, random)};
  const ResizeJob jobs[] = {{pictures[0].view(), 20, 16}, {pictures[1].view(), 10, 16}};
  InputValues values;
  for (int c = 0; c < 3; ++c) {
    const float channel = static_cast<float>(c);
    values.scale[c] = 0.25f * (channel + 1), values.mean[c] = 2 * channel - 1.5f, values.padding[c] = 100 + channel;
  }
  const DeviceValues<uint16_t> memory(std::vector<uint16_t>(size_t{2} * kWidth * kHeight * kStride, 0xffff));
  const auto work = MakeWork(values, 2);
  ASSERT_TRUE(
      work->EnqueueResize(jobs, {memory.data(), DataType::kFloat16, 2, kHeight, kWidth, 3, kStride}, memory.stream())
          .ok());
  const std::vector<uint16_t> actual = memory.Download();
  for (int n = 0; n < 2; ++n) {
    const int content_width = jobs[n].content_width;
    const std::vector<float> expected = Expected(pictures[n], content_width, kHeight, ChannelOrder::kBgr);
    for (int i = 0; i < kWidth * kHeight; ++i) {
      const int x = i % kWidth, y = i / kWidth;
      const uint16_t* const pixel = actual.data() + static_cast<size_t>(n * kWidth * kHeight + i) * kStride;
      for (int c = 0; c < kStride; ++c) {
        float byte = 0;
        if (c < 3)
          byte = x < content_width ? expected[static_cast<size_t>(y * content_width + x) * 3 + c] : values.padding[c];
        ASSERT_EQ(pixel[c], c < 3 ? HalfFromFloat((byte - values.mean[c]) * values.scale[c]) : 0)
            << n << " " << x << " " << y << " " << c;
      }
    }
  }
}

TEST(ResizeKernel, RefusesWhatMakesNoSense) {
  std::mt19937 random(4);
  const Picture picture = RandomPicture(8, 8, 0, 255, random);
  const DeviceValues<float> values(std::vector<float>(16 * 16 * 3));
  const View input{values.data(), DataType::kFloat32, 1, 16, 16, 3, 3};
  const auto work = MakeWork({}, 1);
  const auto message = [&](ResizeJob job, View view) {
    return work->EnqueueResize({&job, 1}, view, values.stream()).message();
  };
  EXPECT_EQ(message({picture.view(), 16, 16}, input), "");
  (void)values.Download();  // waits
  EXPECT_THAT(message({{nullptr, 8, 8, 24}, 16, 16}, input), testing::HasSubstr("data is null"));
  EXPECT_THAT(message({{picture.bytes.data(), 0, 8, 24}, 16, 16}, input), testing::HasSubstr("0x8 pixels"));
  EXPECT_THAT(message({{picture.bytes.data(), 8, 8, 23}, 16, 16}, input), testing::HasSubstr("row stride of 23"));
  EXPECT_THAT(message({picture.view(), 17, 16}, input), testing::HasSubstr("cannot take 17x16"));
  EXPECT_THAT(message({picture.view(), 16, 16}, {values.data(), DataType::kFloat32, 1, 16, 16, 4, 4}),
              testing::HasSubstr("4 channels"));
  const ResizeJob jobs[2] = {{picture.view(), 16, 16}, {picture.view(), 16, 16}};
  EXPECT_THAT(work->EnqueueResize(jobs, input, values.stream()).message(), testing::HasSubstr("must be 1 to 1"));
}

TEST(Values, HalvesAreThoseOfTheHardware) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = FloatFromHalf(half);
    if (value != value) continue;
    ASSERT_EQ(HalfFromFloat(value), half);
    // Halfway to the next one the even one of the two wins, and a bit further the next.
    if ((half & 0x7fff) >= 0x7bff) continue;
    const float next = FloatFromHalf(static_cast<uint16_t>(half + 1)), middle = value + (next - value) / 2;
    ASSERT_EQ(HalfFromFloat(middle), half % 2 == 0 ? half : half + 1) << value;
    ASSERT_EQ(HalfFromFloat(std::nextafter(middle, next)), half + 1) << value;
  }
  EXPECT_EQ(HalfFromFloat(65519.0f), 0x7bff);
  EXPECT_EQ(HalfFromFloat(65520.0f), 0x7c00);
  EXPECT_EQ(BFloatFromFloat(1.0f + 0x1p-8f), 0x3f80);
  EXPECT_EQ(BFloatFromFloat(1.0f + 3 * 0x1p-8f), 0x3f82);
  EXPECT_FALSE(IsFinite(FloatFromHalf(0x7c00)));
  EXPECT_FALSE(IsFinite(FloatFromHalf(0x7e00)));
  EXPECT_TRUE(IsFinite(FloatFromHalf(0xfbff)));
}

}  // namespace
}  // namespace sinew::cuda
