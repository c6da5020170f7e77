// The names that frames get, and that no two frames share one.
#include "results/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/output_test_util.h"

namespace sinew::results {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

std::vector<std::string> FileNames(const std::vector<Record>& records) {
  ResultNames names;
  std::vector<std::string> result;
  for (const Record& record : records) result.push_back(names.Next(record));
  return result;
}

TEST(ResultNamesTest, PicturesAndFrames) {
  EXPECT_THAT(FileNames({Picture("a/photo one.jpg"), Picture("ü.png"), Frame("walk.mp4", 0), Frame("walk.mp4", 12)}),
              ElementsAre("photo one", "ü", "walk_000000000000", "walk_000000000012"));
  EXPECT_THAT(FileNames({Frame("long.mp4", 1'234'567'890'123)}), ElementsAre("long_1234567890123"));
  EXPECT_THAT(FileNames({Picture("COCO_val2014_000000000192.jpg"), Picture("COCO_val2014_000000000193.jpg")}),
              ElementsAre("COCO_val2014_000000000192", "COCO_val2014_000000000193"));
}

TEST(ResultNamesTest, LaterSourcesMakeRoom) {
  EXPECT_THAT(
      FileNames({Picture("a/p.jpg"), Picture("b/p.jpg"), Picture("b/p.png"), Picture("p-2.jpg"), Picture("a/p.jpg")}),
      ElementsAre("p", "p-2", "p-3", "p-2-2", "p-4"));
  EXPECT_THAT(
      FileNames({Frame("a/w.mp4", 0), Frame("a/w.mp4", 1), Frame("b/w.mp4", 0), Frame("b/w.mp4", 1), Picture("w.jpg")}),
      ElementsAre("w_000000000000", "w_000000000001", "w-2_000000000000", "w-2_000000000001", "w"));
  EXPECT_THAT(FileNames({Frame("w.mp4", 5), Frame("w.mp4", 5)}), ElementsAre("w_000000000005", "w-2_000000000005"))
      << "the same video twice";
}

TEST(ResultNamesTest, PicturesNamedLikeFramesMakeRoomToo) {
  EXPECT_THAT(FileNames({Frame("w.mp4", 0), Picture("w_000000000000.jpg"), Picture("w_000000000001.jpg")}),
              ElementsAre("w_000000000000", "w_000000000000-2", "w_000000000001-2"));
  EXPECT_THAT(FileNames({Picture("w_000000000000.jpg"), Frame("w.mp4", 0)}),
              ElementsAre("w_000000000000", "w-2_000000000000"));
}

TEST(ResultNamesTest, OddSourcesGetNamesOfFiles) {
  EXPECT_THAT(FileNames({Picture(""), Picture("folder/"), Picture("/"), Picture("rtsp://host:554/live"),
                         Picture(std::string("a\0b", 3))}),
              ElementsAre("unnamed", "unnamed-2", "unnamed-3", "live", "a_b"));
  for (const char* source : {"..", "../..", "a/..", "."}) {
    const std::string name = FileNames({Picture(source)})[0];
    EXPECT_EQ(name.find('/'), std::string::npos);
    EXPECT_FALSE(name.empty());
  }
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "€";  // 3 bytes
  const std::vector<std::string> names = FileNames({Picture(wide + "1.jpg"), Picture(wide + "2.jpg")});
  EXPECT_EQ(names[0].size(), 198u) << "cut between characters";
  EXPECT_THAT(names[1], StartsWith(names[0] + "-2"));
}

}  // namespace
}  // namespace sinew::results
