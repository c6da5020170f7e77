// Tests of mappings, and of what is known about those whose file changes.
#include "base/mapped_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using MappedFileTest = TemporaryFolderTest;

TEST_F(MappedFileTest, MapsFiles) {
  Result<MappedFile> mapped = MappedFile::Open(Make("a", "12345"));
  ASSERT_TRUE(mapped.ok()) << mapped.status().message();
  MappedFile file = std::move(*mapped);
  ASSERT_EQ(file.bytes().size(), 5u);
  EXPECT_EQ(file.bytes()[4], std::byte{'5'});
  Result<MappedFile> empty = MappedFile::Open(Make("empty", ""));
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->bytes().empty());
}

TEST_F(MappedFileTest, OnlyRegularFiles) {
  EXPECT_EQ(MappedFile::Open(folder_ / "none").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MappedFile::Open(folder_).status().code(), StatusCode::kInvalidArgument);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::Open(folder_ / "pipe").status().message(), HasSubstr("is not a regular file"));
}

TEST_F(MappedFileTest, AddressesAreKnownWhileTheyAreMapped) {
  const fs::path path = Make("a", std::string(10'000, 'x'));
  const std::byte* first = nullptr;
  {
    MappedFile file = MappedFile::Open(path).value();
    MappedFile moved = std::move(file);
    first = moved.bytes().data();
    EXPECT_EQ(MappedFileAt(first), path);
    EXPECT_EQ(MappedFileAt(first + 9'999), path);
    EXPECT_EQ(MappedFileAt(first + 10'000), nullptr);
    EXPECT_EQ(MappedFileAt(first - 1), nullptr);
  }
  EXPECT_EQ(MappedFileAt(first), nullptr);
  // Beyond what the table holds, mappings work all the same.
  std::vector<MappedFile> many;
  for (int i = 0; i < 1100; ++i) {
    Result<MappedFile> file = MappedFile::Open(path);
    if (!file.ok()) GTEST_SKIP() << "this many descriptors are not allowed here: " << file.status().message();
    many.push_back(std::move(*file));
  }
  EXPECT_EQ(many.back().bytes().size(), 10'000u);
}

TEST_F(MappedFileTest, WritingToTheFileShowsAndReplacingItDoesNot) {
  const fs::path path = Make("a", "12345");
  const MappedFile file = MappedFile::Open(path).value();
  EXPECT_TRUE(file.CheckUnchanged().ok());
  fs::rename(Make("b", "other"), path);
  EXPECT_TRUE(file.CheckUnchanged().ok());
  const MappedFile again = MappedFile::Open(path).value();
  // The clock of a file system may tick only a hundred times a second.
  const struct timespec times[] = {{0, UTIME_NOW}, {12345, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_EQ(again.CheckUnchanged().code(), StatusCode::kCorrupt);
  EXPECT_THAT(again.CheckUnchanged().message(), HasSubstr("was written to while it was in use"));
  EXPECT_TRUE(file.CheckUnchanged().ok());
  EXPECT_TRUE(MappedFile().CheckUnchanged().ok());
}

}  // namespace
}  // namespace sinew
