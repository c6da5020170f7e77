// Targets and the options in them.
#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "request_options.h"

namespace sinew::server {
namespace {

using ::testing::HasSubstr;

TEST(UrlTest, PathAndQueryAreDecoded) {
  const auto target = ParseTarget("/v2/models/a%2Eb?x=1&y=a+b%26c&z&&");
  ASSERT_TRUE(target.ok()) << target.status().message();
  EXPECT_EQ(target->path, "/v2/models/a.b");
  EXPECT_EQ(target->query, (NamedValues{{"x", "1"}, {"y", "a b&c"}, {"z", ""}}));
}

TEST(UrlTest, NonsenseIsRefused) {
  for (const char* bad : {"", "v1", "http://host/", "/%", "/%4", "/%zz", "/a?b=%", "/%00", "/a?b=%0a"})
    EXPECT_EQ(ParseTarget(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  std::string many = "/?";
  for (int i = 0; i < 100; ++i) many += "a=1&";
  EXPECT_THAT(ParseTarget(many).status().message(), HasSubstr("more than 64"));
}

TEST(OptionsTest, ValuesAreChecked) {
  const auto options =
      ReadOptions({{"threshold", "0.25"}, {"min_parts", "3"}, {"render", "heatmap"}, {"format", "openpose"}});
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->request.decode.peak_threshold, 0.25f);
  EXPECT_EQ(options->request.decode.min_parts, 3);
  EXPECT_EQ(options->request.render, results::RenderMode::kHeatmap);
  EXPECT_TRUE(options->openpose);
  const auto message = [](const char* name, const char* value) {
    return ReadOptions({{name, value}}).status().message();
  };
  EXPECT_THAT(message("threshold", "2"), HasSubstr("threshold is \"2\": must be a number from 0 to 1"));
  EXPECT_THAT(message("threshold", "nan"), HasSubstr("must be a number"));
  EXPECT_THAT(message("min_parts", "1.5"), HasSubstr("whole number"));
  EXPECT_THAT(message("treshold", "1"), HasSubstr("no option; there is model,"));
  EXPECT_THAT(message("sequence_start", "1"), HasSubstr("need a sequence_id"));
}

}  // namespace
}  // namespace sinew::server
