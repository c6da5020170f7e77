// The exact text that is written, the way back, and what is refused.
#include "output/openpose_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::output {
namespace {

using ::testing::HasSubstr;

TEST(OpenPoseJsonTest, NobodyIsAnEmptyList) { EXPECT_EQ(ToOpenPoseJson({}), "{\"version\":1.3,\"people\":[]}\n"); }

TEST(OpenPoseJsonTest, ExactText) {
  const std::vector<Person> people = {{.keypoints = {{12.3456f, 7, 0.87654321f}, {}}, .score = 1}};
  EXPECT_EQ(ToOpenPoseJson(people),
            "{\"version\":1.3,\"people\":[{\"person_id\":[-1],\"pose_keypoints_2d\":[12.346,7.0,0.876543,0.0,0.0,0.0],"
            "\"face_keypoints_2d\":[],\"hand_left_keypoints_2d\":[],\"hand_right_keypoints_2d\":[],\"pose_keypoints_3d\":[],"
            "\"face_keypoints_3d\":[],\"hand_left_keypoints_3d\":[],\"hand_right_keypoints_3d\":[]}]}\n");
}

TEST(OpenPoseJsonTest, ReadsBackWhatItWrote) {
  const std::vector<Person> people = {{.keypoints = {{1.5f, 2.25f, 0.5f}, {}, {3, 4, 0.25f}}, .score = 0.375f},
                                      {.keypoints = {{}, {100.125f, 0, 1}, {}}, .score = 1}};
  EXPECT_EQ(ParseOpenPoseJson(ToOpenPoseJson(people), "a.json").value(), people);
}

TEST(OpenPoseJsonTest, RefusesOtherDocuments) {
  const auto error = [](std::string_view text) { return ParseOpenPoseJson(text, "a.json").status().message(); };
  EXPECT_THAT(error(""), HasSubstr("a.json: is no JSON"));
  EXPECT_THAT(error("{\"people\":["), HasSubstr("is no JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("has no list \"people\""));
  EXPECT_THAT(error("{\"people\":[{}]}"), HasSubstr("person 0: has no list"));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2]}]}"), HasSubstr("has 2 values"));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2,\"x\"]}]}"), HasSubstr("no number: \"x\""));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2,1e99]}]}"), HasSubstr("out of range"));
}

}  // namespace
}  // namespace sinew::output
