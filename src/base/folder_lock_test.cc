// Locks of folders: who waits for whom.
#include "base/folder_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

using ::testing::HasSubstr;

using FolderLockTest = TemporaryFolderTest;

TEST_F(FolderLockTest, OneThreadAtATime) {
  int inside = 0, most = 0, entered = 0;  // what the lock protects
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const Result<Descriptor> lock = LockFolder(folder_);
        ASSERT_TRUE(lock.ok()) << lock.status().message();
        ++inside, ++entered;
        most = std::max(most, inside);
        if (i % 50 == 0) std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(entered, 800);
}

TEST_F(FolderLockTest, AKilledProcessHoldsNothing) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Result<Descriptor> lock = LockFolder(folder_);
    const char byte = lock.ok() ? 1 : 0;
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 1);
  ASSERT_EQ(TryLock(Descriptor(OpenRetrying(folder_.c_str(), 0)).get()), LockOutcome::kBusy);
  kill(child, SIGKILL);
  EXPECT_TRUE(LockFolder(folder_).ok());
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(std::filesystem::is_empty(folder_)) << "it leaves nothing";
}

TEST_F(FolderLockTest, WhatIsNoFolderIsNamed) {
  EXPECT_EQ(LockFolder(folder_ / "none").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(LockFolder(folder_ / "none").status().message(), HasSubstr("none: cannot open the folder"));
  EXPECT_TRUE(LockFolder("").ok()) << "the current one";
}

}  // namespace
}  // namespace sinew
