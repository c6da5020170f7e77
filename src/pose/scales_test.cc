// Resolutions by the shape of a picture, and those of multi-scale averaging.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sinew/pose.h"

namespace sinew {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FitResolutionTest, TheOtherSideFollowsThePicture) {
  EXPECT_EQ(FitResolution({-1, 368}, 1920, 1080).value(), (Resolution{656, 368}));  // 654.2, to the next multiple of 16
  EXPECT_EQ(FitResolution({-1, 368}, 1080, 1920).value(), (Resolution{208, 368}));  // 207
  EXPECT_EQ(FitResolution({432, -1}, 640, 480).value(), (Resolution{432, 320}));    // 324
  EXPECT_EQ(FitResolution({-1, 368}, 1, 4000).value(), (Resolution{16, 368})) << "at least 16";
  EXPECT_EQ(FitResolution({432, 368}, 0, 0).value(), (Resolution{432, 368})) << "nothing follows";
  EXPECT_THAT(FitResolution({-1, -1}, 10, 10).status().message(), HasSubstr("only one of the two sides"));
  EXPECT_THAT(FitResolution({-1, 368}, 10, 0).status().message(), HasSubstr("10x0 pixels has no shape"));
  EXPECT_THAT(FitResolution({-1, 368}, 60000, 10).status().message(), HasSubstr("the limit is 16384"));
}

TEST(ScalesOfTest, ShrinkByTheGap) {
  EXPECT_THAT(MakeScales({656, 368}, 1, 7).value(), ElementsAre(Resolution{656, 368})) << "one scale has no gap";
  // 656 * 0.75 = 492 and 368 * 0.75 = 276, cut to multiples of 16; 328 and 184.
  EXPECT_THAT(MakeScales({656, 368}, 3, 0.25).value(),
              ElementsAre(Resolution{656, 368}, Resolution{480, 272}, Resolution{320, 176}));
  EXPECT_THAT(MakeScales({64, 48}, 4, 0.25).status().message(), HasSubstr("leave nothing of 64x48"));
  EXPECT_THAT(MakeScales({64, 48}, 0, 0.25).status().message(), HasSubstr("0 scales"));
  EXPECT_THAT(MakeScales({64, 48}, 2, 1).status().message(), HasSubstr("a gap of 1"));
  EXPECT_FALSE(MakeScales({64, 48}, 2, std::nan("")).ok());
}

}  // namespace
}  // namespace sinew
