// The folder of OpenPose's JSON: its names, its failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "output/openpose_json.h"
#include "output/output_test_util.h"

namespace sinew::output {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using OpenPoseWriterTest = WriterTest;

TEST_F(OpenPoseWriterTest, AFileAFrame) {
  auto writer = CreateOpenPoseWriter(folder_ / "new" / "json");
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  const std::vector<std::pair<Record, std::string>> cases = {
      {Picture("in/photo one.jpg"), "photo one_keypoints.json"},
      {Picture("other/photo one.jpg", 2), "photo one-2_keypoints.json"},
      {Frame("ü.mp4", 12), "ü_000000000012_keypoints.json"},
      {Undecodable("broken.jpg", "broken.jpg: the file is empty"), "broken_keypoints.json"},
      {Picture("nobody.png", 0), "nobody_keypoints.json"},
  };
  for (const auto& [record, name] : cases) {
    ASSERT_TRUE((*writer)->Write(record).ok());
    EXPECT_EQ(Content("new/json/" + name), ToOpenPoseJson(record));
  }
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "new" / "json"), fs::directory_iterator()), 5);
}

TEST_F(OpenPoseWriterTest, FailuresNameThePath) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THAT(CreateOpenPoseWriter(folder_ / "file").status().message(), HasSubstr("file: is a file, a folder is needed"));
  EXPECT_THAT(CreateOpenPoseWriter(folder_ / "file" / "below").status().message(), HasSubstr("file/below: cannot create the folder"));

  auto writer = CreateOpenPoseWriter(folder_ / "json");
  ASSERT_TRUE(writer.ok());
  fs::create_directory(folder_ / "json" / "a_keypoints.json");
  EXPECT_THAT((*writer)->Write(Picture("a.jpg")).message(), HasSubstr("a_keypoints.json: is a folder"));
  {
    const FullDisk full(100);
    EXPECT_THAT((*writer)->Write(Picture("b.jpg")).message(), HasSubstr("b_keypoints.json: cannot write: File too large"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "json" / "b_keypoints.json")) << "whole or not at all";
  fs::remove_all(folder_ / "json");
  EXPECT_THAT((*writer)->Write(Picture("c.jpg")).message(), HasSubstr("c_keypoints.json: cannot create: No such file"));
}

}  // namespace
}  // namespace sinew::output
