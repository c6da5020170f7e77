// The render modes on pictures whose right colours are known.
#include "results/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "results/color.h"
#include "results/output_test_util.h"

namespace sinew::results {
namespace {

using ::testing::HasSubstr;
using Pixel = std::array<int, 3>;

media::Image Grey(int width, int height) {
  media::Image image = media::Image::OfSize(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{100});
  return image;
}

Pixel PixelAt(const media::Image& image, int x, int y) {
  const uint8_t* p = &image.pixels[3 * static_cast<size_t>(y * image.width + x)];
  return {p[0], p[1], p[2]};
}

// All zero but for what a test sets.
class Maps {
 public:
  Maps(int height, int width) : height_(height), width_(width), values_(static_cast<size_t>(height * width * 57)) {}
  float& At(int y, int x, int c) { return values_[static_cast<size_t>((y * width_ + x) * 57 + c)]; }
  std::vector<float>& values() { return values_; }
  TensorView view() const { return {values_.data(), height_, width_, 57, 57}; }

 private:
  int height_, width_;
  std::vector<float> values_;
};

media::Image Rendered(const RenderOptions& options, const Record& record, const TensorView& maps, media::Image image,
                      std::string_view caption = "") {
  const Result<Renderer> renderer = Renderer::Create(options, TfPoseDescription());
  EXPECT_TRUE(renderer.ok()) << renderer.status().message();
  const Status status = renderer->Render(record, maps, caption, &image);
  EXPECT_TRUE(status.ok()) << status.message();
  return image;
}

// A person with one horizontal limb, right shoulder to right elbow, at row `y`.
Record WithLimb(float y) {
  Record record = Picture("a.jpg");
  record.people[0].keypoints.assign(Coco18Skeleton().keypoints.size(), Keypoint());
  record.people[0].keypoints[2] = {20, y, 0.9f};
  record.people[0].keypoints[3] = {180, y, 0.9f};
  return record;
}

int RowsOfLimb(const media::Image& image, int x) {
  int rows = 0;
  for (int y = 0; y < image.height; ++y) rows += PixelAt(image, x, y) != Pixel{100, 100, 100};
  return rows;
}

TEST(RenderTest, SkeletonIsWhatDrawPeopleDraws) {
  media::Image expected = Grey(200, 100);
  DrawPeople(WithLimb(50).people, Coco18Skeleton(), &expected);
  EXPECT_EQ(Rendered({}, WithLimb(50), {}, Grey(200, 100)), expected);
}

TEST(RenderTest, BlackBackground) {
  const media::Image image = Rendered({.black_background = true}, WithLimb(50), {}, Grey(200, 100));
  EXPECT_EQ(PixelAt(image, 100, 10), (Pixel{0, 0, 0}));
  EXPECT_EQ(PixelAt(image, 100, 50), (Pixel{0, 119, 179}));
}

// The person is 160 pixels large.
TEST(RenderTest, LineWidthIsAFractionOfThePictureAndFollowsThePerson) {
  const RenderOptions options = {.people = {.line_width = 0.1f}};
  const auto rows = [&](int width, int height) {
    return RowsOfLimb(Rendered(options, WithLimb(50), {}, Grey(width, height)), 100);
  };
  EXPECT_NEAR(rows(200, 100), 21, 2) << "half as wide again, of a mean side of 141: far more than half of it";
  EXPECT_NEAR(rows(320, 320), 32, 1) << "half of the mean side";
  EXPECT_NEAR(rows(400, 400), 32, 1) << "the person is smaller, but not the line";
  EXPECT_NEAR(rows(2000, 2000), 60, 1) << "not narrower than 0.3 times";
}

TEST(RenderTest, OpacityAndLeastScore) {
  const auto middle = [](const DrawOptions& people) {
    return PixelAt(Rendered({.people = people}, WithLimb(50), {}, Grey(200, 100)), 100, 50);
  };
  EXPECT_EQ(middle({.limb_opacity = 0}), (Pixel{100, 100, 100}));
  EXPECT_EQ(middle({.limb_opacity = 1}), (Pixel{0, 170, 255}));
  EXPECT_EQ(middle({.limb_opacity = 1, .min_score = 0.9f}), (Pixel{0, 170, 255}));
  EXPECT_EQ(middle({.limb_opacity = 1, .min_score = 0.95f}), (Pixel{100, 100, 100}));
}

TEST(RenderTest, HeatLiesOverThePicture) {
  Maps maps(5, 10);
  maps.At(2, 7, 4) = 1;
  maps.At(0, 0, 18) = 1;  // background
  const media::Image image = Rendered({.mode = RenderMode::kHeatmap}, Picture("a.jpg"), maps.view(), Grey(100, 50));
  EXPECT_EQ(PixelAt(image, 5, 5), (Pixel{50, 50, 50})) << "no heat: half of the picture";
  const Pixel peak = PixelAt(image, 75, 25);
  EXPECT_GT(peak[0] + peak[1] + peak[2], 3 * 160) << "the centre of the cell";
  EXPECT_EQ(PixelAt(image, 95, 25), (Pixel{50, 50, 50})) << "two cells away";
}

TEST(RenderTest, FieldsShowTheirDirection) {
  Maps maps(1, 4);
  const Limb& limb = Coco18Skeleton().limbs[3];
  maps.At(0, 0, 19 + limb.field_x) = 1;  // to the right: red
  maps.At(0, 1, 19 + limb.field_x) = 1;
  maps.At(0, 3, 19 + limb.field_x) = -0.5f;  // to the left, at half the strength
  const media::Image image = Rendered({.mode = RenderMode::kPaf}, Picture("a.jpg"), maps.view(), Grey(80, 10));
  EXPECT_EQ(PixelAt(image, 20, 5), (Pixel{0, 0, 255}));
  EXPECT_EQ(PixelAt(image, 75, 5), (Pixel{178, 178, 50})) << "cyan lets half of the picture through";
  maps.values().assign(maps.values().size(), 0);
  EXPECT_EQ(Rendered({.mode = RenderMode::kPaf}, Picture("a.jpg"), maps.view(), Grey(80, 10)), Grey(80, 10));
}

TEST(RenderTest, QuadShowsFourPanels) {
  Maps maps(5, 10);
  maps.At(2, 5, 0) = 1;
  maps.At(2, 2, 19 + Coco18Skeleton().limbs[0].field_x) = -1;
  maps.At(2, 8, 19 + Coco18Skeleton().limbs[9].field_y) = 1;
  const RenderOptions plain = {.mode = RenderMode::kQuad, .titles = false};
  const media::Image image = Rendered(plain, WithLimb(40), maps.view(), Grey(201, 101));
  ASSERT_EQ(image.width, 200);
  ASSERT_EQ(image.height, 100);
  EXPECT_EQ(PixelAt(image, 50, 5), (Pixel{100, 100, 100})) << "the picture";
  EXPECT_NE(PixelAt(image, 50, 20), (Pixel{100, 100, 100})) << "the limb at half size";
  EXPECT_EQ(PixelAt(image, 110, 5), (Pixel{50, 50, 50}));
  EXPECT_GT(PixelAt(image, 155, 25)[1], 150) << "the heat";
  EXPECT_GT(PixelAt(image, 25, 75)[1], 200) << "x of the fields";
  EXPECT_EQ(PixelAt(image, 85, 75), (Pixel{0, 0, 0}));
  EXPECT_GT(PixelAt(image, 185, 75)[1], 200) << "y of the fields";
  EXPECT_EQ(PixelAt(image, 125, 75), (Pixel{0, 0, 0}));

  const media::Image titled = Rendered({.mode = RenderMode::kQuad}, WithLimb(40), maps.view(), Grey(201, 101));
  for (const auto& [left, top] : {std::pair{0, 0}, {100, 0}, {0, 50}, {100, 50}}) {
    int changed = 0;
    for (int y = 0; y < 50; ++y) {
      for (int x = 0; x < 100; ++x) changed += PixelAt(titled, left + x, top + y) != PixelAt(image, left + x, top + y);
    }
    EXPECT_GT(changed, 20) << "the title of the panel at " << left << ", " << top;
    EXPECT_LT(changed, 1500);
  }
}

TEST(RenderTest, IdsAndCaptions) {
  Record record = WithLimb(50);
  const media::Image without = Rendered({.person_ids = true}, record, {}, Grey(200, 100));
  record.person_ids = {7};
  EXPECT_EQ(Rendered({}, record, {}, Grey(200, 100)), without);
  const media::Image seven = Rendered({.person_ids = true}, record, {}, Grey(200, 100));
  EXPECT_NE(seven, without);
  record.person_ids = {8};
  EXPECT_NE(Rendered({.person_ids = true}, record, {}, Grey(200, 100)), seven);

  const media::Image captioned = Rendered({}, record, {}, Grey(200, 100), "25.0 fps");
  const auto first_row_that_differs = [&] {
    const auto at = std::mismatch(captioned.pixels.begin(), captioned.pixels.end(), without.pixels.begin()).first;
    return static_cast<int>(at - captioned.pixels.begin()) / (3 * 200);
  };
  EXPECT_GT(first_row_that_differs(), 80) << "at the lower edge";
  EXPECT_LT(first_row_that_differs(), 100);
}

TEST(RenderTest, AnyPictureAndMapsAreSafe) {
  const float wild[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1e30f, 3e38f,
                        -3e38f};
  Maps maps(3, 2);
  for (size_t i = 0; i < maps.values().size(); ++i) maps.values()[i] = wild[i % 5];
  Record record = Picture("a.jpg");
  record.person_ids = {std::numeric_limits<int64_t>::min()};
  for (size_t i = 0; i < 18; ++i) record.people[0].keypoints[i] = {wild[i % 5], wild[(i + 2) % 5], 1};
  record.people[0].keypoints[4] = {9e5f, -9e5f, 1};
  for (const RenderMode mode : {RenderMode::kSkeleton, RenderMode::kHeatmap, RenderMode::kPaf, RenderMode::kQuad}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 7}, {2, 3}, {65, 33}}) {
      const RenderOptions options = {.mode = mode, .people = {.line_width = 1}, .person_ids = true};
      const media::Image image = Rendered(options, record, maps.view(), Grey(width, height), "caption");
      EXPECT_EQ(image.pixels.size(), 3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
      EXPECT_GE(image.width, 1);
    }
  }
}

TEST(RenderTest, RefusesContradictions) {
  const auto error = [](const RenderOptions& options) {
    return Renderer::Create(options, TfPoseDescription()).status().message();
  };
  EXPECT_THAT(error({.mode = RenderMode::kHeatmap, .black_background = true}),
              HasSubstr("goes with the skeleton only"));
  for (const float width : {0.0f, -1.0f, 1.5f, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THAT(error({.people = {.line_width = width}}), HasSubstr("line_width is"));
  }

  media::Image image = Grey(4, 4), empty;
  const Maps maps(1, 1);
  const Renderer heat = *Renderer::Create({.mode = RenderMode::kHeatmap}, TfPoseDescription());
  EXPECT_THAT(heat.Render(Picture("a.jpg"), {}, "", &image).message(), HasSubstr("a.jpg: maps of 0x0x0"));
  TensorView other = maps.view();
  other.channels = 19;
  EXPECT_THAT(heat.Render(Picture("a.jpg"), other, "", &image).message(), HasSubstr("a.jpg: maps of 1x1x19"));
  EXPECT_THAT(heat.Render(Picture("a.jpg"), maps.view(), "", &empty).message(),
              HasSubstr("a.jpg: there is no picture"));
  EXPECT_TRUE(heat.needs_maps());
  EXPECT_FALSE(Renderer::Create({}, TfPoseDescription())->needs_maps());
}

}  // namespace
}  // namespace sinew::results
