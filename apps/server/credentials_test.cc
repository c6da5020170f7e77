// Tokens, and how often an address may ask.
#include "credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "rate_limits.h"

namespace sinew::server {
namespace {

using ::testing::HasSubstr;

TEST(CredentialsTest, TokensOfAFile) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "tokens.txt";
  ASSERT_TRUE(WriteFile(path, "# for the cameras\n0123456789abcdef\r\n\nfedcba9876543210").ok());
  const auto credentials = Credentials::Load(path);
  ASSERT_TRUE(credentials.ok()) << credentials.status().message();
  EXPECT_TRUE(credentials->AcceptsHeader("Bearer 0123456789abcdef"));
  EXPECT_TRUE(credentials->AcceptsHeader("Bearer fedcba9876543210"));
  for (const char* bad : {"", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdefg", "Basic 0123456789abcdef",
                          "# for the cameras"})
    EXPECT_FALSE(credentials->AcceptsHeader(bad)) << bad;
  for (const char* text : {"", "# none\n", "short\n", "0123456789 abcdef\n"}) {
    ASSERT_TRUE(WriteFile(path, text).ok());
    EXPECT_THAT(Credentials::Load(path).status().message(), HasSubstr("tokens.txt")) << text;
  }
  EXPECT_TRUE(Credentials().AcceptsHeader("")) << "without tokens everybody may ask";
}

TEST(RateLimitsTest, EachAddressHasItsOwn) {
  RateLimits limits(2);
  const auto now = serving::Clock::now();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limits.Take("a", now)) << "the burst";
  EXPECT_FALSE(limits.Take("a", now));
  EXPECT_TRUE(limits.Take("b", now));
  EXPECT_TRUE(limits.Take("a", now + std::chrono::milliseconds(600)));
  EXPECT_FALSE(limits.Take("a", now + std::chrono::milliseconds(600)));
  RateLimits none(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(none.Take("a", now));
}

}  // namespace
}  // namespace sinew::server
