// Tests of finding out that an output is an input, whatever both are called.
#include "base/output_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/temporary_folder_test_util.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutputCheckTest : public TemporaryFolderTest {
 protected:
  Status Check(const fs::path& input, const fs::path& output) {
    const NamedFile inputs[] = {{"the input", input}}, outputs[] = {{"--write-video", output}};
    return CheckOutputs(inputs, outputs);
  }
};

TEST_F(OutputCheckTest, DifferentFilesAreFine) {
  const fs::path a = Make("a", "x");
  EXPECT_TRUE(Check(a, Make("b", "x")).ok()) << "the same content";
  EXPECT_TRUE(Check(a, folder_ / "none").ok());
  EXPECT_TRUE(Check(folder_ / "none", a).ok());
  EXPECT_TRUE(Check(a, "").ok());
  EXPECT_TRUE(Check(a, folder_ / "no folder" / "a").ok());
}

TEST_F(OutputCheckTest, OneFileIsFoundUnderEveryName) {
  const fs::path a = Make("a", "x");
  fs::create_directory(folder_ / "below");
  fs::create_symlink(a, folder_ / "link");
  fs::create_symlink("link", folder_ / "link2");
  fs::create_hard_link(a, folder_ / "hard");
  fs::create_directory_symlink(folder_, folder_ / "here");
  for (const fs::path& name : {a, folder_ / "." / "a", folder_ / "below" / ".." / "a", folder_ / "link",
                               folder_ / "link2", folder_ / "hard", folder_ / "here" / "a", fs::relative(a)}) {
    const Status status = Check(a, name);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(status.message(), HasSubstr("--write-video would replace the input")) << name;
    EXPECT_FALSE(Check(name, a).ok()) << name;
  }
}

TEST_F(OutputCheckTest, OutputsThatDoNotExistYetAreComparedToo) {
  fs::create_directory_symlink(folder_, folder_ / "here");
  fs::create_symlink("new", folder_ / "dangling");
  for (const fs::path& name : {folder_ / "new", folder_ / "here" / "new", folder_ / "dangling"}) {
    const NamedFile outputs[] = {{"--write-csv", folder_ / "new"}, {"--write-jsonl", name}};
    EXPECT_THAT(CheckOutputs({}, outputs).message(),
                HasSubstr("--write-jsonl and --write-csv would be written to the same file"))
        << name;
  }
  const NamedFile deep[] = {{"--a", folder_ / "x" / "y"}, {"--b", folder_ / "here" / "x" / "." / "y"}};
  EXPECT_FALSE(CheckOutputs({}, deep).ok());
  const NamedFile other[] = {{"--a", folder_ / "x" / "y"}, {"--b", folder_ / "x" / "z"}};
  EXPECT_TRUE(CheckOutputs({}, other).ok());
}

TEST_F(OutputCheckTest, ShardsBelongToTheirModel) {
  fs::create_directory(folder_ / "m");
  Make("m/model.json", "{}");
  const fs::path shard = Make("m/group1-shard1of1", "x");
  const NamedFile outputs[] = {{"-o", shard}};
  for (const fs::path& model : {folder_ / "m", folder_ / "m/model.json"}) {
    std::vector<NamedFile> inputs;
    AppendModelFiles("the graph", model, &inputs);
    EXPECT_THAT(CheckOutputs(inputs, outputs).message(), HasSubstr("-o would replace the graph")) << model;
  }
}

}  // namespace
}  // namespace sinew
