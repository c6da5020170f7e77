// The decoding kernels against the processor's own decoder: the same peaks, pairs and people, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/cuda/pose/pose_work.h"
#include "backends/cuda/testing/test_device.h"
#include "pose/decode.h"
#include "pose/device_decode.h"
#include "pose/synthetic_maps_test_util.h"

namespace sinew::pose {
namespace {

using Compat = DecodeOptions::Compat;

// The kernels fuse what processors fuse that can.
bool ProcessorFuses() {
#if HWY_ARCH_X86
  return (hwy::SupportedTargets() & (HWY_AVX2 | HWY_AVX3)) != 0;
#else
  return true;
#endif
}

struct Maps {
  int height, width, stride;
  std::vector<float> values;
  ConstView view() const { return {values.data(), height, width, kMapChannels, static_cast<size_t>(stride)}; }
  MapSize size() const { return {width, height}; }
};

Maps RandomMaps(int width, int height, int stride, int levels, std::mt19937& random) {
  Maps maps{height, width, stride, std::vector<float>(static_cast<size_t>(width) * height * stride)};
  for (float& value : maps.values)
    value = static_cast<float>(static_cast<int>(random() % levels) - levels / 5) / static_cast<float>(levels);
  return maps;
}

std::unique_ptr<cuda::PoseWork> MakeWork(MapSize size, const MapGeometry& geometry, const DecodeOptions& options,
                                         int batch = 1) {
  const auto plan = MakeDecodePlan(size, TfPoseDescription(), geometry, options);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  auto work = cuda::TestDevice()->NewPoseWork({*plan, {}, batch});
  EXPECT_TRUE(work.ok()) << work.status().message();
  return std::move(*work);
}

// Decodes `pictures` of maps that lie one after another, and waits.
template <class T>
void DecodeOnDevice(cuda::PoseWork* work, const std::vector<T>& values, MapSize size, int64_t stride,
                    int pictures = 1) {
  const cuda::DeviceValues<T> maps(values);
  const cuda::DataType type = sizeof(T) == 2 ? cuda::DataType::kFloat16 : cuda::DataType::kFloat32;
  const cuda::View view{maps.data(), type, pictures, size.height, size.width, kMapChannels, stride};
  const Status status = work->EnqueueDecode({&view, 1}, pictures, maps.stream());
  EXPECT_TRUE(status.ok()) << status.message();
  const Status done = cuda::TestDevice()->Synchronize(maps.stream());
  EXPECT_TRUE(done.ok()) << done.message();
}

auto Tie(const Peak& peak) { return std::tie(peak.x, peak.y, peak.score, peak.smoothed, peak.shift_x, peak.shift_y); }
auto Tie(const Connection& connection) { return std::tie(connection.from, connection.to, connection.score); }

void ExpectEqual(const Decoder& actual, const Decoder& expected) {
  ASSERT_EQ(actual.peaks().peaks.size(), expected.peaks().peaks.size());
  for (size_t i = 0; i < expected.peaks().peaks.size(); ++i) {
    ASSERT_EQ(Tie(actual.peaks().peaks[i]), Tie(expected.peaks().peaks[i])) << "peak " << i;
  }
  ASSERT_EQ(actual.peaks().offsets, expected.peaks().offsets);
  ASSERT_EQ(actual.connections().size(), expected.connections().size());
  for (size_t l = 0; l < expected.connections().size(); ++l) {
    ASSERT_EQ(actual.connections()[l].size(), expected.connections()[l].size()) << "limb " << l;
    for (size_t i = 0; i < expected.connections()[l].size(); ++i) {
      ASSERT_EQ(Tie(actual.connections()[l][i]), Tie(expected.connections()[l][i]))
          << "limb " << l << ", connection " << i;
    }
  }
}

// Decodes both ways; false where there was more than the kernels list.
bool Compare(const Maps& maps, const MapGeometry& geometry, const DecodeOptions& options) {
  const auto work = MakeWork(maps.size(), geometry, options);
  DecodeOnDevice(work.get(), maps.values, maps.size(), maps.stride);
  if (!work->detections(0).is_complete()) return false;
  Decoder expected, actual;
  const auto people = expected.Decode(maps.view(), geometry, options);
  const auto found =
      AssembleDetections(work->detections(0), maps.size(), TfPoseDescription(), geometry, options, &actual);
  EXPECT_TRUE(found.ok()) << found.status().message();
  EXPECT_TRUE(people.ok()) << people.status().message();
  if (found.ok() && people.ok()) {
    ExpectEqual(actual, expected);
    EXPECT_EQ(*found, *people);
  }
  return true;
}

TEST(DecodeKernels, EqualTheProcessorOnRandomMaps) {
  if (!ProcessorFuses()) GTEST_SKIP() << "this processor does not fuse products with sums, as the kernels do";
  std::mt19937 random(1);
  int cases = 0, compared = 0;
  for (const auto& [width, height] : {std::pair(13, 9), {1, 1}, {1, 7}, {30, 2}, {41, 17}}) {
    for (const double ratio : {1.0, 2.0, 2.7, 4.0, 8.0, 15.3}) {
      for (const int taps : {0, 5, 25, 101}) {
        if (width * height * ratio * ratio * std::max(taps, 20) > 2e5) continue;  // takes long, shows nothing new
        Maps maps = RandomMaps(width, height, 57 + static_cast<int>(random() % 9), taps == 0 ? 3 : 1000, random);
        const MapGeometry geometry{.picture_width = 100,
                                   .picture_height = 77,
                                   .network_width = width * 8 - static_cast<int>(random() % 8),
                                   .network_height = height * 8 - static_cast<int>(random() % 8)};
        if (std::min(geometry.network_width, geometry.network_height) / 8.0 * ratio < 1) continue;
        // Few samples: in random fields hardly a limb would speak for itself otherwise.
        const DecodeOptions options{.resize_out_ratio = ratio,
                                    .smoothing_taps = taps,
                                    .min_paf_samples = 4,
                                    .min_score = 0,
                                    .compat = cases++ % 2 == 0 ? Compat::kNone : Compat::kTfPose};
        SCOPED_TRACE(testing::Message() << width << "x" << height << " ratio " << ratio << " taps " << taps);
        compared += Compare(maps, geometry, options);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(compared, cases / 2) << "of " << cases;
}

TEST(DecodeKernels, FindTheSamePeopleInACrowd) {
  if (!ProcessorFuses()) GTEST_SKIP() << "this processor does not fuse products with sums, as the kernels do";
  const SyntheticMaps drawn = DrawMaps(82, 46, Crowd(10));
  std::mt19937 random(2);
  for (const double ratio : {2.0, 3.7, 4.0, 8.0}) {
    for (const int taps : {5, 25}) {
      if (ratio == 8 && taps == 5) continue;  // plateaus: one keypoint becomes more peaks than the kernels list
      for (const Compat compat : {Compat::kNone, Compat::kTfPose}) {
        Maps maps{46, 82, kMapChannels, drawn.values};
        for (float& value : maps.values) value += static_cast<float>(random() % 1000) * 1e-5f;
        const DecodeOptions options{.resize_out_ratio = ratio, .smoothing_taps = taps, .compat = compat};
        SCOPED_TRACE(testing::Message() << "ratio " << ratio << " taps " << taps);
        EXPECT_TRUE(Compare(maps, {.picture_width = 1280, .picture_height = 720}, options));
      }
    }
  }
}

TEST(DecodeKernels, KeepTheHighestPeaks) {
  if (!ProcessorFuses()) GTEST_SKIP() << "this processor does not fuse products with sums, as the kernels do";
  std::mt19937 random(3);
  for (const int levels : {4, 1000}) {  // with few levels, most are as high as others
    for (const int max_peaks : {1, 7, 40}) {
      Maps maps = RandomMaps(31, 23, kMapChannels, levels, random);
      const DecodeOptions options{
          .resize_out_ratio = 1, .smoothing_taps = 1, .min_paf_samples = 4, .min_score = 0, .max_peaks = max_peaks};
      EXPECT_TRUE(Compare(maps, {.picture_width = 100, .picture_height = 100}, options));
    }
  }
}

// Every picture of a batch has its own result, whatever lies beside it.
TEST(DecodeKernels, DecodeBatches) {
  const MapGeometry geometry{.picture_width = 656, .picture_height = 368};
  std::vector<float> values;
  for (const int count : {3, 10, 0, 7}) {
    const SyntheticMaps maps = DrawMaps(82, 46, Crowd(count));
    values.insert(values.end(), maps.values.begin(), maps.values.end());
  }
  values[static_cast<size_t>(2 * 46 + 5) * 82 * kMapChannels + 17 * kMapChannels + 40] =
      std::numeric_limits<float>::infinity();
  const auto work = MakeWork({82, 46}, geometry, {}, 5);
  DecodeOnDevice(work.get(), values, {82, 46}, kMapChannels, 4);
  for (const auto& [picture, count] : {std::pair(0, 3), {1, 10}, {3, 7}}) {
    Decoder decoder;
    const auto people =
        AssembleDetections(work->detections(picture), {82, 46}, TfPoseDescription(), geometry, {}, &decoder);
    ASSERT_TRUE(people.ok());
    EXPECT_EQ(static_cast<int>(people->size()), count);
  }
  Decoder decoder;
  const auto people = AssembleDetections(work->detections(2), {82, 46}, TfPoseDescription(), geometry, {}, &decoder);
  ASSERT_FALSE(people.ok());
  EXPECT_EQ(people.status().message(),
            "output 0: channel 40 is not finite (inf) at row 5, column 17: check the network and its input");
}

TEST(DecodeKernels, ReportTheFirstValueThatIsNotFinite) {
  std::mt19937 random(4);
  for (int i = 0; i < 20; ++i) {
    Maps maps = RandomMaps(11, 9, 60, 100, random);
    for (int j = 0; j <= i % 3; ++j) {
      const float bad = j % 2 == 0 ? std::nanf("") : -std::numeric_limits<float>::infinity();
      maps.values[static_cast<size_t>(random() % 99) * 60 + random() % kMapChannels] = bad;
    }
    maps.values[57 + random() % 3] = std::nanf("");  // between the cells: no part of the maps
    const MapGeometry geometry{.picture_width = 88, .picture_height = 72};
    const auto work = MakeWork(maps.size(), geometry, {});
    DecodeOnDevice(work.get(), maps.values, maps.size(), maps.stride);
    Decoder decoder;
    const auto expected = decoder.Decode(maps.view(), geometry);
    const auto actual =
        AssembleDetections(work->detections(0), maps.size(), TfPoseDescription(), geometry, {}, &decoder);
    ASSERT_FALSE(actual.ok());
    EXPECT_EQ(actual.status().message(), expected.status().message());
  }
}

TEST(DecodeKernels, DecodeHalves) {
  SyntheticMaps drawn = DrawMaps(41, 23, Crowd(1));
  std::vector<uint16_t> halves;
  for (float& value : drawn.values) {
    halves.push_back(cuda::HalfFromFloat(value));
    value = cuda::FloatFromHalf(halves.back());
  }
  const MapGeometry geometry{.picture_width = 328, .picture_height = 184};
  const auto work = MakeWork({41, 23}, geometry, {});
  DecodeOnDevice(work.get(), halves, {41, 23}, kMapChannels);
  Decoder decoder;
  const auto expected = decoder.Decode(drawn.view(), geometry);
  ASSERT_TRUE(expected.ok());
  EXPECT_EQ(expected->size(), 1u);
  const auto actual = AssembleDetections(work->detections(0), {41, 23}, TfPoseDescription(), geometry, {}, &decoder);
  ASSERT_TRUE(actual.ok());
  EXPECT_EQ(*actual, *expected);
}

// Heat and fields in outputs of their own, among channels that nobody looks at.
TEST(DecodeKernels, DecodeTwoOutputs) {
  const SyntheticMaps drawn = DrawMaps(41, 23, Crowd(2));
  constexpr int kCells = 41 * 23, kHeatChannels = 19, kFieldChannels = 38, kFirstHeat = 3, kHeatStride = 24,
                kFirstField = 2;
  ModelDescription description = TfPoseDescription();
  description.heads.heat_maps = {0, kFirstHeat, 18};
  description.heads.background = kFirstHeat + 18;
  description.heads.fields = {1, kFirstField, kFieldChannels};
  std::vector<float> heat(kCells * kHeatStride, std::nanf("")), fields(kCells * 41, std::nanf(""));
  for (int cell = 0; cell < kCells; ++cell) {
    const float* const from = drawn.values.data() + cell * kMapChannels;
    std::copy_n(from, kHeatChannels, heat.begin() + cell * kHeatStride + kFirstHeat);
    std::copy_n(from + kHeatChannels, kFieldChannels, fields.begin() + cell * 41 + kFirstField);
  }
  const MapGeometry geometry{.picture_width = 328, .picture_height = 184};
  const cuda::DecodePlan plan = MakeDecodePlan({41, 23}, description, geometry, {}).value();
  const auto work = cuda::TestDevice()->NewPoseWork({plan, {}, 1}).value();
  const auto decode = [&](Decoder* decoder) {
    const cuda::DeviceValues<float> heat_there(heat), fields_there(fields);
    const cuda::View outputs[] = {
        {heat_there.data(), cuda::DataType::kFloat32, 1, 23, 41, kFirstHeat + kHeatChannels, kHeatStride},
        {fields_there.data(), cuda::DataType::kFloat32, 1, 23, 41, 41, 41}};
    EXPECT_TRUE(work->EnqueueDecode(outputs, 1, heat_there.stream()).ok());
    EXPECT_TRUE(cuda::TestDevice()->Synchronize(heat_there.stream()).ok());
    return AssembleDetections(work->detections(0), {41, 23}, description, geometry, {}, decoder);
  };
  Decoder expected, actual(description);
  const auto people = expected.Decode(drawn.view(), geometry);
  const auto found = decode(&actual);
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_GT(found->size(), 0u);
  EXPECT_EQ(*found, *people);

  fields[7 * 41 + kFirstField + 5] = std::nanf("");
  const ConstView views[] = {{heat.data(), 23, 41, kFirstHeat + kHeatChannels, kHeatStride},
                             {fields.data(), 23, 41, 41, 41}};
  EXPECT_EQ(decode(&actual).status().message(), actual.Decode(views, geometry).status().message());
}

// A skeleton of four keypoints whose fields come first.
TEST(DecodeKernels, DecodeOtherSkeletons) {
  if (!ProcessorFuses()) GTEST_SKIP() << "this processor does not fuse products with sums, as the kernels do";
  const ModelDescription description = FishDescription();
  const SyntheticMaps maps = DrawMaps(80, 60, {SwimmingFish(80, 60, 40), SwimmingFish(200, 170, 50)}, description);
  const MapGeometry geometry{.picture_width = 640, .picture_height = 480};
  const auto plan = MakeDecodePlan({80, 60}, description, geometry, {});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const auto work = cuda::TestDevice()->NewPoseWork({*plan, {}, 1}).value();
  const cuda::DeviceValues<float> there(maps.values);
  const cuda::View view{there.data(), cuda::DataType::kFloat32, 1, 60, 80, maps.channels, maps.channels};
  ASSERT_TRUE(work->EnqueueDecode({&view, 1}, 1, there.stream()).ok());
  ASSERT_TRUE(cuda::TestDevice()->Synchronize(there.stream()).ok());
  Decoder expected(description), actual(description);
  const auto fish = expected.Decode(maps.view(), geometry);
  const auto found = AssembleDetections(work->detections(0), {80, 60}, description, geometry, {}, &actual);
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(found->size(), 2u);
  ExpectEqual(actual, expected);
  EXPECT_EQ(*found, *fish);
}

// A plateau makes a peak of every pixel.
TEST(DecodeKernels, LeaveMeaninglessMapsToTheProcessor) {
  Maps maps{20, 20, kMapChannels, std::vector<float>(20 * 20 * kMapChannels, 0.5f)};
  const MapGeometry geometry{.picture_width = 160, .picture_height = 160};
  const auto work = MakeWork(maps.size(), geometry, {.resize_out_ratio = 4, .smoothing_taps = 1});
  DecodeOnDevice(work.get(), maps.values, maps.size(), maps.stride);
  EXPECT_FALSE(work->detections(0).is_complete());
  Decoder decoder;
  EXPECT_EQ(
      AssembleDetections(work->detections(0), maps.size(), TfPoseDescription(), geometry, {}, &decoder).status().code(),
      StatusCode::kUnsupported);
}

TEST(DecodeKernels, RefusePlansThatContradictThemselves) {
  const auto plan = MakeDecodePlan({10, 8}, TfPoseDescription(), {.network_width = 80, .network_height = 64}, {});
  ASSERT_TRUE(plan.ok());
  const auto message = [&](auto spoil) {
    cuda::DecodePlan spoilt = *plan;
    spoil(spoilt);
    return cuda::TestDevice()->NewPoseWork({spoilt, {}, 1}).status().message();
  };
  EXPECT_EQ(message([](auto&) {}), "");
  EXPECT_THAT(message([](auto& p) { p.x.offset.back() += 1; }), testing::HasSubstr("axis x"));
  EXPECT_THAT(message([](auto& p) { p.y.first[3] = 8; }), testing::HasSubstr("position 3 of axis y"));
  EXPECT_THAT(message([](auto& p) { p.row_first[2] = 7; }), testing::HasSubstr("smoothing"));
  EXPECT_THAT(message([](auto& p) { p.phases = 3; }), testing::HasSubstr("smoothing"));
  EXPECT_THAT(message([](auto& p) { p.heat_channels[4] = 57; }), testing::HasSubstr("keypoint 4 takes channel 57"));
  EXPECT_THAT(message([](auto& p) { p.heat_channels[4] = 5; }), testing::HasSubstr("one of its own"));
  EXPECT_THAT(message([](auto& p) { p.limbs[1].to = 18; }), testing::HasSubstr("limb 1 joins keypoints"));
  EXPECT_THAT(message([](auto& p) { p.parts.clear(); }), testing::HasSubstr("0 parts of maps"));
  EXPECT_THAT(message([](auto& p) { p.field_part = 1; }), testing::HasSubstr("1 parts of maps"));
  EXPECT_THAT(message([](auto& p) { p.parts[0].count = 40; }), testing::HasSubstr("must be 0 to 39"));
  EXPECT_THAT(message([](auto& p) { p.parts[0].output = 1; }), "");
  EXPECT_THAT(message([](auto& p) { p.peak_threshold = -1; }), testing::HasSubstr("threshold -1"));
  EXPECT_THAT(cuda::TestDevice()->NewPoseWork({*plan, {}, 0}).status().message(), testing::HasSubstr("batch of 0"));
  const auto work = MakeWork({10, 8}, {.network_width = 80, .network_height = 64}, {});
  std::vector<float> values(10 * 8 * kMapChannels);
  const cuda::View maps{values.data(), cuda::DataType::kFloat32, 1, 10, 8, kMapChannels, kMapChannels};
  EXPECT_THAT(work->EnqueueDecode({&maps, 1}, 1, nullptr).message(), testing::HasSubstr("was made for 8x10 and 57"));
}

}  // namespace
}  // namespace sinew::pose
