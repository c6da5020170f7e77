// Tests of files that others write before they are accepted.
#include "base/scratch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temporary.h"
#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ScratchFileTest = TemporaryFolderTest;

TEST_F(ScratchFileTest, AcceptedOrGone) {
  const fs::path path = Make("a", "earlier");
  {
    ScratchFile scratch = ScratchFile::CreateBeside(path).value();
    ASSERT_TRUE(WriteFile(scratch.path(), "rejected").ok());
    ASSERT_TRUE(scratch.Hold().ok());
  }
  EXPECT_EQ(*ReadFile(path), "earlier");
  EXPECT_EQ(FileCount(), 1u);
  ScratchFile scratch = ScratchFile::CreateBeside(path).value();
  ASSERT_TRUE(WriteFile(scratch.path(), "new").ok());
  ASSERT_TRUE(scratch.Hold().ok());
  ASSERT_TRUE(scratch.Accept(path).ok());
  EXPECT_EQ(*ReadFile(path), "new");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(ScratchFileTest, OthersLeaveItAloneWhileItIsHeld) {
  ScratchFile scratch = ScratchFile::CreateBeside(folder_ / "a").value();
  EXPECT_EQ(RemoveStaleTemporaries(folder_), 0);
  ASSERT_TRUE(WriteFile(scratch.path(), "new").ok());
  ASSERT_TRUE(scratch.Hold().ok());
  EXPECT_EQ(RemoveStaleTemporaries(folder_), 0);
  EXPECT_EQ(*ReadFile(scratch.path()), "new");
}

TEST_F(ScratchFileTest, TheFinalNameIsCheckedFirst) {
  fs::create_directory(folder_ / "d");
  EXPECT_THAT(ScratchFile::CreateBeside(folder_ / "d").status().message(), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace sinew
