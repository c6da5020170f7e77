// Reduction of the channels, and the bilinear stretch.
#include "results/map_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "sinew/model_description.h"

namespace sinew::results {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

TEST(MapLayersTest, HeatWithoutBackground) {
  std::vector<float> values(2 * 60, 9);  // cells have gaps
  std::fill_n(values.data(), 57, -0.5f);
  std::fill_n(values.data() + 60, 57, 0.0f);
  values[18] = 1;  // background
  values[60 + 3] = 0.25f;
  values[60 + 17] = 0.75f;
  values[60 + 19] = 2;  // a field
  values[60 + 5] = std::numeric_limits<float>::infinity();
  const Plane heat = HighestHeat({values.data(), 1, 2, 57, 60}, TfPoseDescription());
  EXPECT_EQ(heat.width, 2);
  EXPECT_EQ(heat.height, 1);
  EXPECT_THAT(heat.values, ElementsAre(0, 0.75f));
}

TEST(MapLayersTest, FieldsOfAllLimbs) {
  std::vector<float> values(57, 0);
  const Limb &a = Coco18Skeleton().limbs[0], &b = Coco18Skeleton().limbs[18];
  values[static_cast<size_t>(19 + a.field_x)] = -0.6f;
  values[static_cast<size_t>(19 + a.field_y)] = 0.2f;
  values[static_cast<size_t>(19 + b.field_x)] = 0.1f;
  values[static_cast<size_t>(19 + b.field_y)] = -0.4f;
  values[static_cast<size_t>(19 + Coco18Skeleton().limbs[5].field_x)] = std::numeric_limits<float>::quiet_NaN();
  const TensorView maps = {values.data(), 1, 1, 57, 57};
  EXPECT_EQ(StrongestField(maps, TfPoseDescription()).x.values[0], -0.6f);
  EXPECT_EQ(StrongestField(maps, TfPoseDescription()).y.values[0], 0.2f);
  EXPECT_EQ(WidestField(maps, TfPoseDescription()).x.values[0], 0.6f);
  EXPECT_EQ(WidestField(maps, TfPoseDescription()).y.values[0], 0.4f);
}

TEST(StretchedTest, BilinearBetweenCentres) {
  const Plane plane = {2, 2, {0, 8, 16, 24}};
  Stretched stretched(plane, 4, 4);
  const std::vector<std::vector<float>> expected = {{0, 2, 6, 8}, {4, 6, 10, 12}, {12, 14, 18, 20}, {16, 18, 22, 24}};
  for (int y = 0; y < 4; ++y)
    EXPECT_THAT(stretched.Row(y), Pointwise(FloatNear(1e-5f), expected[static_cast<size_t>(y)])) << y;
}

TEST(StretchedTest, AnySizes) {
  const Plane plane = {3, 1, {1, 2, 3}};
  EXPECT_THAT(Stretched(plane, 3, 5).Row(4), ElementsAre(1, 2, 3));
  EXPECT_THAT(Stretched(plane, 1, 1).Row(0), ElementsAre(2)) << "also smaller than the plane";
  const Plane cell = {1, 1, {7}};
  EXPECT_THAT(Stretched(cell, 2, 3).Row(1), ElementsAre(7, 7));
}

}  // namespace
}  // namespace sinew::results
