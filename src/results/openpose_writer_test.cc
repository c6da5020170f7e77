// The files of OpenPose's JSON: their names, their failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "results/openpose_json.h"
#include "results/output_test_util.h"

namespace sinew::results {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using OpenPoseWriterTest = WriterTest;

TEST_F(OpenPoseWriterTest, AFileAFrame) {
  for (const auto& [name, record] : {std::pair{"photo one", Picture("in/photo one.jpg")},
                                     {"ü_000000000012", Frame("ü.mp4", 12)},
                                     {"broken", Undecodable("broken.jpg", "broken.jpg: the file is empty")},
                                     {"nobody", Picture("nobody.png", 0)}}) {
    ASSERT_TRUE(WriteOpenPoseJson(folder_, name, record).ok());
    EXPECT_EQ(Content(std::string(name) + "_keypoints.json"), ToOpenPoseJson(record));
  }
  EXPECT_EQ(FileCount(), 4u);
}

TEST_F(OpenPoseWriterTest, FailuresNameThePath) {
  fs::create_directory(folder_ / "a_keypoints.json");
  EXPECT_THAT(WriteOpenPoseJson(folder_, "a", Picture("a.jpg")).message(), HasSubstr("a_keypoints.json: is a folder"));
  {
    const FullDisk full(100);
    EXPECT_THAT(WriteOpenPoseJson(folder_, "b", Picture("b.jpg")).message(),
                HasSubstr("b_keypoints.json: cannot write: File too large"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "b_keypoints.json")) << "whole or not at all";
  EXPECT_THAT(WriteOpenPoseJson(folder_ / "none", "c", Picture("c.jpg")).message(),
              HasSubstr("c_keypoints.json: cannot create: No such file"));
}

}  // namespace
}  // namespace sinew::results
