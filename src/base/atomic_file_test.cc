// Tests of writes that appear only when whole, of their random names, and of what killed processes leave.
#include "base/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/temporary.h"
#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using AtomicFileTest = TemporaryFolderTest;

TEST_F(AtomicFileTest, WritesAppearOnCommit) {
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

TEST_F(AtomicFileTest, AbandonedWritesLeaveTheOldFile) {
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

TEST_F(AtomicFileTest, WrittenFilesHaveOrdinaryPermissions) {
  const mode_t old = ::umask(022);
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(WriteFile(path, "x").ok());
  ::umask(old);
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
}

TEST_F(AtomicFileTest, RefusesToWriteOverAFolderOrIntoNone) {
  const Status folder = WriteFile(folder_, "x");
  EXPECT_EQ(folder.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(folder.message(), HasSubstr("is a folder"));
  EXPECT_EQ(WriteFile(folder_ / "none" / "a", "x").code(), StatusCode::kNotFound);
}

TEST_F(AtomicFileTest, NeverReplacesADevice) {
  fs::create_symlink("/dev/null", folder_ / "null");
  EXPECT_THAT(WriteFile(folder_ / "null", "x").message(), HasSubstr("is a device or a pipe"));
  EXPECT_TRUE(fs::is_character_file(folder_ / "null"));
}

TEST_F(AtomicFileTest, NamesTheFileThatNoMoreFitsInto) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  EXPECT_THAT(WriteToDescriptor(full, "results.csv", "x").message(),
              HasSubstr("results.csv: cannot write: No space left"));
  ::close(full);
}

// Runs `work` in a process of its own, which it kills.
template <class Work>
void InKilledProcess(const Work& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the process ended by itself";
}

TEST_F(AtomicFileTest, TemporaryNamesCannotBeGuessed) {
  std::set<fs::path> names;
  for (int i = 0; i < 50; ++i) {
    Result<Temporary> temporary = CreateTemporary(folder_, "a");
    ASSERT_TRUE(temporary.ok()) << temporary.status().message();
    EXPECT_TRUE(names.insert(temporary->path).second);
    EXPECT_EQ(temporary->path.parent_path(), folder_);
    ::close(temporary->fd);
  }
}

TEST_F(AtomicFileTest, WhatKilledProcessesLeaveIsRemoved) {
  InKilledProcess([&] {
    Result<AtomicFile> file = AtomicFile::Create(folder_ / "a");
    if (file.ok() && file->Write("half").ok()) ::kill(::getpid(), SIGKILL);
  });
  ASSERT_EQ(FileCount(), 1u);
  RemoveStaleTemporariesOnce(folder_);
  EXPECT_LE(FileCount(), 1u) << "an earlier test may have had a folder of the same number";
  Make(".sinew-00000000000000ee.tmp", "left");
  // Of a process that lives, of others' making, and no files at all.
  Result<Temporary> living = CreateTemporary(folder_, "b");
  ASSERT_TRUE(living.ok());
  const fs::path target = Make("target", "kept");
  fs::create_symlink(target, folder_ / ".sinew-00000000000000aa.tmp");
  fs::create_directory(folder_ / ".sinew-00000000000000bb.tmp");
  ASSERT_EQ(::mkfifo((folder_ / ".sinew-00000000000000cc.tmp").c_str(), 0600), 0);
  Make(".sinew-short.tmp", "");
  Make(".sinew-00000000000000dd.tmpx", "");
  EXPECT_GE(RemoveStaleTemporaries(folder_), 1);
  EXPECT_EQ(FileCount(), 7u);
  EXPECT_TRUE(fs::exists(living->path));
  EXPECT_EQ(*ReadFile(target), "kept");
  ::close(living->fd);
  EXPECT_EQ(RemoveStaleTemporaries(folder_), 1) << "its process could as well have ended";
  EXPECT_FALSE(fs::exists(living->path));
}

TEST_F(AtomicFileTest, ReplacesALinkAndNotItsTarget) {
  const fs::path target = Make("target", "kept");
  fs::create_symlink(target, folder_ / "link");
  ASSERT_TRUE(WriteFile(folder_ / "link", "new").ok());
  EXPECT_EQ(*ReadFile(target), "kept");
  EXPECT_FALSE(fs::is_symlink(folder_ / "link"));
}

TEST_F(AtomicFileTest, TheNameMayBeAsLongAsAnyName) {
  const std::string longest(255, 'x');
  EXPECT_TRUE(WriteFile(folder_ / longest, "x").ok());
  EXPECT_THAT(WriteFile(folder_ / (longest + "x"), "x").message(), HasSubstr("File name too long"));
}

TEST_F(AtomicFileTest, WithoutSyncToo) {
  ASSERT_TRUE(WriteFile(folder_ / "a", "x", {.sync = false}).ok());
  EXPECT_EQ(*ReadFile(folder_ / "a"), "x");
  EXPECT_EQ(FileCount(), 1u);
}

}  // namespace
}  // namespace sinew
