// Child processes: what they print, how they end, what they may write.
#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace sinew {
namespace {

using ::testing::HasSubstr;

Result<ProcessResult> Shell(const std::string& script, const ProcessOptions& options = {}) {
  return RunProcess({"sh", "-c", script}, options);
}

TEST(ProcessTest, OutputErrorsAndExitCodeComeBack) {
  const auto result = Shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "out");
  EXPECT_EQ(result->errors, "err");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(ProcessTest, ArgumentsAreNoShellText) {
  EXPECT_EQ(RunProcess({"printf", "%s", "$(id); `id` * \"'"})->output, "$(id); `id` * \"'");
}

TEST(ProcessTest, InputIsEmpty) { EXPECT_EQ(Shell("cat; echo end")->output, "end"); }

// More than pipes hold, on both at once: reading one after the other would stop the program for good.
TEST(ProcessTest, OfMuchTextTheEndIsKept) {
  const auto result = Shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; echo last >&2; echo LAST");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output.substr(result->output.size() - 4), "LAST");
  EXPECT_EQ(result->errors.substr(result->errors.size() - 4), "last");
  EXPECT_LT(result->output.size(), 10'000u);
}

TEST(ProcessTest, SignalsAreExitCodesAbove128) { EXPECT_EQ(Shell("kill -9 $$")->exit_code, 128 + 9); }

TEST(ProcessTest, AMissingProgramIsNamed) {
  const Status status = RunProcess({"no-such-program-here"}).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("\"no-such-program-here\""));
}

TEST(ProcessTest, FilesAreLimited) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "sinew_process_test";
  // The pause lets the limit be set before the file is written.
  const std::string script = "sleep 0.1; exec head -c 5000 /dev/zero > " + file.string();
  EXPECT_EQ(Shell(script, {.max_file_bytes = 4096})->exit_code, kFileGrewTooLarge);
  EXPECT_EQ(std::filesystem::file_size(file), 4096u);
  EXPECT_EQ(Shell(script, {.max_file_bytes = 5000})->exit_code, 0);
  std::filesystem::remove(file);
}

// As a program may that turns these signals into errors of writing.
TEST(ProcessTest, SignalsThatAreIgnoredHereAreNotThere) {
  void (*const before)(int) = std::signal(SIGXFSZ, SIG_IGN);
  const auto result = RunProcess({"sh", "-c", "kill -XFSZ $$; echo alive"});
  std::signal(SIGXFSZ, before);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, kFileGrewTooLarge);
  EXPECT_EQ(result->output, "");
}

}  // namespace
}  // namespace sinew
