// The list that COCO's tools read: order of keypoints, numbers of pictures, failures.
#include "results/coco_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "results/output_test_util.h"

namespace sinew::results {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CocoWriterTest : public WriterTest {
 protected:
  std::string WrittenText(const std::vector<Record>& records) {
    auto writer = CreateCocoWriter(folder_ / "results.json", Coco18Skeleton());
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    for (const Record& record : records) EXPECT_TRUE((*writer)->Write(record).ok());
    EXPECT_TRUE((*writer)->Finish().ok());
    return Content("results.json");
  }
  std::vector<int64_t> Ids(const std::vector<Record>& records) {
    std::vector<int64_t> ids;
    for (const auto& entry : nlohmann::json::parse(WrittenText(records))) ids.push_back(entry["image_id"]);
    return ids;
  }
};

TEST_F(CocoWriterTest, NobodyIsAnEmptyList) {
  EXPECT_EQ(WrittenText({Picture("1.jpg", 0), Undecodable("2.jpg", "damaged")}), "[]\n");
}

TEST_F(CocoWriterTest, ExactText) {
  Record two = Picture("val/000000000192.jpg", 2);
  two.people[1].keypoints.assign(18, Keypoint());
  two.people[1].keypoints[1] = {5, 6, 0.9f};  // the neck, which COCO has not
  EXPECT_EQ(
      WrittenText({two}),
      "[\n"
      "{\"image_id\":192,\"category_id\":1,\"keypoints\":[0.0,0.0,0.0,"  // nose, eyes, ears: left before right
      "150.0,300.0,0.5,140.0,280.0,0.5,170.0,340.0,0.5,160.0,320.0,0.5,"
      "50.0,100.0,0.5,20.0,40.0,0.5,60.0,120.0,0.5,30.0,60.0,0.5,70.0,140.0,0.5,40.0,80.0,0.5,"
      "110.0,220.0,0.5,80.0,160.0,0.5,120.0,240.0,0.5,90.0,180.0,0.5,130.0,260.0,0.5,100.0,200.0,0.5],\"score\":0.75},"
      "\n"
      "{\"image_id\":192,\"category_id\":1,\"keypoints\":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,"
      "0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,"
      "0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],\"score\":0.75}\n"
      "]\n");
}

TEST_F(CocoWriterTest, NumbersOfPictures) {
  EXPECT_THAT(Ids({Picture("7.jpg"), Picture("in/COCO_val2014_000000000192.jpg"), Picture("0.png"),
                   Picture("999999999999.png")}),
              ElementsAre(7, 192, 0, 999'999'999'999));
  const int64_t first = kFirstRunningImageId;
  EXPECT_THAT(Ids({Picture("photo.jpg"), Picture("IMG_0192.jpg"), Picture("7.jpg"), Picture("1234567890123.jpg"),
                   Picture("-7.jpg"), Picture("x000000000192.jpg"), Picture("")}),
              ElementsAre(first, first + 1, 7, first + 2, first + 3, first + 4, first + 5));
  EXPECT_THAT(Ids({Picture("a/7.jpg"), Picture("b/7.jpg")}), ElementsAre(7, first)) << "no two pictures share a number";
  EXPECT_THAT(Ids({Picture("x.jpg", 0), Picture("y.jpg")}), ElementsAre(first + 1))
      << "counted with those without people";
}

TEST_F(CocoWriterTest, RunningNumbersSayWhatTheyMean) {
  const auto list = nlohmann::json::parse(WrittenText({Picture("ü.jpg"), Frame("7.mp4", 3), Picture("8.jpg")}));
  ASSERT_THAT(list, SizeIs(3));
  EXPECT_EQ(list[0]["file_name"], "ü.jpg");
  EXPECT_FALSE(list[0].contains("frame"));
  EXPECT_EQ(list[1]["image_id"], kFirstRunningImageId + 1) << "a video is not a picture of COCO";
  EXPECT_EQ(list[1]["file_name"], "7.mp4");
  EXPECT_EQ(list[1]["frame"], 3);
  EXPECT_FALSE(list[2].contains("file_name"));
}

TEST_F(CocoWriterTest, ARunThatEndsEarlyLeavesWholeJsonBesideTheEarlierFile) {
  ASSERT_TRUE(WriteFile(folder_ / "x.json", "earlier").ok());
  {
    auto writer = CreateCocoWriter(folder_ / "x.json", Coco18Skeleton()).value();
    ASSERT_TRUE(writer->Write(Picture("a.jpg")).ok());
    ASSERT_TRUE(writer->Keep().ok());
  }
  EXPECT_THAT(nlohmann::json::parse(Content("x.json.part")), SizeIs(1));
  EXPECT_EQ(Content("x.json"), "earlier");
}

TEST_F(CocoWriterTest, Failures) {
  EXPECT_THAT(CreateCocoWriter(folder_, Coco18Skeleton()).status().message(), HasSubstr("is a folder"));
  EXPECT_THAT(CreateCocoWriter(folder_ / "none" / "x.json", Coco18Skeleton()).status().message(),
              HasSubstr("none/x.json.part: cannot open"));
  {
    auto writer = CreateCocoWriter(folder_ / "x.json", Coco18Skeleton());
    ASSERT_TRUE(writer.ok());
    Record other = Picture("a.jpg");
    other.people[0].keypoints.resize(25);
    EXPECT_THAT((*writer)->Write(other).message(), HasSubstr("a person of 25 keypoints"));
    const FullDisk full(100);
    EXPECT_THAT((*writer)->Write(Picture("a.jpg")).message(), HasSubstr("x.json.part: cannot write: File too large"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.json"));
}

}  // namespace
}  // namespace sinew::results
