// Tests of file reading, mapping, and of writes that appear only when whole.
#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <utility>

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = ::testing::TempDir() + "/sinew_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }

  fs::path Make(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  size_t FileCount() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  fs::path folder_;
};

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
  EXPECT_EQ(MappedFile::Open(folder_ / "none").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MappedFile::Open(folder_).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(FileTest, MapsFiles) {
  Result<MappedFile> mapped = MappedFile::Open(Make("a", "12345"));
  ASSERT_TRUE(mapped.ok()) << mapped.status().message();
  MappedFile file = std::move(*mapped);
  ASSERT_EQ(file.bytes().size(), 5u);
  EXPECT_EQ(file.bytes()[4], std::byte{'5'});
  Result<MappedFile> empty = MappedFile::Open(Make("empty", ""));
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->bytes().empty());
}

TEST_F(FileTest, WritesAppearOnCommit) {
  const fs::path path = folder_ / "a";
  Result<AtomicFile> file = AtomicFile::Create(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  ASSERT_TRUE(file->Write("12").ok());
  ASSERT_TRUE(file->Write("345").ok());
  EXPECT_EQ(file->written_bytes(), 5u);
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(*ReadFile(path), "12345");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FileTest, AbandonedWritesLeaveTheOldFile) {
  const fs::path path = Make("a", "old");
  {
    Result<AtomicFile> file = AtomicFile::Create(path);
    ASSERT_TRUE(file->Write("new").ok());
    AtomicFile moved = std::move(*file);  // only the new owner cleans up
    EXPECT_EQ(FileCount(), 2u);
  }
  EXPECT_EQ(*ReadFile(path), "old");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FileTest, WrittenFilesHaveOrdinaryPermissions) {
  const mode_t old = ::umask(022);
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(WriteFile(path, "x").ok());
  ::umask(old);
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
}

TEST_F(FileTest, RefusesToWriteOverAFolderOrIntoNone) {
  const Status folder = WriteFile(folder_, "x");
  EXPECT_EQ(folder.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(folder.message(), HasSubstr("is a folder"));
  EXPECT_EQ(WriteFile(folder_ / "none" / "a", "x").code(), StatusCode::kNotFound);
}

TEST_F(FileTest, NeverReplacesADevice) {
  fs::create_symlink("/dev/null", folder_ / "null");
  EXPECT_THAT(WriteFile(folder_ / "null", "x").message(), HasSubstr("is a device or a pipe"));
  EXPECT_TRUE(fs::is_character_file(folder_ / "null"));
}

TEST_F(FileTest, NamesTheFileThatNoMoreFitsInto) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  EXPECT_THAT(WriteToDescriptor(full, "results.csv", "x").message(),
              HasSubstr("results.csv: cannot write: No space left"));
  ::close(full);
}

TEST_F(FileTest, AppendedPiecesStay) {
  const fs::path path = folder_ / "a.part";
  {
    Result<AppendFile> file = AppendFile::Open(path);
    ASSERT_TRUE(file.ok()) << file.status().message();
    ASSERT_TRUE(file->Append("12").ok());
    AppendFile moved = std::move(*file);
    ASSERT_TRUE(moved.Append("34").ok());
  }
  EXPECT_EQ(*ReadFile(path), "1234") << "no call finishes a piece";
  Result<AppendFile> again = AppendFile::Open(path);
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_TRUE(again->Truncate(3).ok());
  ASSERT_TRUE(again->Append("x").ok());
  ASSERT_TRUE(again->FinishAs(folder_ / "a").ok());
  EXPECT_EQ(*ReadFile(folder_ / "a"), "123x");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FileTest, OneProcessAppendsAtATime) {
  Result<AppendFile> file = AppendFile::Open(folder_ / "a");
  ASSERT_TRUE(file.ok());
  const Result<AppendFile> other = AppendFile::Open(folder_ / "a");
  EXPECT_EQ(other.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(other.status().message(), HasSubstr("another process is writing it"));
}

TEST_F(FileTest, AppendingRefusesWhatIsNoFile) {
  EXPECT_EQ(AppendFile::Open(folder_).status().code(), StatusCode::kIo);
  EXPECT_EQ(AppendFile::Open(folder_ / "none" / "a").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(AppendFile::Open("/dev/full").status().message(), HasSubstr("/dev/full: is not a regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(AppendFile::Open(folder_ / "pipe").ok());
  Result<AppendFile> file = AppendFile::Open(folder_ / "a");
  fs::create_directory(folder_ / "b");
  EXPECT_THAT(file->FinishAs(folder_ / "b").message(), HasSubstr("is a folder"));
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
