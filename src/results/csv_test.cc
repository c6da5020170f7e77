// The rows, their quoting, and failures.
#include "results/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "results/output_test_util.h"

namespace sinew::results {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CsvWriterTest : public WriterTest {
 protected:
  // The lines of the file that holds these records.
  std::vector<std::string> WrittenLines(const std::vector<Record>& records) {
    auto writer = CreateCsvWriter(folder_ / "ü 1.csv", Coco18Skeleton());
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    for (const Record& record : records) EXPECT_TRUE((*writer)->Write(record).ok());
    EXPECT_FALSE(fs::exists(folder_ / "ü 1.csv")) << "appears when whole";
    EXPECT_TRUE((*writer)->Finish().ok());
    std::istringstream text(Content("ü 1.csv"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(CsvWriterTest, ARowAPerson) {
  Record followed = Frame("w.mp4", 7, 2);
  followed.person_ids = {4, 12};
  const std::vector<std::string> lines = WrittenLines({Picture("a.jpg"), followed});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], StartsWith("source,frame,seconds,width,height,person,person_id,score,nose_x,nose_y,nose_score,"
                                   "neck_x,neck_y,neck_score,"));
  EXPECT_THAT(lines[0], EndsWith(",left_ear_x,left_ear_y,left_ear_score,error,damaged"));
  EXPECT_THAT(lines[1], StartsWith("a.jpg,0,,640,360,0,,0.75,,,,10,20,0.5,20,40,0.5,"));
  EXPECT_THAT(lines[1], EndsWith(",170,340,0.5,,"));
  EXPECT_THAT(lines[2], StartsWith("w.mp4,7,0.28,640,360,0,4,0.75,"));
  EXPECT_THAT(lines[3], StartsWith("w.mp4,7,0.28,640,360,1,12,0.75,"));
  for (const std::string& line : lines) EXPECT_EQ(std::count(line.begin(), line.end(), ','), 9 + 3 * 18) << line;
}

TEST_F(CsvWriterTest, EveryFrameIsVisible) {
  const std::vector<std::string> lines =
      WrittenLines({Picture("nobody.jpg", 0), Undecodable("b.jpg", "b.jpg: damaged")});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "nobody.jpg,0,,640,360" + std::string(59, ','));
  EXPECT_EQ(lines[2], "b.jpg,0,,0,0" + std::string(58, ',') + "b.jpg: damaged,");
}

TEST_F(CsvWriterTest, DamagedFramesAreMarked) {
  Record record = Picture("v.mp4", 1);
  record.damaged = true;
  EXPECT_THAT(WrittenLines({record}).back(), EndsWith(",true"));
}

TEST_F(CsvWriterTest, QuotesWhatNeedsIt) {
  const std::vector<std::string> lines = WrittenLines({Picture("a, b.jpg", 0), Picture("the \"best\".jpg", 0),
                                                       Picture("two\nlines.jpg", 0), Picture("caf\xe9 ü=1.jpg", 0)});
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_THAT(lines[1], StartsWith("\"a, b.jpg\",0,"));
  EXPECT_THAT(lines[2], StartsWith("\"the \"\"best\"\".jpg\",0,"));
  EXPECT_EQ(lines[3], "\"two");
  EXPECT_THAT(lines[4], StartsWith("lines.jpg\",0,"));
  EXPECT_THAT(lines[5], StartsWith("caf\xe9 ü=1.jpg,0,"));
}

TEST_F(CsvWriterTest, WhatIsNotFiniteIsMissing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Record record = Picture("a.jpg");
  record.seconds = nan;
  record.people[0].score = nan;
  record.people[0].keypoints[1].x = nan;
  EXPECT_THAT(WrittenLines({record})[1], StartsWith("a.jpg,0,,640,360,0,,0,,,,,,,20,40,0.5,"));
}

TEST_F(CsvWriterTest, ARunThatEndsEarlyLeavesTheEarlierFile) {
  std::ofstream(folder_ / "x.csv") << "earlier";
  std::ofstream(folder_ / "x.csv.part") << "half";
  {
    auto writer = CreateCsvWriter(folder_ / "x.csv", Coco18Skeleton()).value();
    EXPECT_TRUE(writer->Keep().ok());
    EXPECT_EQ(Content("x.csv.part"), "half") << "no record came";
  }
  {
    auto writer = CreateCsvWriter(folder_ / "x.csv", Coco18Skeleton()).value();
    ASSERT_TRUE(writer->Write(Picture("a.jpg")).ok());
    ASSERT_TRUE(writer->Keep().ok());
  }
  EXPECT_THAT(Content("x.csv.part"), StartsWith("source,"));
  EXPECT_THAT(Content("x.csv.part"), EndsWith(",170,340,0.5,,\n"));
  EXPECT_EQ(Content("x.csv"), "earlier");
  EXPECT_EQ(WrittenLines({}).size(), 1u) << "the header, where there is no frame at all";
}

TEST_F(CsvWriterTest, Failures) {
  EXPECT_THAT(CreateCsvWriter(folder_, Coco18Skeleton()).status().message(), HasSubstr("is a folder"));
  EXPECT_THAT(CreateCsvWriter("/dev/full", Coco18Skeleton()).status().message(), HasSubstr("/dev/full: is a device"));
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THAT(CreateCsvWriter(folder_ / "file" / "x.csv", Coco18Skeleton()).status().message(),
              HasSubstr("file/x.csv.part: cannot open: Not a directory"));
  {
    auto writer = CreateCsvWriter(folder_ / "x.csv", Coco18Skeleton());
    ASSERT_TRUE(writer.ok());
    Record other = Picture("a.jpg");
    other.people[0].keypoints.pop_back();
    EXPECT_THAT((*writer)->Write(other).message(), HasSubstr("a.jpg frame 0: a person of 17 keypoints"));
    const FullDisk full(1500);
    EXPECT_THAT((*writer)->Write(Picture("a.jpg", 10)).message(),
                HasSubstr("x.csv.part: cannot write: File too large"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "x.csv"));
}

}  // namespace
}  // namespace sinew::results
