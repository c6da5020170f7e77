// Whole pipelines against their stages one by one: the processor's resize, the executor alone, the processor's decoder.
#include "pose/device_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "backends/cuda/testing/test_device.h"
#include "pose/content.h"
#include "pose/preprocess.h"

namespace sinew::pose {
namespace {

constexpr int kWidth = 96, kHeight = 64, kMapChannels = 57;

// Finds people where there are none: a field of any strength will do.
const DecodeOptions kEager = {
    .peak_threshold = 0.3f, .paf_threshold = 0, .min_paf_samples = 2, .min_parts = 2, .min_score = 0};

struct Weights {
  std::vector<float> kernel, bias;
};

// One convolution that turns every 8x8 pixels into a cell of random maps; `unbounded`: some of them infinite.
std::shared_ptr<const cuda::Network> MakeNetwork(int channels = kMapChannels, bool unbounded = false) {
  auto weights = std::make_shared<Weights>();
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 8 * 8 * 3 * channels; ++i) weights->kernel.push_back(normal(random) * 1e-4f);
  for (int i = 0; i < channels; ++i) weights->bias.push_back(0.2f);
  if (unbounded) weights->bias[3] = INFINITY;
  auto network = std::make_shared<cuda::Network>();
  network->values.push_back({kHeight, kWidth, 3});
  cuda::Conv conv;
  conv.window = {.kernel_h = 8, .kernel_w = 8, .stride_h = 8, .stride_w = 8};
  conv.kernel = weights->kernel, conv.bias = weights->bias;
  network->outputs.push_back({"maps", network->Append("conv", conv, {0}, {kHeight / 8, kWidth / 8, channels})});
  network->owner = weights;
  const Status status = network->Check();
  EXPECT_TRUE(status.ok()) << status.message();
  return network;
}

struct Picture {
  int width, height;
  std::vector<uint8_t> bytes;
  ImageView view() const { return {bytes.data(), width, height, static_cast<size_t>(width) * 3}; }
};

std::vector<Picture> RandomPictures(int count) {
  std::mt19937 random(2);
  std::vector<Picture> pictures;
  for (int i = 0; i < count; ++i) {
    Picture& picture = pictures.emplace_back(
        Picture{20 + static_cast<int>(random() % 150), 20 + static_cast<int>(random() % 150), {}});
    picture.bytes.resize(static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height) * 3);
    for (uint8_t& byte : picture.bytes) byte = static_cast<uint8_t>(random());
  }
  return pictures;
}

std::vector<ImageView> Views(const std::vector<Picture>& pictures) {
  std::vector<ImageView> views;
  for (const Picture& picture : pictures) views.push_back(picture.view());
  return views;
}

class Pipeline : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(device_, nullptr);
    weights_ = std::make_shared<cuda::Weights>(device_);
    tuner_ = cuda::Tuner::Open(device_, "").value();
  }

  Result<std::unique_ptr<DevicePipeline>> Make(const DevicePipelineOptions& options) {
    return DevicePipeline::Create(device_, network_, weights_, tuner_.get(), options);
  }

  // The people of one picture, stage by stage. A GPU may compute other batches by other algorithms.
  std::vector<Person> Expect(const Picture& picture, Fit fit, const DecodeOptions& options, int batch) {
    const Resolution content = FitContent(fit, {kWidth, kHeight}, picture.view());
    std::vector<float> resized(static_cast<size_t>(content.width) * static_cast<size_t>(content.height) * 3);
    std::vector<float> input(static_cast<size_t>(batch) * kWidth * kHeight * 3);
    Preprocessor preprocessor;
    EXPECT_TRUE(preprocessor.Resize(picture.view(), content.width, content.height, ChannelOrder::kBgr, resized).ok());
    for (int y = 0; y < content.height; ++y) {
      std::copy_n(resized.begin() + y * content.width * 3, content.width * 3, input.begin() + y * kWidth * 3);
    }
    std::vector<float> maps(static_cast<size_t>(batch) * (kWidth / 8) * (kHeight / 8) * kMapChannels);
    const auto executor = cuda::Executor::Create(device_, network_, weights_, tuner_.get(),
                                                 {.precision = cuda::Precision::kFp32, .batch = batch})
                              .value();
    EXPECT_TRUE(executor->Run(input, maps).ok());
    Decoder decoder;
    const MapGeometry geometry{.picture_width = picture.width,
                               .picture_height = picture.height,
                               .network_width = kWidth,
                               .network_height = kHeight,
                               .content_width = content.width,
                               .content_height = content.height};
    const auto people =
        decoder.Decode({maps.data(), kHeight / 8, kWidth / 8, kMapChannels, kMapChannels}, geometry, options);
    EXPECT_TRUE(people.ok());
    return *people;
  }

  std::shared_ptr<cuda::Device> device_ = cuda::TestDevice();
  std::shared_ptr<const cuda::Network> network_ = MakeNetwork();
  std::shared_ptr<cuda::Weights> weights_;
  std::unique_ptr<cuda::Tuner> tuner_;
};

TEST_F(Pipeline, GivesThePeopleOfItsStages) {
  const std::vector<Picture> pictures = RandomPictures(5);
  size_t people_in_all = 0;
  for (const Fit fit : {Fit::kStretch, Fit::kPad}) {
    for (const auto compat : {DecodeOptions::Compat::kNone, DecodeOptions::Compat::kTfPose}) {
      for (const auto& [streams, batch] : {std::pair(3, 1), {2, 2}, {1, 8}}) {
        DecodeOptions decode = kEager;
        decode.compat = compat;
        const auto pipeline = Make({.executor = {.precision = cuda::Precision::kFp32, .batch = batch},
                                    .streams = streams,
                                    .decode = decode,
                                    .fit = fit});
        ASSERT_TRUE(pipeline.ok()) << pipeline.status().message();
        const auto people = (*pipeline)->EstimateAll(Views(pictures));
        ASSERT_TRUE(people.ok()) << people.status().message();
        ASSERT_EQ(people->size(), pictures.size());
        for (size_t i = 0; i < pictures.size(); ++i) {
          ASSERT_TRUE((*people)[i].ok()) << (*people)[i].status().message();
          const std::vector<Person> expected = Expect(pictures[i], fit, decode, batch);
          EXPECT_EQ(*(*people)[i], expected) << "picture " << i << ", " << streams << " streams of " << batch;
          people_in_all += expected.size();
        }
      }
    }
  }
  EXPECT_GT(people_in_all, 50u);
}

// Noise has peaks everywhere.
TEST_F(Pipeline, DecodesHereWhatTheKernelsLeave) {
  DecodeOptions decode = kEager;
  decode.peak_threshold = 0, decode.smoothing_taps = 0, decode.max_peaks = 200;
  const std::vector<Picture> pictures = RandomPictures(2);
  const auto pipeline =
      Make({.executor = {.precision = cuda::Precision::kFp32, .batch = 2}, .streams = 1, .decode = decode});
  ASSERT_TRUE(pipeline.ok());
  const auto people = (*pipeline)->EstimateAll(Views(pictures));
  ASSERT_TRUE(people.ok());
  for (size_t i = 0; i < pictures.size(); ++i) EXPECT_EQ(*(*people)[i], Expect(pictures[i], Fit::kStretch, decode, 2));
}

TEST_F(Pipeline, DecodesStandInMaps) {
  std::vector<float> maps(kWidth / 8 * (kHeight / 8) * kMapChannels, 0.0f);
  const auto pipeline = Make({.executor = {.precision = cuda::Precision::kFp32, .batch = 2}, .stand_in_maps = maps});
  ASSERT_TRUE(pipeline.ok());
  const auto people = (*pipeline)->EstimateAll(Views(RandomPictures(3)));
  ASSERT_TRUE(people.ok());
  for (const auto& found : *people) EXPECT_TRUE(found.ok() && found->empty());
  EXPECT_THAT(Make({.executor = {.precision = cuda::Precision::kFp32}, .stand_in_maps = {1.0f}}).status().message(),
              testing::HasSubstr("stand-in maps of 1 values"));
}

TEST_F(Pipeline, SaysWhatIsWrong) {
  const DevicePipelineOptions options{.executor = {.precision = cuda::Precision::kFp32, .batch = 2}, .streams = 1};
  const auto pipeline = Make(options);
  ASSERT_TRUE(pipeline.ok());
  const std::vector<Picture> pictures = RandomPictures(3);
  const std::vector<ImageView> views = Views(pictures);
  EXPECT_THAT((*pipeline)->Take().status().message(), testing::HasSubstr("no pictures are in flight"));
  EXPECT_THAT((*pipeline)->Submit(views).message(), testing::HasSubstr("3 pictures at once: must be 1 to 2"));
  ImageView bad = views[0];
  bad.row_stride_bytes = 5;
  EXPECT_THAT((*pipeline)->Submit({&bad, 1}).message(), testing::HasSubstr("row stride of 5"));
  bad = views[0];
  bad.pixel_aspect = 0;
  EXPECT_THAT((*pipeline)->Submit({&bad, 1}).message(), testing::HasSubstr("pixels 0 times as wide"));
  EXPECT_TRUE((*pipeline)->is_empty());
  ASSERT_TRUE((*pipeline)->Submit({views.data(), 1}).ok());
  EXPECT_TRUE((*pipeline)->is_full());
  EXPECT_THAT((*pipeline)->Submit({views.data(), 1}).message(), testing::HasSubstr("all 1 streams are busy"));
  EXPECT_TRUE((*pipeline)->Take().ok());
  ASSERT_TRUE((*pipeline)->Submit({views.data(), 2}).ok());  // destroyed with pictures in flight

  DevicePipelineOptions wrong = options;
  wrong.streams = 0;
  EXPECT_THAT(Make(wrong).status().message(), testing::HasSubstr("0 streams"));
  wrong = options;
  wrong.decode.smoothing_taps = 4;
  EXPECT_THAT(Make(wrong).status().message(), testing::HasSubstr("smoothing_taps is 4"));
  network_ = MakeNetwork(20);
  EXPECT_THAT(Make(options).status().message(), testing::HasSubstr("maps are 12x8x20"));
}

TEST_F(Pipeline, ReportsMapsThatAreNotFinite) {
  network_ = MakeNetwork(kMapChannels, /*unbounded=*/true);
  weights_ = std::make_shared<cuda::Weights>(device_);
  const auto pipeline = Make({.executor = {.precision = cuda::Precision::kFp32}});
  ASSERT_TRUE(pipeline.ok());
  const auto people = (*pipeline)->EstimateAll(Views(RandomPictures(1)));
  ASSERT_TRUE(people.ok());
  EXPECT_EQ((*people)[0].status().message(),
            "output 0: channel 3 is not finite (inf) at row 0, column 0: check the network and its input");
}

}  // namespace
}  // namespace sinew::pose
