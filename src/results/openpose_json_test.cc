// The exact text that is written, the way back, and what is refused.
#include "results/openpose_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sinew::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(OpenPoseJsonTest, NobodyIsAnEmptyList) {
  EXPECT_EQ(ToOpenPoseJson(Record()), "{\"version\":1.3,\"people\":[]}\n");
}

TEST(OpenPoseJsonTest, ExactText) {
  const std::vector<Person> people = {{.keypoints = {{12.3456f, 7, 0.87654321f}, {}}, .score = 1}};
  EXPECT_EQ(
      ToOpenPoseJson(people),
      "{\"version\":1.3,\"people\":[{\"person_id\":[-1],\"pose_keypoints_2d\":[12.346,7.0,0.876543,0.0,0.0,0.0],"
      "\"face_keypoints_2d\":[],\"hand_left_keypoints_2d\":[],\"hand_right_keypoints_2d\":[],\"pose_keypoints_3d\":[],"
      "\"face_keypoints_3d\":[],\"hand_left_keypoints_3d\":[],\"hand_right_keypoints_3d\":[]}]}\n");
}

TEST(OpenPoseJsonTest, ReadsBackWhatItWrote) {
  const std::vector<Person> people = {{.keypoints = {{1.5f, 2.25f, 0.5f}, {}, {3, 4, 0.25f}}, .score = 0.375f},
                                      {.keypoints = {{}, {100.125f, 0, 1}, {}}, .score = 1}};
  EXPECT_EQ(ParseOpenPoseJson(ToOpenPoseJson(people), "a.json").value(), people);
}

TEST(OpenPoseJsonTest, WhatOpenPoseHasNoPlaceFor) {
  Record record = {
      .source = "a.jpg", .width = 100, .height = 100, .people = {{.keypoints = {{1, 2, 0.5f}}}}, .person_ids = {7}};
  EXPECT_THAT(ToOpenPoseJson(record), HasSubstr("{\"person_id\":[7],\"pose_keypoints_2d\":[1.0,2.0,0.5]"));
  EXPECT_THAT(ToOpenPoseJson(record), Not(HasSubstr("box")));
  EXPECT_THAT(ToOpenPoseJson(record, {.boxes = true}), HasSubstr("\"face_box\":null,\"upper_body_box\":null}]}"));
  record = {.source = "a.jpg", .error = "a.jpg: damaged \xff"};
  EXPECT_EQ(ToOpenPoseJson(record), "{\"version\":1.3,\"people\":[],\"error\":\"a.jpg: damaged \xEF\xBF\xBD\"}\n");
}

TEST(OpenPoseJsonTest, CoordinatesInOtherScales) {
  const Record record = {.source = "a.jpg",
                         .width = 200,
                         .height = 100,
                         .people = {{.keypoints = {{50, 25, 0.5f}, {}}}},
                         .candidates = {{{50, 25, 0.5f}, {100, 100, 0.25f}}, {}}};
  EXPECT_THAT(ToOpenPoseJson(record), HasSubstr("\"pose_keypoints_2d\":[50.0,25.0,0.5,0.0,0.0,0.0]"));
  EXPECT_THAT(ToOpenPoseJson(record),
              HasSubstr("\"part_candidates\":[{\"0\":[50.0,25.0,0.5,100.0,100.0,0.25],\"1\":[]}]}"));
  const std::string unit = ToOpenPoseJson(record, {.scale = KeypointScale::kUnit});
  EXPECT_THAT(unit, HasSubstr("\"pose_keypoints_2d\":[0.25,0.25,0.5,0.0,0.0,0.0]")) << "a missing one stays 0, 0, 0";
  EXPECT_THAT(unit, HasSubstr("\"0\":[0.25,0.25,0.5,0.5,1.0,0.25]"));
  EXPECT_THAT(ToOpenPoseJson(record, {.scale = KeypointScale::kSigned}),
              HasSubstr("\"pose_keypoints_2d\":[-0.5,-0.5,0.5,0.0,0.0,0.0]"));
}

TEST(OpenPoseJsonTest, NumbersThatAreNotFiniteAreMissing) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Person> people = {
      {.keypoints = {{inf, 1, 1}, {1, nan, 1}, {1, 2, -inf}, {-0.0001f, 3e38f, 1}}, .score = nan}};
  const auto read = ParseOpenPoseJson(ToOpenPoseJson(people), "a.json");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_THAT((*read)[0].keypoints, ElementsAre(Keypoint(), Keypoint(), Keypoint(), Keypoint{0, 3e38f, 1}));
  EXPECT_THAT(ToOpenPoseJson(people), Not(HasSubstr("-0")));
}

TEST(OpenPoseJsonTest, RefusesOtherDocuments) {
  const auto error = [](const std::string& text) { return ParseOpenPoseJson(text, "a.json").status().message(); };
  EXPECT_THAT(error(""), HasSubstr("a.json: is not JSON"));
  EXPECT_THAT(error("{\"people\":["), HasSubstr("is not JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("has no list \"people\""));
  EXPECT_THAT(error("{\"people\":[{}]}"), HasSubstr("person 0: has no list"));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2]}]}"), HasSubstr("has 2 values"));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2,\"x\"]}]}"), HasSubstr("not a number: string"));
  // Refused without following it all the way down.
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2," + std::string(1'000'000, '[') +
                    std::string(1'000'000, ']') + "]}]}"),
              HasSubstr("not a number: array"));
  EXPECT_THAT(error("{\"people\":[{\"pose_keypoints_2d\":[1,2,1e99]}]}"), HasSubstr("out of range"));
}

}  // namespace
}  // namespace sinew::results
