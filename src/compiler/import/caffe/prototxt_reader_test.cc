// Networks of every age come out in one form; what is none is refused by line.
#include "compiler/import/caffe/prototxt_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Error(std::string_view text) {
  const Result<CaffeModel> model = ReadPrototxt(text);
  EXPECT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kCorrupt);
  return model.status().message();
}

std::vector<std::string> Types(const CaffeModel& model) {
  std::vector<std::string> types;
  for (const auto& layer : model.layers) types.push_back(layer.name() + ":" + layer.type());
  return types;
}

TEST(PrototxtReaderTest, OldLayersBecomeNewOnes) {
  const auto model = ReadPrototxt(R"(
    name: "net"  # a comment
    input: "a" input_dim: 1 input_dim: 3 input_dim: 16 input_dim: 24
    layers { name: "c" type: CONVOLUTION bottom: "a" top: "c" convolution_param { num_output: 8 kernel_size: 3 } }
    layers { name: "p" type: POOLING bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 } }
    layers { name: "l" type: SOFTMAX_LOSS bottom: "p" include { phase: TRAIN } }
  )");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->name, "net");
  EXPECT_THAT(Types(*model), ElementsAre("a:Input", "c:Convolution", "p:Pooling"));
  EXPECT_THAT(model->layers[0].input_param().shape(0).dim(), ElementsAre(1, 3, 16, 24));
  EXPECT_EQ(model->layers[1].convolution_param().num_output(), 8u);
  EXPECT_EQ(model->layers[2].pooling_param().kernel_size(), 2u);
  EXPECT_THAT(model->left_out, ElementsAre("l (SoftmaxWithLoss): only for training, or for another stage"));
}

TEST(PrototxtReaderTest, InputsMayHaveShapes) {
  const auto model = ReadPrototxt(R"(input: "a" input_shape { dim: 1 dim: 3 dim: 8 dim: 9 }
                                     layer { name: "r" type: "ReLU" bottom: "a" top: "a" })");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_THAT(model->layers[0].input_param().shape(0).dim(), ElementsAre(1, 3, 8, 9));
  EXPECT_THAT(Error(R"(input: "a" input_dim: 1 input_dim: 3 layer { name: "r" type: "ReLU" })"),
              HasSubstr("1 inputs with 0 input_shape and 2 input_dim"));
}

TEST(PrototxtReaderTest, RulesSayWhichLayersRun) {
  const auto kept = [](const std::string& rule) {
    const auto model =
        ReadPrototxt("layer { name: \"i\" type: \"Input\" } layer { name: \"x\" type: \"ReLU\" " + rule + " }");
    EXPECT_TRUE(model.ok());
    return model->layers.size() == 2;
  };
  EXPECT_TRUE(kept(""));
  EXPECT_TRUE(kept("include { phase: TEST }"));
  EXPECT_FALSE(kept("include { phase: TRAIN }"));
  EXPECT_TRUE(kept("include { phase: TRAIN } include { not_stage: \"big\" }"));
  EXPECT_FALSE(kept("include { stage: \"big\" }"));
  EXPECT_FALSE(kept("include { min_level: 1 }"));
  EXPECT_FALSE(kept("include { max_level: -1 }"));
  EXPECT_FALSE(kept("exclude { phase: TEST }"));
  EXPECT_TRUE(kept("exclude { phase: TRAIN }"));
}

TEST(PrototxtReaderTest, UnknownFieldsAreSkipped) {
  const auto model = ReadPrototxt(R"(
    force_backward: true
    layer { name: "x" type: "ReLU" param { lr_mult: 1.0 } relu_param { engine: CAFFE negative_slope: 0.5 }
            python_param { module: "m" param_str: "{ }" } list: [1, 2] }
  )");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->layers[0].relu_param().negative_slope(), 0.5f);
}

TEST(PrototxtReaderTest, SaysWhereItIsNone) {
  EXPECT_THAT(Error("layer {\n  name: conv\n}"), HasSubstr("line 2, column 9"));
  EXPECT_THAT(Error("layer {"), HasSubstr("not a network in Caffe's text form: line 1"));
  EXPECT_THAT(Error("layers { type: NOTHING }"), HasSubstr("NOTHING"));
  EXPECT_THAT(Error(""), HasSubstr("a network without layers"));
  EXPECT_THAT(Error("layers { name: \"x\" type: RELU } layer { name: \"y\" type: \"ReLU\" }"), HasSubstr("both old"));
  EXPECT_THAT(Error("layers { layer { name: \"x\" type: \"relu\" } }"), HasSubstr("upgrade_net_proto_text"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "x {";
  EXPECT_THAT(Error(deep), HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace sinew::import
