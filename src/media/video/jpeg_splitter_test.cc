// Pictures out of streams, however the bytes come.
#include "media/video/jpeg_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

#include "media/media_test_util.h"

namespace sinew::media {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Split(std::string_view stream, size_t chunk, std::string* unfinished = nullptr) {
  JpegSplitter splitter;
  std::vector<std::string> pictures;
  for (; !stream.empty(); stream.remove_prefix(std::min(chunk, stream.size()))) {
    splitter.Append(stream.substr(0, chunk));
    while (auto picture = splitter.Next()) pictures.push_back(std::move(*picture));
  }
  if (unfinished != nullptr) *unfinished = splitter.unfinished();
  return pictures;
}

TEST(JpegSplitterTest, AnyChunks) {
  const std::string a = NumberedJpeg(0), b = NumberedJpeg(1, 31, 17), c = NumberedJpeg(2);
  const std::string stream =
      "--boundary\r\nContent-Type: image/jpeg\r\n\r\n" + a + "\r\n--boundary\r\n\r\n" + b + c + std::string(5, '\0');
  for (const size_t chunk : {1, 2, 3, 7, 64, 100000}) EXPECT_THAT(Split(stream, chunk), ElementsAre(a, b, c)) << chunk;
}

TEST(JpegSplitterTest, AThumbnailDoesNotEndAPicture) {
  const std::string thumbnail = NumberedJpeg(1, 8, 8);
  std::string picture = NumberedJpeg(0);
  const size_t length = thumbnail.size() + 2;
  picture.insert(
      2, std::string("\xff\xe1") + static_cast<char>(length >> 8) + static_cast<char>(length & 0xff) + thumbnail);
  EXPECT_THAT(Split(picture + picture, 11), ElementsAre(picture, picture));
}

TEST(JpegSplitterTest, FillBytesRestartsAndSeveralScans) {
  const std::string picture("\xff\xd8\xff\xff\xdb\0\x02\xff\xda\0\x02 1\xff\0\xff\xd0 2\xff\xff\xda\0\x02 3\xff\xd9",
                            28);
  EXPECT_THAT(Split(picture + picture, 1), ElementsAre(picture, picture));
}

TEST(JpegSplitterTest, DamagedPicturesDoNotTakeTheNextAlong) {
  const std::string a = NumberedJpeg(0), b = NumberedJpeg(1);
  const std::string half = a.substr(0, a.size() - 20);
  EXPECT_THAT(Split(half + b + a, 50), ElementsAre(half, b, a));
  std::string no_marker = a;
  no_marker[2 + 2 + 16] = 'x';  // where the second segment should begin
  EXPECT_THAT(Split(no_marker + b, 50), ::testing::Contains(b));
  std::string unfinished;
  EXPECT_THAT(Split(b + half, 50, &unfinished), ElementsAre(b));
  EXPECT_EQ(unfinished, half);
  EXPECT_THAT(Split(b + "\r\n--end--", 50, &unfinished), ElementsAre(b));
  EXPECT_EQ(unfinished, "");
}

TEST(JpegSplitterTest, NoiseDoesNoHarm) {
  std::mt19937 random(1);
  const std::string alphabet("\xff\xff\xff\xd8\xd9\xda\xdb\x00\x01\x02 a", 12);
  for (int round = 0; round < 200; ++round) {
    std::string noise;
    for (int i = 0; i < 500; ++i) noise += alphabet[random() % alphabet.size()];
    const std::vector<std::string> pictures = Split(noise, 500);
    for (const std::string& picture : pictures) EXPECT_TRUE(picture.starts_with("\xff\xd8\xff"));
    EXPECT_EQ(Split(noise, 1), pictures);
  }
}

}  // namespace
}  // namespace sinew::media
