// Parts, and bodies that are none.
#include "http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::server {
namespace {

using ::testing::HasSubstr;
constexpr const char* kType = "multipart/form-data; boundary=xyz";

TEST(MultipartTest, PartsWithNamesAndBinaryBodies) {
  const std::string body =
      std::string("--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"p 1.jpg\"\r\n") +
      "Content-Type: image/jpeg\r\n\r\n" + std::string("\xff\xd8\0--xy\r\n", 9) +
      "\r\n--xyz\r\ncontent-disposition: form-data; name=b\r\n\r\n\r\n--xyz--\r\nepilogue";
  const auto parts = ParseMultipart(kType, body, 10);
  ASSERT_TRUE(parts.ok()) << parts.status().message();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "a");
  EXPECT_EQ((*parts)[0].file_name, "p 1.jpg");
  EXPECT_EQ((*parts)[0].body, std::string_view("\xff\xd8\0--xy\r\n", 9));
  EXPECT_EQ((*parts)[1].name, "b");
  EXPECT_EQ((*parts)[1].body, "");
}

TEST(MultipartTest, QuotedBoundariesAndPreambles) {
  const auto parts =
      ParseMultipart("multipart/mixed; charset=x; boundary=\"a b\"", "hello\r\n--a b\r\n\r\nbody\r\n--a b--", 10);
  ASSERT_TRUE(parts.ok()) << parts.status().message();
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ((*parts)[0].body, "body");
}

TEST(MultipartTest, WhatIsCutShortOrNoneIsRefused) {
  const auto message = [](const char* type, const std::string& body) {
    return ParseMultipart(type, body, 2).status().message();
  };
  EXPECT_THAT(message("multipart/form-data", "--x--"), HasSubstr("no boundary"));
  EXPECT_THAT(message(kType, "other"), HasSubstr("does not begin"));
  EXPECT_THAT(message(kType, "--xyz\r\n\r\nbody"), HasSubstr("part 0 of the body has no end"));
  EXPECT_THAT(message(kType, "--xyz\r\nContent-Type: a"), HasSubstr("no end of its headers"));
  EXPECT_THAT(message(kType, "--xyz\r\nnonsense\r\n\r\nb\r\n--xyz--"), HasSubstr("without a colon"));
  EXPECT_THAT(message(kType, "--xyz\r\n\r\nbody\r\n--xyz"), HasSubstr("cut short"));
  EXPECT_EQ(ParseMultipart(kType, "--xyz\r\n\r\na\r\n--xyz\r\n\r\nb\r\n--xyz\r\n\r\nc\r\n--xyz--", 2).status().code(),
            StatusCode::kTooLarge);
}

}  // namespace
}  // namespace sinew::server
