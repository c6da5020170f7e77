// Text of layers, there and back, and what is refused.
#include "layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace sinew::bench {
namespace {

using ::testing::HasSubstr;

TEST(LayerText, IsParsedBack) {
  for (const char* text : {"conv1 x5 46x82x185 | conv 7x7 pad 3,3 relu 46x82x128",
                           "c x1 8x9x3 | conv 3x2 stride 2x1 dilation 2x3 pad 1,0 relu6 4x7x16",
                           "pool1 x1 368x656x64 | conv 3x3 pad 1,1 relu 368x656x64 | pool 2x2 stride 2x2 184x328x64",
                           "s x2 46x54x512 | depthwise 3x3 pad 1,1 46x54x512 | conv 1x1 46x54x128"}) {
    const Result<Layer> layer = ParseLayer(text);
    ASSERT_TRUE(layer.ok()) << layer.status().message();
    EXPECT_EQ(ToText(*layer), text);
  }
}

TEST(LayerText, SaysWhatEachWordMeans) {
  const Layer layer =
      ParseLayer("a/b x3 8x9x4 | depthwise 3x3 stride 2x2 pad 1,0 relu 4x5x4 | conv 1x1 4x5x16").value();
  EXPECT_EQ(layer.name, "a/b");
  EXPECT_EQ(layer.times, 3);
  ASSERT_EQ(layer.operations.size(), 2u);
  EXPECT_EQ(layer.operations[0].kind, Operation::Kind::kDepthwise);
  EXPECT_EQ(layer.operations[0].pad_top, 1);
  EXPECT_EQ(layer.operations[0].pad_left, 0);
  EXPECT_EQ(layer.operations[0].activation, cpu::Activation::kRelu);
  EXPECT_EQ(layer.input_of(1), (Size{4, 5, 4}));
  EXPECT_EQ(layer.output(), (Size{4, 5, 16}));
  // 4 * 5 * 4 outputs of 9 products, 4 * 5 * 16 of 4.
  EXPECT_EQ(MultiplyAdds(layer), 80 * 9 + 320 * 4);
  EXPECT_EQ(WeightFloats(layer, 0), 36u);
  EXPECT_EQ(WeightFloats(layer, 1), 64u);
}

TEST(LayerText, RefusesNonsense) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is not a layer"},
      {"a x1 8x8x3", "is not a layer"},
      {"a 1 8x8x3 | conv 1x1 8x8x3", "is not a layer"},
      {"a x0 8x8x3 | conv 1x1 8x8x3", "\"0\": 1 numbers of 1 to 65536"},
      {"a x1 8x8 | conv 1x1 8x8x3", "\"8x8\": 3 numbers"},
      {"a x1 8x8x-3 | conv 1x1 8x8x3", "\"8x8x-3\""},
      {"a x1 65536x65536x3 | conv 1x1 8x8x3", "too large"},
      {"a x1 8x8x3 | fold 1x1 8x8x3", "no operation is called \"fold\""},
      {"a x1 8x8x3 | conv 1x1", "is not an operation"},
      {"a x1 8x8x3 | conv 0x1 8x8x3", "\"0x1\""},
      {"a x1 8x8x3 | conv 1x1 stride 8x8x3", "something is missing"},
      {"a x1 8x8x3 | conv 1x1 tanh 2 8x8x3", "\"tanh\" is unknown"},
      {"a x1 8x8x3 | depthwise 3x3 8x8x4", "only a conv changes them"},
      {"a x1 8x8x3 | pool 2x2 relu 4x4x3", "neither dilation nor activation"},
      {"a x1 8x8x3 | conv 3x3 90x8x3", "an output of 90x8 needs more than an input of 8x8"},
      {"a x1 8x8x3 | conv 3x3 pad 3,1 8x8x3", "needs more"},
      {"a x1 255x255x16000 | depthwise 255x255 1x1x16000", "its kernel is too large"},
      {"a x1 8x8x60000 | conv 3x3 pad 1,1 8x8x60000", "its kernel is too large"},
  };
  for (const auto& [text, message] : cases) {
    const Result<Layer> layer = ParseLayer(text);
    ASSERT_FALSE(layer.ok()) << text;
    EXPECT_THAT(layer.status().message(), HasSubstr(message)) << text;
  }
}

TEST(LayerFile, NamesTheLine) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "layers.txt";
  ASSERT_TRUE(WriteFile(path, "# a network\n\na x1 8x8x3 | conv 1x1 8x8x4\nb x1 8x8x4 | cov 1x1 8x8x4\n").ok());
  EXPECT_THAT(ReadLayers(path).status().message(), HasSubstr("layers.txt:4: no operation is called \"cov\""));
  ASSERT_TRUE(WriteFile(path, "# nothing\n").ok());
  EXPECT_THAT(ReadLayers(path).status().message(), HasSubstr("has no layer"));
  EXPECT_EQ(ReadLayers(path.string() + "x").status().code(), StatusCode::kNotFound);
}

TEST(LayerFile, TheNetworksCanBeRead) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SINEW_SOURCE_DIR "/bench/shapes")) {
    const Result<std::vector<Layer>> layers = ReadLayers(entry.path());
    EXPECT_TRUE(layers.ok()) << layers.status().message();
    ++files;
  }
  EXPECT_GE(files, 3);
}

}  // namespace
}  // namespace sinew::bench
