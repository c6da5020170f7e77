// Layers become the operations that they are, and what cannot is listed completely.
#include "compiler/import/caffe/converter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/import/caffe/caffe_cases_test_util.h"
#include "compiler/import/import.h"
#include "compiler/ir/text.h"

namespace sinew::import {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kInput =
    "layer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 1 } } }\n";

Result<ImportedModel> Import(const std::string& layers, const std::vector<TestBlobs>& blobs,
                             const ImportOptions& options = {}) {
  return ImportCaffe(kInput + layers, CaffeModelBytes(blobs), "net", options);
}

std::string Text(const std::string& layers, const std::vector<TestBlobs>& blobs, const ImportOptions& options = {}) {
  const auto model = Import(layers, blobs, options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? ir::PrintGraph(model->graph) : "";
}

std::string Error(const std::string& layers, const std::vector<TestBlobs>& blobs = {{"unused", {{1}}}},
                  const ImportOptions& options = {}) {
  const auto model = Import(layers, blobs, options);
  EXPECT_FALSE(model.ok());
  return model.status().message();
}

// Kernels go from KCRS to RSCK: value 10k + c of a 1x1 kernel comes to [c][k].
TEST(CaffeConverterTest, ChannelsLast) {
  EXPECT_EQ(Text(R"(layer { name: "c" type: "Convolution" bottom: "data" top: "c"
                            convolution_param { num_output: 3 kernel_size: 1 bias_term: false } }
                    layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
                    layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 3 stride: 2 } }
                    layer { name: "j" type: "Concat" bottom: "p" bottom: "p" top: "out" })",
                 {{"c", {{3, 2, 1, 1}}, {0, 1, 10, 11, 20, 21}}}),
            R"(%0 = input "data" : f32[?,?,?,2]
%1 = const "c/weights" {0, 10, 20, 1, 11, 21} : f32[1,1,2,3]
%2 = conv2d "c" (%0, %1) : f32[?,?,?,3]
%3 = relu "r" (%2) : f32[?,?,?,3]
%4 = max_pool "p" (%3) {window=[3,3], strides=[2,2], padding=up[0,0,0,0]} : f32[?,?,?,3]
%5 = concat "j" (%4, %4) {axis=3} : f32[?,?,?,6]
output "out" = %5
)");
}

TEST(CaffeConverterTest, WhatTheOutputsDoNotNeedIsLeftOut) {
  const std::string layers = R"(
    layer { name: "a" type: "ReLU" bottom: "data" top: "a" }
    layer { name: "b" type: "Dropout" bottom: "a" top: "b" }
    layer { name: "strange" type: "Strange" bottom: "b" top: "strange" })";
  const auto model = Import(layers, {{"unused", {{1}}}}, {.outputs = {"b"}});
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->graph.outputs()[0].name, "b");
  EXPECT_EQ(model->report.nodes_read, 4);
  EXPECT_THAT(model->report.left_out, AllOf(Contains("strange (Strange): the outputs do not need it"),
                                            Contains("b (Dropout): does nothing after training")));
  EXPECT_THAT(Error(layers),
              HasSubstr("net: 1 layer cannot be converted:\n  strange (Strange): there is no such layer"));
  EXPECT_THAT(Error(layers, {{"unused", {{1}}}}, {.outputs = {"c"}}),
              HasSubstr("there is no blob \"c\" to take as output; no layer reads \"strange\""));
}

TEST(CaffeConverterTest, EveryLayerThatCannotBeConvertedIsListed) {
  const std::string message = Error(R"(
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 3 kernel_size: 1 } }
    layer { name: "after" type: "ReLU" bottom: "c" top: "c" }
    layer { name: "ave" type: "Pooling" bottom: "data" top: "ave" pooling_param { pool: AVE kernel_size: 2 } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ave" bottom: "data" top: "loss" }
    layer { name: "product" type: "Eltwise" bottom: "data" bottom: "data" top: "product" eltwise_param { operation: PROD } }
    layer { name: "norm" type: "BatchNorm" bottom: "data" top: "norm" })",
                                    {{"norm", {{3}, {3}, {1}}}});
  EXPECT_THAT(message, HasSubstr("4 layers cannot be converted:"));
  EXPECT_THAT(message, HasSubstr("\n  c (Convolution): its weights are not in the .caffemodel"));
  EXPECT_THAT(message, HasSubstr("\n  ave (Pooling): average pooling"));
  EXPECT_THAT(message, HasSubstr("\n  product (Eltwise): a product of pictures"));
  EXPECT_THAT(message, HasSubstr("\n  norm (BatchNorm): its means have the shape [3], 2 values are needed"));
}

TEST(CaffeConverterTest, RefusesWhatContradictsItself) {
  const auto convolution = [](const std::string& parameters) {
    return Error("layer { name: \"c\" type: \"Convolution\" bottom: \"data\" top: \"c\" convolution_param { " +
                     parameters + " } }",
                 {{"c", {{4, 2, 3, 3}, {4}}}});
  };
  EXPECT_THAT(convolution("num_output: 4"), HasSubstr("kernel_size has 0 values"));
  EXPECT_THAT(convolution("num_output: 4 kernel_size: 3 kernel_h: 3 kernel_w: 3"),
              HasSubstr("kernel_size is given twice"));
  EXPECT_THAT(convolution("num_output: 4 kernel_size: 0"), HasSubstr("kernel_size is 0, out of range"));
  EXPECT_THAT(convolution("num_output: 4 kernel_size: 3 group: 3"), HasSubstr("3 groups of 2 input and 4 output"));
  EXPECT_THAT(convolution("num_output: 0 kernel_size: 3"), HasSubstr("num_output is 0"));
  EXPECT_THAT(convolution("num_output: 5 kernel_size: 3"), HasSubstr("[4,2,3,3], 90 values are needed"));
  EXPECT_THAT(convolution("num_output: 4 kernel_size: 3 axis: 2"), HasSubstr("along axis 2"));
  EXPECT_THAT(Error("layer { name: \"r\" type: \"ReLU\" bottom: \"nowhere\" top: \"r\" }"),
              HasSubstr("layer \"r\" (ReLU) reads \"nowhere\", which no layer before it writes"));
  EXPECT_THAT(Error("layer { name: \"s\" type: \"Slice\" bottom: \"data\" top: \"a\" top: \"b\" top: \"c\" }"),
              HasSubstr("2 channels and 0 slice points for 3 tops"));
  EXPECT_THAT(
      Error("layer { name: \"in\" type: \"Input\" top: \"in\" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 1 } } }"
            "layer { name: \"j\" type: \"Concat\" bottom: \"data\" bottom: \"in\" top: \"j\" }"),
      HasSubstr("2 inputs (\"data\", \"in\"), only one is supported"));
}

// What text alone asks for in memory is in proportion to it.
TEST(CaffeConverterTest, ManyChannelsWithoutWeightsAreRefused) {
  const auto model = ImportCaffe(R"(input: "x" input_dim: 1 input_dim: 2000000000 input_dim: 1 input_dim: 1
      layer { name: "leaky" type: "ReLU" bottom: "x" top: "y" relu_param { negative_slope: 1 } })",
                                 CaffeModelBytes({{"unused", {{1}}}}), "net");
  EXPECT_THAT(model.status().message(), HasSubstr("a picture of 2000000000 channels"));
}

TEST(CaffeConverterTest, CasesImport) {
  for (const CaffeCase& test : CaffeCases()) {
    const auto model = ImportCaffe(test.prototxt, test.caffemodel, test.name);
    EXPECT_TRUE(model.ok()) << model.status().message();
  }
}

}  // namespace
}  // namespace sinew::import
