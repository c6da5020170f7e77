// Videos in parts: all parts together are the whole, frame by frame, whatever the codec, the container and the distance
// of key frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "media/media_test_util.h"
#include "media/source.h"
#include "media/video/ffmpeg_test_util.h"
#include "media/video/part_finder.h"

namespace sinew::media {
namespace {

using ::testing::HasSubstr;

TEST(PartFinderTest, CutsBeforeKeyFramesThatFollowAll) {
  PartFinder finder({10, 30});
  finder.Add({0, true, true, 10});
  EXPECT_FALSE(finder.has_begun()) << "what begins before the part's first byte is not its";
  finder.Add({1, false, true, 10});
  EXPECT_FALSE(finder.has_begun()) << "is no key frame";
  finder.Add({6, true, true, 10});
  EXPECT_EQ(finder.begin(), 6);
  EXPECT_EQ(finder.last_before(), 1);
  finder.Add({4, false, true, 10});  // leading frames
  finder.Add({5, false, false, 10});
  EXPECT_EQ(finder.frames_before(), 3);
  finder.Add({7, false, true, 10});
  EXPECT_FALSE(finder.end());
  finder.Add({9, true, true, 10});
  EXPECT_EQ(finder.end(), 9);
  finder.Add({8, false, true, 10});
  finder.Add({10, false, true, 10});
  EXPECT_EQ(finder.frames(), 3) << "6, 7 and 8";
}

TEST(PartFinderTest, CutsNothingWhereFramesCannotBeToldFromEachOther) {
  for (const std::optional<int64_t> bad : {std::optional<int64_t>(), std::optional<int64_t>(1)}) {
    PartFinder finder({1, std::nullopt});
    finder.Add({1, true, true, 10});
    finder.Add({bad, false, true, 10});
    finder.Add({5, true, true, 10});
    EXPECT_FALSE(finder.has_begun());
  }
  PartFinder finder({1, std::nullopt});
  finder.Add({5, true, true, 10});
  finder.Add({3, true, true, 10});
  EXPECT_FALSE(finder.has_begun()) << "is shown before what was there before it";
}

TEST(PartFinderTest, IsEmptyWhereKeyFramesAreRare) {
  PartFinder finder({10, 20});
  finder.Add({0, true, true, 50});
  finder.Add({1, true, true, 50});
  EXPECT_TRUE(finder.has_begun());
  EXPECT_TRUE(finder.is_empty());
}

class VideoPartsTest : public BackendTest {
 protected:
  struct Seen {
    int64_t number;
    std::optional<double> seconds;
    uint64_t hash;
    bool damaged;
    std::string error;
    bool operator==(const Seen&) const = default;
  };
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.number << " at " << seen.seconds.value_or(-1) << " " << seen.hash << seen.error;
  }
  // By place.
  static std::map<size_t, std::vector<Seen>> Read(const std::string& path, const SourceOptions& options) {
    std::vector<SkippedFile> skipped;
    const std::vector<std::string> arguments = {path};
    auto source = OpenInputs(ExpandInputs(arguments, {}, &skipped), options);
    EXPECT_TRUE(source.ok()) << source.status().message();
    std::map<size_t, std::vector<Seen>> frames;
    Frame frame;
    while ((*source)->Next(&frame).value()) {
      uint64_t hash = 0;
      for (const uint8_t value : frame.image.pixels) hash = hash * 31 + value;
      frames[frame.input].push_back({frame.number, frame.seconds, hash, frame.damaged, frame.error});
    }
    return frames;
  }
  static std::vector<Seen> ReadWhole(const std::string& path, SourceOptions options = {}) {
    options.shard = {};
    return Read(path, options)[0];
  }
  // All shards, in the order of places; `parts` gets how many of these have frames.
  static std::vector<Seen> ReadParts(const std::string& path, int64_t shards, int64_t bytes, SourceOptions options,
                                     size_t* parts) {
    std::map<size_t, std::vector<Seen>> places;
    for (int64_t number = 1; number <= shards; ++number) {
      options.shard = {number, shards, bytes};
      for (auto& [place, frames] : Read(path, options)) {
        EXPECT_EQ(static_cast<int64_t>(place) % shards, number - 1);
        places[place] = std::move(frames);
      }
    }
    *parts = places.size();
    std::vector<Seen> all;
    for (const auto& [place, frames] : places) all.insert(all.end(), frames.begin(), frames.end());
    return all;
  }
  static MadeVideo Long(const std::string& path, const std::string& codec,
                        std::vector<std::pair<const char*, const char*>> options) {
    MadeVideo video;
    video.path = path;
    video.codec = codec;
    video.seconds.clear();
    for (int i = 0; i < 90; ++i) video.seconds.push_back(0.1 * i);
    video.sample = [](int frame, int plane, int x, int y) {
      return (x * (3 + plane) + y * 5 + frame * 7 + x * y) % 200 + 20;
    };
    video.options = std::move(options);
    return video;
  }
};

TEST_F(VideoPartsTest, TogetherAreTheWhole) {
  const struct {
    const char *path, *codec;
    std::vector<std::pair<const char*, const char*>> options;
    bool divides;
  } cases[] = {
      {"closed.mp4", "libx264", {{"g", "10"}, {"bf", "3"}}, true},
      {"open.mkv", "libx264", {{"g", "10"}, {"bf", "3"}, {"x264-params", "open-gop=1:scenecut=0"}}, true},
      {"stream.ts", "libx264", {{"g", "10"}, {"bf", "3"}}, true},
      {"open5.mp4", "libx265", {{"g", "10"}, {"x265-params", "open-gop=1:log-level=none"}}, true},
      {"b.mkv", "mpeg4", {{"g", "10"}, {"bf", "2"}}, true},
      {"v.webm", "libvpx-vp9", {{"g", "10"}, {"deadline", "realtime"}, {"cpu-used", "8"}}, true},
      {"intra.avi", "mjpeg", {}, true},
      {"rare.mp4", "libx264", {{"g", "1000"}}, false},
  };
  for (const auto& one : cases) {
    if (avcodec_find_encoder_by_name(one.codec) == nullptr) continue;
    MadeVideo video = Long(one.path, one.codec, one.options);
    if (video.codec == "mjpeg") video.format = AV_PIX_FMT_YUVJ420P;
    MakeVideo(video);
    const std::vector<Seen> whole = ReadWhole(one.path);
    ASSERT_EQ(whole.size(), 90u) << one.path;
    size_t parts = 0;
    EXPECT_EQ(ReadParts(one.path, 3, 5000, {}, &parts), whole) << one.path;
    EXPECT_EQ(parts > 2, one.divides) << one.path << ": " << parts << " parts with frames";
  }
}

TEST_F(VideoPartsTest, SelectionsCountFramesOfTheWhole) {
  MakeVideo(Long("v.mp4", "mpeg4", {{"g", "10"}}));
  SourceOptions options;
  options.frames = {13, 4, 71};
  size_t parts = 0;
  EXPECT_EQ(ReadParts("v.mp4", 3, 5000, options, &parts), ReadWhole("v.mp4", options));
  EXPECT_GT(parts, 2u);
  options.frames = {1000, 1, std::nullopt};
  const std::vector<Seen> none = ReadParts("v.mp4", 3, 5000, options, &parts);
  EXPECT_EQ(none, ReadWhole("v.mp4", options));
  ASSERT_EQ(none.size(), 1u);
  EXPECT_THAT(none[0].error, HasSubstr("none of them is to be taken"));
}

TEST_F(VideoPartsTest, ATruncatedVideoIsToldOnce) {
  MakeVideo(Long("v.mkv", "mpeg4", {{"g", "10"}}));
  const std::string bytes = ReadBytes("v.mkv");
  WriteBytes("v.mkv", bytes.substr(0, bytes.size() * 2 / 3));
  const std::vector<Seen> whole = ReadWhole("v.mkv");
  size_t parts = 0;
  EXPECT_EQ(ReadParts("v.mkv", 3, 5000, {}, &parts), whole);
  EXPECT_FALSE(whole.back().error.empty());
}

TEST_F(VideoPartsTest, LostFramesAreTold) {
  MakeVideo(Long("v.ts", "libx264", {{"g", "10"}, {"bf", "0"}}));
  std::string bytes = ReadBytes("v.ts");
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + 3000; ++i) bytes[i] = 0;
  WriteBytes("v.ts", bytes);
  size_t parts = 0;
  const std::vector<Seen> whole = ReadWhole("v.ts"), all = ReadParts("v.ts", 3, 10000, {}, &parts);
  bool told = all == whole;  // nothing was lost but pixels
  for (const Seen& seen : all) told = told || seen.error.find("read it whole") != std::string::npos;
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace sinew::media
