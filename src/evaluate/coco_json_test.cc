// COCO documents: what is read, and what is refused with which words.
#include "evaluate/coco_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sinew::evaluate {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json Keypoints() {
  Json list = Json::array();
  for (int i = 0; i < kCocoKeypointCount; ++i) {
    list.push_back(10 + i);
    list.push_back(20.5 + i);
    list.push_back(i % 3);
  }
  return list;
}

Json Dataset() {
  return {{"info", {{"year", 2017}}},
          {"categories", {{{"id", 1}, {"name", "person"}}}},
          {"images", {{{"id", 7}, {"file_name", "val/7.jpg"}, {"width", 640}}, {{"id", 9}, {"file_name", "9.jpg"}}}},
          {"annotations",
           {{{"id", 100},
             {"image_id", 9},
             {"category_id", 1},
             {"segmentation", {{1, 2, 3}}},
             {"keypoints", Keypoints()},
             {"num_keypoints", 11},
             {"bbox", {1, 2, 3.5, 4}},
             {"area", 12.25},
             {"iscrowd", 0}}}}};
}

Json Results() {
  return {{{"image_id", 9}, {"category_id", 1}, {"keypoints", Keypoints()}, {"score", 0.5}},
          {{"image_id", 7}, {"category_id", 1}, {"keypoints", Keypoints()}, {"score", -2}}};
}

CocoDataset Parsed() { return ParseCocoAnnotations(Dataset().dump(), "a.json").value(); }

TEST(CocoAnnotations, Read) {
  const CocoDataset dataset = Parsed();
  EXPECT_EQ(dataset.category_id, 1);
  ASSERT_EQ(dataset.images.size(), 2u);
  EXPECT_EQ(dataset.images[0].id, 7);
  EXPECT_EQ(dataset.images[0].file_name, "val/7.jpg");
  ASSERT_EQ(dataset.people.size(), 1u);
  const Annotation& person = dataset.people[0];
  EXPECT_EQ(person.image_id, 9);
  EXPECT_EQ(person.keypoints[2].x, 12);
  EXPECT_EQ(person.keypoints[2].y, 22.5);
  EXPECT_FALSE(person.labelled[0]);
  EXPECT_TRUE(person.labelled[1]);
  EXPECT_TRUE(person.labelled[2]);
  EXPECT_EQ(person.keypoint_count, 11);
  EXPECT_EQ(person.box.width, 3.5);
  EXPECT_EQ(person.area, 12.25);
  EXPECT_FALSE(person.crowd);
}

TEST(CocoAnnotations, Refused) {
  const auto error = [](const std::string& text) { return ParseCocoAnnotations(text, "a.json").status().message(); };
  EXPECT_THAT(error("{\"images\":["), HasSubstr("a.json: is not JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("a.json: has no list \"categories\""));

  // Each case damages one field of a good document.
  const auto damaged = [&](const char* where, Json value) {
    Json document = Dataset();
    document[Json::json_pointer(where)] = std::move(value);
    return error(document.dump());
  };
  EXPECT_THAT(damaged("/categories", {{{"id", 1}}, {{"id", 2}}}), HasSubstr("has 2 categories"));
  EXPECT_THAT(damaged("/categories/0/id", "one"), HasSubstr("no whole number \"id\""));
  EXPECT_THAT(damaged("/images", 3), HasSubstr("no list \"images\""));
  EXPECT_THAT(damaged("/images/1", 3), HasSubstr("image 1: has no whole number \"id\""));
  EXPECT_THAT(damaged("/images/1/id", 7), HasSubstr("image 1: its id 7 is there twice"));
  EXPECT_THAT(damaged("/images/1/id", 1e30), HasSubstr("no whole number \"id\""));
  EXPECT_THAT(damaged("/images/1/id", 18446744073709551615u), HasSubstr("no whole number \"id\""));
  EXPECT_THAT(damaged("/images/0/file_name", nullptr), HasSubstr("image 0: has no text \"file_name\""));
  for (const char* path : {"", "..", "/etc/passwd", "a/../../b.jpg", "../b.jpg"}) {
    EXPECT_THAT(damaged("/images/0/file_name", path), HasSubstr("leads out of the folder")) << path;
  }
  EXPECT_THAT(damaged("/images/0/file_name", std::string("a\0b", 3)), HasSubstr("leads out of the folder"));
  EXPECT_THAT(damaged("/annotations/0/image_id", 8), HasSubstr("annotation 0: is on image 8, which"));
  EXPECT_THAT(damaged("/annotations/0/category_id", 2), HasSubstr("is of category 2, the annotated one is 1"));
  EXPECT_THAT(damaged("/annotations/0/keypoints", {1, 2, 3}), HasSubstr("\"keypoints\" has 3 values, must be 51"));
  EXPECT_THAT(damaged("/annotations/0/keypoints", nullptr), HasSubstr("no list \"keypoints\""));
  EXPECT_THAT(damaged("/annotations/0/keypoints/4", "x"), HasSubstr("not a number"));
  EXPECT_THAT(damaged("/annotations/0/keypoints/4", 1e200), HasSubstr("must be -1000000000 to 1000000000"));
  EXPECT_THAT(damaged("/annotations/0/num_keypoints", 18), HasSubstr("\"num_keypoints\" is 18, must be 0 to 17"));
  EXPECT_THAT(damaged("/annotations/0/bbox/2", -1), HasSubstr("must not be negative"));
  EXPECT_THAT(damaged("/annotations/0/area", -1), HasSubstr("\"area\" has -1"));
  EXPECT_THAT(damaged("/annotations/0/iscrowd", 2), HasSubstr("\"iscrowd\" is 2"));
}

TEST(CocoResults, ReadWithAreasAroundTheKeypoints) {
  const auto detections = ParseCocoResults(Results().dump(), "r.json", Parsed());
  ASSERT_TRUE(detections.ok()) << detections.status().message();
  ASSERT_EQ(detections->size(), 2u);
  EXPECT_EQ((*detections)[0].image_id, 9);
  EXPECT_EQ((*detections)[0].score, 0.5);
  EXPECT_EQ((*detections)[0].keypoints[16].y, 36.5);
  EXPECT_EQ((*detections)[0].area, 16 * 16);
  EXPECT_EQ((*detections)[1].score, -2);
}

TEST(CocoResults, TheFirstOneDecidesWhoseAreasCount) {
  Json results = Results();
  results[1]["bbox"] = {0, 0, 2, 3};
  EXPECT_EQ((*ParseCocoResults(results.dump(), "r.json", Parsed()))[1].area, 16 * 16);
  results[0]["bbox"] = {0, 0, 4, 5};
  EXPECT_EQ((*ParseCocoResults(results.dump(), "r.json", Parsed()))[0].area, 20);
  EXPECT_EQ((*ParseCocoResults(results.dump(), "r.json", Parsed()))[1].area, 6);
  results[1].erase("bbox");
  EXPECT_THAT(ParseCocoResults(results.dump(), "r.json", Parsed()).status().message(),
              HasSubstr("r.json: result 1: has no list \"bbox\""));
}

TEST(CocoResults, NoResults) { EXPECT_TRUE(ParseCocoResults("[]", "r.json", Parsed())->empty()); }

TEST(CocoResults, Refused) {
  const auto error = [](const std::string& text) {
    return ParseCocoResults(text, "r.json", Parsed()).status().message();
  };
  EXPECT_THAT(error("]"), HasSubstr("r.json: is not JSON"));
  EXPECT_THAT(error("{}"), HasSubstr("r.json: COCO results are a list"));
  EXPECT_THAT(error("[1]"), HasSubstr("result 0: has no whole number \"category_id\""));
  const auto damaged = [&](const char* where, Json value) {
    Json document = Results();
    document[Json::json_pointer(where)] = std::move(value);
    return error(document.dump());
  };
  EXPECT_THAT(damaged("/1/image_id", 8), HasSubstr("result 1: is on image 8, which the annotations do not list"));
  EXPECT_THAT(damaged("/1/category_id", 3), HasSubstr("category 3"));
  EXPECT_THAT(damaged("/1/score", nullptr), HasSubstr("\"score\" has a value that is not a number"));
  EXPECT_THAT(damaged("/1/score", 1e10), HasSubstr("\"score\" has"));
  EXPECT_THAT(damaged("/1/keypoints", Json::array()), HasSubstr("has 0 values"));
}

}  // namespace
}  // namespace sinew::evaluate
