// Weights of both forms, and files that are none.
#include "compiler/import/caffe/caffemodel_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/import/caffe/caffe_cases_test_util.h"

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Error(std::string_view bytes) {
  const Result<CaffeWeights> weights = ReadCaffeWeights(bytes);
  EXPECT_FALSE(weights.ok());
  return weights.status().message();
}

TEST(CaffemodelReaderTest, BothForms) {
  const std::vector<TestBlobs> blobs = {{"conv", {{2, 1, 1, 2}, {2}}, {1, 2, 3, 4}}};
  const CaffeWeights now = ReadCaffeWeights(CaffeModelBytes(blobs)).value();
  EXPECT_EQ(now.at("conv")[0].shape, (ir::Shape{2, 1, 1, 2}));
  EXPECT_THAT(now.at("conv")[0].values, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(now.at("conv")[1].shape, (ir::Shape{2}));
  const CaffeWeights old = ReadCaffeWeights(CaffeModelBytes(blobs, CaffeAge::kOld)).value();
  EXPECT_EQ(old.at("conv")[0].values, now.at("conv")[0].values);
  EXPECT_EQ(old.at("conv")[1].shape, (ir::Shape{1, 1, 1, 2}));
}

TEST(CaffemodelReaderTest, DoublesAndFloatsThatAreNotPacked) {
  caffeproto::NetParameter net;
  caffeproto::LayerParameter* layer = net.add_layer();
  layer->set_name("a");
  layer->add_blobs()->add_double_data(0.5);
  EXPECT_THAT(ReadCaffeWeights(net.SerializeAsString())->at("a")[0].values, ElementsAre(0.5f));
  // Field 5 of the blob, wire type 5: one float, as files of before `packed` have them.
  const std::string blob = std::string("\x2d\x00\x00\x80\x3f", 5) + std::string("\x2d\x00\x00\x00\x40", 5);
  const std::string payload = std::string("\x0a\x01") + "a" + std::string("\x3a\x0a") + blob;
  const std::string file = std::string("\xa2\x06") + static_cast<char>(payload.size()) + payload;
  EXPECT_THAT(ReadCaffeWeights(file)->at("a")[0].values, ElementsAre(1.0f, 2.0f));
}

TEST(CaffemodelReaderTest, SaysWhatIsWrong) {
  const std::string good = CaffeModelBytes({{"conv", {{2, 2}}}});
  EXPECT_THAT(Error(""), HasSubstr("empty"));
  EXPECT_THAT(Error(good.substr(0, good.size() - 3)), HasSubstr("cut short or damaged: the layer at byte 6"));
  EXPECT_THAT(Error("\x0a\x03net"), HasSubstr("without weights"));
  EXPECT_THAT(Error("\x07"), HasSubstr("begins no field"));
  EXPECT_THAT(Error(good + good), HasSubstr("two layers with weights are called \"conv\""));
  EXPECT_THAT(Error(CaffeModelBytes({{"conv", {{2, 2}}, {1, 2, 3}}})),
              HasSubstr("layer \"conv\": a blob of shape [2,2] with 3"));
  std::string broken = good;
  broken[good.size() - 23] = '\xff';  // the length of the data
  EXPECT_FALSE(ReadCaffeWeights(broken).ok());
}

}  // namespace
}  // namespace sinew::import
