// Near words are found, far ones are not.
#include "base/spelling.h"

#include <gtest/gtest.h>

#include <string>

namespace sinew {
namespace {

constexpr std::string_view kWords[] = {"run", "report", "--write-json", "--write-jsonl", "--threads", "mobilenet_thin"};

TEST(SpellingTest, NearWordsAreFound) {
  EXPECT_EQ(FindSimilar("rnu", {}), "");
  EXPECT_EQ(FindSimilar("reprot", kWords), "report");
  EXPECT_EQ(FindSimilar("--write-jsn", kWords), "--write-json");
  EXPECT_EQ(FindSimilar("--write_jsonl", kWords), "--write-jsonl");
  EXPECT_EQ(FindSimilar("--Thread", kWords), "--threads");
  EXPECT_EQ(FindSimilar("mobilenet-thim", kWords), "mobilenet_thin");
  EXPECT_EQ(Suggestion("repot", kWords), " (did you mean report?)");
}

TEST(SpellingTest, FarWordsAreNot) {
  EXPECT_EQ(FindSimilar("walk", kWords), "");
  EXPECT_EQ(FindSimilar("xyz", kWords), "") << "three letters of three";
  EXPECT_EQ(FindSimilar("--thumbs", kWords), "");
  EXPECT_EQ(FindSimilar(std::string(10'000, 'r'), kWords), "");
  EXPECT_EQ(Suggestion("walk", kWords), "");
}

}  // namespace
}  // namespace sinew
