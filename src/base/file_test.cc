// Tests of whole reads and folders.
#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using FileTest = TemporaryFolderTest;
using ::testing::HasSubstr;

TEST_F(FileTest, ReadsWholeFiles) {
  const std::string content("a\0b\n", 4);
  EXPECT_EQ(*ReadFile(Make("a", content)), content);
  EXPECT_EQ(*ReadFile(Make("empty", "")), "");
  const std::string large(3'000'001, 'x');  // more than one read() call asks for
  EXPECT_EQ(*ReadFile(Make("large", large)), large);
}

TEST_F(FileTest, ReadsFilesThatStateNoSize) { EXPECT_FALSE(ReadFile("/proc/self/status")->empty()); }

TEST_F(FileTest, EnforcesTheLimit) {
  const fs::path path = Make("a", "12345");
  EXPECT_EQ(*ReadFile(path, 5), "12345");
  const Result<std::string> longer = ReadFile(path, 4);
  EXPECT_EQ(longer.status().code(), StatusCode::kTooLarge);
  EXPECT_THAT(longer.status().message(), HasSubstr("has 5 bytes, the limit is 4"));
  EXPECT_EQ(ReadFile("/proc/self/status", 1).status().code(), StatusCode::kTooLarge);
  EXPECT_EQ(ReadFile("/dev/zero", 1000).status().code(), StatusCode::kTooLarge);
}

TEST_F(FileTest, ReadsPrefixes) {
  const fs::path path = Make("a", "12345");
  EXPECT_EQ(*ReadFilePrefix(path, 3), "123");
  EXPECT_EQ(*ReadFilePrefix(path, 10), "12345");
  EXPECT_EQ(*ReadFilePrefix(path, 0), "");
  EXPECT_EQ(ReadFilePrefix("/dev/zero", 10)->size(), 10u);
}

TEST_F(FileTest, NamesMissingFilesAndFolders) {
  const Result<std::string> missing = ReadFile(folder_ / "none");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr((folder_ / "none").string()));
  const Result<std::string> folder = ReadFile(folder_);
  EXPECT_EQ(folder.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(folder.status().message(), HasSubstr("is a folder"));
}

TEST_F(FileTest, MakesFolders) {
  EXPECT_TRUE(MakeFolder(folder_ / "a" / "b").ok());
  EXPECT_TRUE(MakeFolder(folder_ / "a" / "b").ok());
  EXPECT_TRUE(fs::is_directory(folder_ / "a" / "b"));
  const Status file = MakeFolder(Make("f", "x"));
  EXPECT_EQ(file.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(file.message(), HasSubstr("is a file"));
  EXPECT_FALSE(MakeFolder(Make("g", "x") / "below").ok());
}

}  // namespace
}  // namespace sinew
