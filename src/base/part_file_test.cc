// Tests of files that outlive an interruption.
#include "base/part_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/file.h"
#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using PartFileTest = TemporaryFolderTest;

TEST_F(PartFileTest, PiecesStayUntilTheFileIsWhole) {
  const fs::path path = Make("a", "earlier"), part = folder_ / "a.part";
  {
    Result<PartFile> file = PartFile::Open(path);
    ASSERT_TRUE(file.ok()) << file.status().message();
    ASSERT_TRUE(file->Append("12").ok());
    PartFile moved = std::move(*file);
    ASSERT_TRUE(moved.Append("34").ok());
  }
  EXPECT_EQ(*ReadFile(part), "1234") << "no call finishes a piece";
  EXPECT_EQ(*ReadFile(path), "earlier");
  Result<PartFile> again = PartFile::Open(path);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->size_bytes(), 4u);
  ASSERT_TRUE(again->Append("5").ok());
  ASSERT_TRUE(again->Truncate(3).ok());
  ASSERT_TRUE(again->Append("x").ok());
  ASSERT_TRUE(again->Commit().ok());
  EXPECT_EQ(*ReadFile(path), "123x");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(PartFileTest, KeptFilesStayAsTheyAre) {
  const fs::path path = Make("a", "earlier");
  for (const bool sync : {true, false}) {
    Result<PartFile> file = PartFile::Open(path, {.sync = sync});
    ASSERT_TRUE(file->Append("12").ok());
    ASSERT_TRUE(file->Keep().ok());
  }
  EXPECT_EQ(*ReadFile(folder_ / "a.part"), "1212");
  EXPECT_EQ(*ReadFile(path), "earlier");
}

TEST_F(PartFileTest, TheContentIsReplacedByTheFirstPiece) {
  Make("a.part", "12345");
  {
    PartFile file = PartFile::Open(folder_ / "a").value();
    file.StartAnew();
    EXPECT_TRUE(file.Keep().ok());
  }
  EXPECT_EQ(*ReadFile(folder_ / "a.part"), "12345") << "there was none";
  {
    PartFile file = PartFile::Open(folder_ / "a").value();
    file.GoOnFrom(3);
    ASSERT_TRUE(file.Append("x").ok());
    ASSERT_TRUE(file.Append("y").ok());
  }
  EXPECT_EQ(*ReadFile(folder_ / "a.part"), "123xy");
  PartFile file = PartFile::Open(folder_ / "a").value();
  file.StartAnew();
  ASSERT_TRUE(file.Commit().ok());
  EXPECT_EQ(*ReadFile(folder_ / "a"), "");
}

// As of a run that is refused after it has opened its outputs.
TEST_F(PartFileTest, OpeningChangesNothing) {
  { EXPECT_TRUE(PartFile::Open(folder_ / "new").ok()); }
  EXPECT_TRUE(PartFile::Open(folder_ / "new")->Keep().ok());
  EXPECT_EQ(FileCount(), 0u);
  Make("a.part", "12");
  { EXPECT_TRUE(PartFile::Open(folder_ / "a").ok()); }
  EXPECT_EQ(*ReadFile(folder_ / "a.part"), "12");
}

TEST_F(PartFileTest, OneProcessWritesAtATime) {
  Result<PartFile> file = PartFile::Open(folder_ / "a");
  ASSERT_TRUE(file.ok());
  const Result<PartFile> other = PartFile::Open(folder_ / "a");
  EXPECT_EQ(other.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(other.status().message(), HasSubstr("another process is writing it"));
}

TEST_F(PartFileTest, PlantedFilesAreRefused) {
  const fs::path target = Make("target", "kept");
  fs::create_symlink(target, folder_ / "link.part");
  EXPECT_THAT(PartFile::Open(folder_ / "link").status().message(), HasSubstr("link.part: is a symbolic link"));
  fs::create_symlink(folder_ / "none", folder_ / "dangling.part");
  EXPECT_FALSE(PartFile::Open(folder_ / "dangling").ok());
  EXPECT_FALSE(fs::exists(folder_ / "none"));
  fs::create_hard_link(target, folder_ / "hard.part");
  EXPECT_THAT(PartFile::Open(folder_ / "hard").status().message(), HasSubstr("is a file with other names as well"));
  EXPECT_EQ(*ReadFile(target), "kept");
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of another user";
  ASSERT_EQ(::chown(Make("theirs.part", "kept").c_str(), 12345, 12345), 0);
  EXPECT_THAT(PartFile::Open(folder_ / "theirs").status().message(), HasSubstr("belongs to another user"));
}

TEST_F(PartFileTest, RefusesWhatIsNoFile) {
  EXPECT_THAT(PartFile::Open(folder_).status().message(), HasSubstr("is a folder"));
  EXPECT_EQ(PartFile::Open(folder_ / "none" / "a").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(PartFile::Open("/dev/full").status().message(), HasSubstr("/dev/full: is a device"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe.part").c_str(), 0600), 0);
  EXPECT_THAT(PartFile::Open(folder_ / "pipe").status().message(), HasSubstr("pipe.part: is not a regular file"));
  fs::create_directory(folder_ / "b.part");
  EXPECT_THAT(PartFile::Open(folder_ / "b").status().message(), HasSubstr("b.part: is a folder"));
  Result<PartFile> file = PartFile::Open(folder_ / "c");
  fs::create_directory(folder_ / "c");
  ASSERT_TRUE(file->Append("x").ok());
  EXPECT_THAT(file->Commit().message(), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace sinew
