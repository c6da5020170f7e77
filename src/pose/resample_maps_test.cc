// Bilinear resampling against what follows from its definition.
#include "pose/resample_maps.h"

#include <gtest/gtest.h>

#include <vector>

namespace sinew::pose {
namespace {

// A value that is linear in the picture: of the point of the picture that the centre of the cell stands for.
float Linear(const MapAxis& x, const MapAxis& y, int column, int row, int channel) {
  const auto in_picture = [](const MapAxis& axis, int cell) {
    return (axis.first_cell + (cell + 0.5f) * axis.stride) / static_cast<float>(axis.content);
  };
  return 3 * in_picture(x, column) - 2 * in_picture(y, row) + static_cast<float>(channel);
}

struct Maps {
  MapAxis x, y;
  std::vector<float> values;
  ConstView view() const { return {values.data(), y.cells, x.cells, kChannels, kChannels}; }
  static constexpr int kChannels = 3;
};

Maps LinearMaps(const MapAxis& x, const MapAxis& y) {
  Maps maps{x, y, {}};
  for (int row = 0; row < y.cells; ++row) {
    for (int column = 0; column < x.cells; ++column) {
      for (int c = 0; c < Maps::kChannels; ++c) maps.values.push_back(Linear(x, y, column, row, c));
    }
  }
  return maps;
}

TEST(ResampleMapsTest, TheSameCellsStayAsTheyAre) {
  const Maps source = LinearMaps({6, 48, 0}, {5, 37, -3});
  std::vector<float> target(source.values.size(), 0.0f);
  AddResampled(source.view(), ResampleAxis(source.x, source.x), ResampleAxis(source.y, source.y), 1, target);
  for (size_t i = 0; i < target.size(); ++i) EXPECT_FLOAT_EQ(target[i], source.values[i]);
}

// Whatever the cells and the part of the input that the picture takes: a linear function keeps its values between the
// centres.
TEST(ResampleMapsTest, LinearFunctionsKeepTheirValues) {
  const MapAxis coarse_x{8, 60, -2}, coarse_y{7, 56, 0}, fine_x{16, 128, 0}, fine_y{12, 90, -3};
  const Maps source = LinearMaps(coarse_x, coarse_y);
  const ResampleAxis x(coarse_x, fine_x), y(coarse_y, fine_y);
  std::vector<float> target(static_cast<size_t>(fine_x.cells * fine_y.cells * Maps::kChannels), 10.0f);
  AddResampled(source.view(), x, y, 0.5f, target);
  int inside = 0;
  for (int row = 0; row < fine_y.cells; ++row) {
    for (int column = 0; column < fine_x.cells; ++column) {
      const auto within = [](const ResampleAxis::Tap& tap) {
        return tap.second != tap.first && (tap.first > 0 || tap.second_weight > 0);
      };
      if (!within(x.taps()[static_cast<size_t>(column)]) || !within(y.taps()[static_cast<size_t>(row)])) continue;
      ++inside;
      for (int c = 0; c < Maps::kChannels; ++c) {
        const float value = target[static_cast<size_t>((row * fine_x.cells + column) * Maps::kChannels + c)];
        EXPECT_NEAR(value, 10 + 0.5 * Linear(fine_x, fine_y, column, row, c), 1e-5) << row << " " << column;
      }
    }
  }
  EXPECT_GT(inside, 60);
}

// Seen the other way round, the function falls where it rose; channels change places, and one changes its sign.
TEST(ResampleMapsTest, MirroredMapsComeBack) {
  const MapAxis axis_x{8, 64, 0}, axis_y{3, 24, 0};
  const Maps source = LinearMaps(axis_x, axis_y);
  const std::vector<ChannelSource> channels = {{1, 1}, {0, 1}, {2, -1}};
  std::vector<float> target(source.values.size(), 0.0f);
  AddResampled(source.view(), ResampleAxis(axis_x, axis_x, /*mirrored=*/true), ResampleAxis(axis_y, axis_y), 1, target,
               channels);
  for (int row = 0; row < axis_y.cells; ++row) {
    for (int column = 0; column < axis_x.cells; ++column) {
      for (int c = 0; c < Maps::kChannels; ++c) {
        const float expected = Linear(axis_x, axis_y, axis_x.cells - 1 - column, row, c == 2 ? 2 : 1 - c);
        EXPECT_NEAR(target[static_cast<size_t>((row * axis_x.cells + column) * Maps::kChannels + c)],
                    c == 2 ? -expected : expected, 1e-5);
      }
    }
  }
}

TEST(ResampleMapsTest, BeyondTheOutermostCentresTheirValuesGoOn) {
  const MapAxis coarse{2, 16, 0}, fine{8, 64, 0};
  const ResampleAxis axis(coarse, fine);
  EXPECT_EQ(axis.taps().front().first, 0);
  EXPECT_EQ(axis.taps().front().second_weight, 0);
  EXPECT_EQ(axis.taps().back().first, 1);
  EXPECT_EQ(axis.taps().back().second, 1);
}

}  // namespace
}  // namespace sinew::pose
