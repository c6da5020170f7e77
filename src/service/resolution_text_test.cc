// Resolutions from text that anybody may have typed.
#include "service/resolution_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::service {
namespace {

using ::testing::HasSubstr;

TEST(ResolutionTextTest, BothSides) {
  EXPECT_EQ(*ParseResolution("656x368"), (Resolution{656, 368}));
  EXPECT_EQ(ToString({656, 368}), "656x368");
  EXPECT_EQ(*ParseResolution("16384x1"), (Resolution{16384, 1}));
}

TEST(ResolutionTextTest, ASideThatFollowsThePicture) {
  EXPECT_EQ(*ParseResolutionOrFit("-1x368"), (Resolution{-1, 368}));
  EXPECT_EQ(*ParseResolutionOrFit("656x-1"), (Resolution{656, -1}));
  EXPECT_THAT(ParseResolutionOrFit("-1x-1").status().message(), HasSubstr("not a resolution"));
  EXPECT_THAT(ParseResolution("-1x368").status().message(), HasSubstr("follows each picture's shape"));
}

TEST(ResolutionTextTest, Nonsense) {
  for (const char* text : {"", "x", "656", "656x", "x368", "656x368x3", "656 x 368", "0x368", "656x-2", "-2x368", "axb",
                           "99999999999x1", "656X368", "+6x8"}) {
    const Status status = ParseResolution(text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("not a resolution: give WIDTHxHEIGHT")) << text;
  }
  for (const char* text : {"2147483647x2147483647", "16385x16", "16x16385"})
    EXPECT_THAT(ParseResolution(text).status().message(), HasSubstr("at most 16384 pixels")) << text;
}

TEST(ResolutionTextTest, TheFirstBadOneOfAList) {
  EXPECT_EQ(ParseResolutions({"64x48", "96x64"})->size(), 2u);
  EXPECT_THAT(ParseResolutions({"64x48", "big"}).status().message(), HasSubstr("\"big\""));
}

}  // namespace
}  // namespace sinew::service
