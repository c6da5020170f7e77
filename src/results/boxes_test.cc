// The two boxes. The expected ones were computed with tf-pose-estimation's own rules, in Python.
#include "results/boxes.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "sinew/model_description.h"

namespace sinew::results {
namespace {

// A standing person seen from the front in a picture of 640x360, without some keypoints.
Person Standing(const std::vector<size_t>& without = {}) {
  Person person;
  person.keypoints.resize(Coco18Skeleton().keypoints.size());
  person.keypoints[0] = {300, 100, 0.9f};  // nose
  person.keypoints[1] = {305, 150, 0.9f};  // neck
  person.keypoints[2] = {265, 152, 0.8f};  // shoulders, hips: right, left
  person.keypoints[5] = {345, 149, 0.8f};
  person.keypoints[8] = {280, 260, 0.7f};
  person.keypoints[11] = {330, 262, 0.7f};
  person.keypoints[14] = {292, 92, 0.9f};  // eyes, ears
  person.keypoints[15] = {309, 91, 0.9f};
  person.keypoints[16] = {280, 96, 0.6f};
  person.keypoints[17] = {322, 95, 0.5f};
  for (const size_t i : without) person.keypoints[i] = {};
  return person;
}

struct Case {
  const char* what;
  Person person;
  std::optional<Box> face, upper_body;
  int width = 640, height = 360;
};

Person WithScore(float score) {
  Person person = Standing();
  for (Keypoint& k : person.keypoints) k.score = std::min(k.score, score);
  return person;
}

Person Higher() {
  Person person = Standing();
  for (Keypoint& k : person.keypoints) k.y -= k.score > 0 ? 95 : 0;
  return person;
}

Person FromBehind() {
  Person person = Standing();
  person.keypoints[16].x = 340;
  person.keypoints[17].x = 270;
  return person;
}

TEST(BoxesTest, AsTfPoseEstimation) {
  const Case cases[] = {
      {"everything", Standing(), Box{300, 107, 40, 40}, Box{305, 153, 104, 218}},
      {"no left eye", Standing({15, 17}), Box{307, 107, 40, 40}, Box{305, 154, 104, 216}},
      {"no right eye", Standing({14, 16}), Box{294, 107, 40, 40}, Box{305, 153, 104, 218}},
      {"no neck", Standing({1}), Box{300, 106, 34, 34}, Box{305, 176, 104, 171}},
      {"no eyes, no ears", Standing({14, 15, 16, 17}), Box{300, 107, 40, 40}, Box{305, 161, 104, 202}},
      {"no nose", Standing({0}), std::nullopt, Box{305, 176, 104, 171}},
      {"no right shoulder", Standing({2}), Box{300, 107, 40, 40}, Box{305, 153, 92, 218}},
      {"no left shoulder", Standing({5}), Box{300, 107, 40, 40}, Box{305, 153, 92, 218}},
      {"no shoulders", Standing({2, 5}), Box{300, 107, 40, 40}, Box{305, 153, 50, 218}},
      {"ears far apart", FromBehind(), Box{300, 119, 112, 112}, Box{305, 153, 104, 218}},
      {"scores between the thresholds", WithScore(0.25f), Box{300, 107, 40, 40}, std::nullopt},
      {"scores at the lower threshold", WithScore(0.2f), std::nullopt, std::nullopt},
      {"at the top of the picture", Higher(), Box{300, 16, 40, 32}, Box{305, 84, 104, 167}},
      {"picture cut at the right and below", Standing(), Box{295, 98, 30, 23}, Box{282, 77, 57, 66}, 310, 110},
      {"picture left of the nose", Standing(), Box{285, 107, 10, 40}, Box{272, 153, 37, 218}, 290, 360},
      {"picture left of the person", Standing(), std::nullopt, std::nullopt, 100, 360},
      {"picture unknown", Standing(), std::nullopt, std::nullopt, 0, 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(FaceBox(c.person, Coco18Skeleton(), c.width, c.height), c.face) << c.what;
    EXPECT_EQ(UpperBodyBox(c.person, Coco18Skeleton(), c.width, c.height), c.upper_body) << c.what;
  }
}

TEST(BoxesTest, FaceWithEyes) {
  const auto box = [](const Person& person) {
    return FaceBox(person, Coco18Skeleton(), 640, 360, FaceBoxMode::kWithEyes);
  };
  EXPECT_EQ(box(Standing()), (Box{280, 76, 40, 40}));
  EXPECT_EQ(box(Standing({15, 17})), (Box{287, 76, 40, 40})) << "no left eye";
  EXPECT_EQ(box(Standing({14, 15})), std::nullopt) << "no eyes";
}

TEST(BoxesTest, AnyNumbersAreSafe) {
  const float wild[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38f, -3e38f,
                        100};
  for (size_t shift = 0; shift < 5; ++shift) {
    Person person = Standing();
    for (size_t i = 0; i < person.keypoints.size(); ++i)
      person.keypoints[i] = {wild[(i + shift) % 5], wild[(i / 2 + shift) % 5], 1};
    for (const auto& box :
         {FaceBox(person, Coco18Skeleton(), 640, 360), UpperBodyBox(person, Coco18Skeleton(), 640, 360)}) {
      if (!box) continue;
      EXPECT_TRUE(box->width > 0 && box->width <= 640 && box->height > 0 && box->height <= 360);
    }
  }
  EXPECT_EQ(FaceBox({}, Coco18Skeleton(), 640, 360), std::nullopt) << "another skeleton";
}

}  // namespace
}  // namespace sinew::results
