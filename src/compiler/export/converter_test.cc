// Structure of converted graphs: names, orders of dimensions, forms of operations. What they compute is tested by
// running them in an engine (tests/export).
#include "compiler/export/converter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "compiler/export/export_cases_test_util.h"
#include "compiler/export/layout.h"
#include "compiler/ir/text.h"

namespace sinew::onnx_export {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<onnx::ModelProto> Converted(std::string_view text) {
  const Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return ConvertToOnnx(*graph);
}

onnx::GraphProto OnnxFromText(std::string_view text) {
  const Result<onnx::ModelProto> model = Converted(text);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model->graph();
}

std::string ErrorMessage(std::string_view text) { return Converted(text).status().message(); }

// "Conv name (input, input)"
std::vector<std::string> NodeNames(const onnx::GraphProto& graph) {
  std::vector<std::string> nodes;
  for (const onnx::NodeProto& node : graph.node()) {
    EXPECT_EQ(node.output_size(), 1);
    EXPECT_EQ(node.output(0), node.name());
    nodes.push_back(fmt::format("{} {} ({})", node.op_type(), node.name(), fmt::join(node.input(), ", ")));
  }
  return nodes;
}

const onnx::NodeProto& NodeCalled(const onnx::GraphProto& graph, std::string_view name) {
  static const onnx::NodeProto kNone;
  for (const onnx::NodeProto& node : graph.node()) {
    if (node.name() == name) return node;
  }
  ADD_FAILURE() << "no node is called " << name;
  return kNone;
}

// "pads=[0,0,1,1]", one for each attribute.
std::vector<std::string> AttributeTexts(const onnx::NodeProto& node) {
  std::vector<std::string> attributes;
  for (const onnx::AttributeProto& a : node.attribute()) {
    switch (a.type()) {
      case onnx::AttributeProto::INT:
        attributes.push_back(fmt::format("{}={}", a.name(), a.i()));
        break;
      case onnx::AttributeProto::FLOAT:
        attributes.push_back(fmt::format("{}={}", a.name(), a.f()));
        break;
      case onnx::AttributeProto::STRING:
        attributes.push_back(fmt::format("{}={}", a.name(), a.s()));
        break;
      case onnx::AttributeProto::INTS:
        attributes.push_back(fmt::format("{}=[{}]", a.name(), fmt::join(a.ints(), ",")));
        break;
      default:
        ADD_FAILURE() << a.name() << " has type " << a.type();
    }
  }
  return attributes;
}

struct Constant {
  std::vector<int64_t> dims;
  std::vector<float> values;
};

Constant FloatsCalled(const onnx::GraphProto& graph, std::string_view name) {
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    if (tensor.name() != name) continue;
    EXPECT_EQ(tensor.data_type(), onnx::TensorProto::FLOAT);
    Constant constant{{tensor.dims().begin(), tensor.dims().end()},
                      std::vector<float>(tensor.raw_data().size() / sizeof(float))};
    std::memcpy(constant.values.data(), tensor.raw_data().data(), tensor.raw_data().size());
    return constant;
  }
  ADD_FAILURE() << "no constant is called " << name;
  return {};
}

// "1,8,width,3"
std::string ShapeText(const onnx::ValueInfoProto& info) {
  std::vector<std::string> dims;
  for (const auto& dim : info.type().tensor_type().shape().dim()) {
    dims.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : dim.dim_param());
  }
  return fmt::format("{}", fmt::join(dims, ","));
}

TEST(Converter, PicturesAreTransposedOnceAtEachEnd) {
  const onnx::GraphProto graph = OnnxFromText(R"(
    %0 = input "image" : f32[1,8,6,2]
    %1 = const "w" {seeded 1} : f32[3,3,2,4]
    %2 = conv2d "c" (%0, %1) {strides=[2,2], padding=same, activation=relu6}
    %3 = max_pool "p" (%0) {window=[2,2], strides=[2,2], padding=valid}
    %4 = concat "joined" (%2, %3) {axis=3}
    output "maps" = %4
    output "c" = %2)");
  EXPECT_THAT(NodeNames(graph), ElementsAre("Transpose image/nchw (image)", "Conv c/before_activation (image/nchw, w)",
                                            "Clip c_1 (c/before_activation, c/zero, c/six)", "MaxPool p (image/nchw)",
                                            "Concat joined (c_1, p)", "Transpose maps (joined)", "Transpose c (c_1)"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "image/nchw")), ElementsAre("perm=[0,3,1,2]"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "maps")), ElementsAre("perm=[0,2,3,1]"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "joined")), ElementsAre("axis=1"));
  ASSERT_EQ(graph.input_size(), 1);
  EXPECT_EQ(graph.input(0).name(), "image");
  EXPECT_EQ(ShapeText(graph.input(0)), "1,8,6,2");
  ASSERT_EQ(graph.output_size(), 2);
  EXPECT_EQ(graph.output(0).name(), "maps");
  EXPECT_EQ(ShapeText(graph.output(0)), "1,4,3,6");
}

TEST(Converter, ModelsSayTheirVersions) {
  const Result<onnx::ModelProto> model = Converted(R"(
    %0 = input "x" : f32[1,2,2,1]
    output "y" = %0)");
  ASSERT_TRUE(model.ok());
  ASSERT_EQ(model->opset_import_size(), 1);
  EXPECT_EQ(model->opset_import(0).version(), 13);
  EXPECT_EQ(model->ir_version(), 7);
  EXPECT_EQ(model->producer_name(), "sinew");
  EXPECT_THAT(NodeNames(model->graph()), Contains("Identity y (x)"));
}

TEST(Converter, SamePaddingIsInNumbersWhereTheSizeIsKnown) {
  // 7 rows, 8 columns, window 3, stride 2: a row above and below, a column at the right.
  const char* const text = R"(
    %0 = input "x" : f32[1,{},8,1]
    %1 = const "w" {{seeded 1}} : f32[3,3,1,2]
    %2 = conv2d "c" (%0, %1) {{strides=[2,2], padding=same}}
    %3 = max_pool "p" (%0) {{window=[3,3], strides=[2,2], padding=same}}
    output "c" = %2
    output "p" = %3)";
  const onnx::GraphProto known = OnnxFromText(fmt::format(fmt::runtime(text), "7"));
  EXPECT_THAT(AttributeTexts(NodeCalled(known, "c_1")),
              ElementsAre("kernel_shape=[3,3]", "strides=[2,2]", "dilations=[1,1]", "group=1", "pads=[1,0,1,1]"));
  EXPECT_THAT(AttributeTexts(NodeCalled(known, "p_1")),
              ElementsAre("kernel_shape=[3,3]", "strides=[2,2]", "pads=[1,0,1,1]"));
  const onnx::GraphProto unknown = OnnxFromText(fmt::format(fmt::runtime(text), "?"));
  EXPECT_THAT(AttributeTexts(NodeCalled(unknown, "c_1")), Contains("auto_pad=SAME_UPPER"));
  EXPECT_THAT(AttributeTexts(NodeCalled(unknown, "p_1")), Contains("auto_pad=SAME_UPPER"));
  EXPECT_EQ(ShapeText(unknown.input(0)), "1,height,8,1");
}

TEST(Converter, ExplicitPaddingIsTopLeftBottomRight) {
  const onnx::GraphProto graph = OnnxFromText(R"(
    %0 = input "x" : f32[1,8,8,1]
    %1 = const "w" {seeded 1} : f32[3,3,1,2]
    %2 = conv2d "c" (%0, %1) {dilations=[1,2], padding=[1,2,3,4]}
    output "out" = %2)");
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "c")),
              ElementsAre("kernel_shape=[3,3]", "strides=[1,1]", "dilations=[1,2]", "group=1", "pads=[1,3,2,4]"))
      << "the text form says top, bottom, left, right";
}

TEST(Converter, KernelsArePermuted) {
  // Element (r, s, c, k) of RSCK is 1000 r + 100 s + 10 c + k.
  ir::Tensor kernel = ir::Tensor::Floats({2, 1, 3, 2}, {});
  for (int r = 0; r < 2; ++r) {
    for (int c = 0; c < 3; ++c) {
      for (int k = 0; k < 2; ++k) kernel.floats.push_back(static_cast<float>(1000 * r + 10 * c + k));
    }
  }
  for (const bool depthwise : {false, true}) {
    ir::Graph graph;
    ir::Node input;
    input.op = ir::OpKind::kInput;
    input.name = "x";
    input.shape = {1, 4, 4, 3};
    const ir::NodeId x = graph.Add(input).value(), w = graph.AddConst("w", kernel).value();
    ir::Node node;
    node.op = depthwise ? ir::OpKind::kDepthwiseConv2d : ir::OpKind::kConv2d;
    node.name = "c";
    node.inputs = {x, w};
    graph.AddOutput("out", graph.Add(node).value());
    const Result<onnx::ModelProto> model = ConvertToOnnx(graph);
    ASSERT_TRUE(model.ok()) << model.status().message();
    const Constant constant = FloatsCalled(model->graph(), "w");
    EXPECT_THAT(AttributeTexts(NodeCalled(model->graph(), "c")), Contains(depthwise ? "group=3" : "group=1"));
    if (depthwise) {
      EXPECT_THAT(constant.dims, ElementsAre(6, 1, 2, 1));
      EXPECT_THAT(constant.values, ElementsAre(0, 1000, 1, 1001, 10, 1010, 11, 1011, 20, 1020, 21, 1021));
    } else {
      EXPECT_THAT(constant.dims, ElementsAre(2, 3, 2, 1));
      EXPECT_THAT(constant.values, ElementsAre(0, 1000, 10, 1010, 20, 1020, 1, 1001, 11, 1011, 21, 1021));
    }
  }
}

TEST(Converter, ConstantsBroadcastOverNchw) {
  const onnx::GraphProto graph = OnnxFromText(R"(
    %0 = input "x" : f32[1,2,2,3]
    %1 = const "vector" {1, 2, 3} : f32[3]
    %2 = add "a" (%0, %1)
    %3 = const "scalar" {7} : f32[]
    %4 = div "b" (%3, %2)
    output "out" = %4)");
  EXPECT_THAT(NodeNames(graph),
              ElementsAre("Transpose x/nchw (x)", "Add a (x/nchw, vector)", "Div b (scalar, a)", "Transpose out (b)"));
  EXPECT_THAT(FloatsCalled(graph, "vector").dims, ElementsAre(1, 3, 1, 1));
  EXPECT_THAT(FloatsCalled(graph, "scalar").dims, ElementsAre());
}

TEST(Converter, ResizingSaysWherePixelsLie) {
  for (const auto& [attribute, mode] : {std::pair("", "asymmetric"),
                                        {"{align_corners=true}", "align_corners"},
                                        {"{half_pixel_centers=true}", "half_pixel"}}) {
    const onnx::GraphProto graph = OnnxFromText(fmt::format(R"(
      %0 = input "x" : f32[1,2,3,4]
      %1 = const "size" {{4, 9}} : i32[2]
      %2 = resize_bilinear "r" (%0, %1) {}
      output "out" = %2)",
                                                            attribute));
    EXPECT_THAT(AttributeTexts(NodeCalled(graph, "r")),
                ElementsAre("mode=linear", fmt::format("coordinate_transformation_mode={}", mode)));
    EXPECT_THAT(NodeNames(graph), Contains("Resize r (x/nchw, , , r/sizes)"));
  }
}

TEST(Converter, NormalisationByGivenAndByOwnStatistics) {
  const onnx::GraphProto graph = OnnxFromText(R"(
    %0 = input "x" : f32[1,2,2,2]
    %1 = const "v" {1, 2} : f32[2]
    %2 = batch_norm "given" (%0, %1, %1, %1, %1) {epsilon=0.5}
    %3 = batch_norm "own" (%2, %1, %1) {epsilon=0.25}
    %4 = scale_shift "scale" (%3, %1, %1)
    output "out" = %4)");
  EXPECT_THAT(NodeNames(graph),
              ElementsAre("Transpose x/nchw (x)", "BatchNormalization given (x/nchw, v, v, v, v)",
                          "InstanceNormalization own (given, v, v)",
                          "BatchNormalization scale (own, v, v, scale/mean, scale/variance)", "Transpose out (scale)"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "given")), ElementsAre("epsilon=0.5"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "own")), ElementsAre("epsilon=0.25"));
  EXPECT_THAT(AttributeTexts(NodeCalled(graph, "scale")), ElementsAre("epsilon=0"));
  EXPECT_THAT(FloatsCalled(graph, "scale/variance").values, ElementsAre(1, 1));
}

// What ONNX asks of every graph: one writer for each name, written before it is read.
TEST(Converter, NamesAreUniqueAndInOrder) {
  for (const ExportCase& test : ExportCases()) {
    SCOPED_TRACE(test.name);
    const onnx::GraphProto graph = OnnxFromText(test.text);
    std::set<std::string> known = {""};  // an input left out
    for (const auto& input : graph.input()) EXPECT_TRUE(known.insert(input.name()).second) << input.name();
    for (const auto& constant : graph.initializer())
      EXPECT_TRUE(known.insert(constant.name()).second) << constant.name();
    for (const auto& node : graph.node()) {
      for (const std::string& input : node.input()) EXPECT_TRUE(known.contains(input)) << input;
      EXPECT_TRUE(known.insert(node.output(0)).second) << node.output(0);
    }
    for (const auto& output : graph.output()) EXPECT_TRUE(known.contains(output.name())) << output.name();
  }
}

TEST(Converter, WhatOnnxCannotExpressIsNamed) {
  EXPECT_THAT(ErrorMessage(R"(
    %0 = input "x" : f32[1,3,3,1]
    %1 = const "s" {1, 1, 1, 9} : i32[4]
    %2 = reshape "computed" (%0, %1)
    %3 = const "t" {3, 3, 1, 1} : i32[4]
    %4 = reshape "kernel" (%2, %3)
    %5 = conv2d "c" (%0, %4)
    output "out" = %5)"),
              HasSubstr("node \"c\": its kernel is computed"));
  EXPECT_THAT(ErrorMessage(R"(
    %0 = input "x" : f32[1,?,3,1]
    %1 = const "b" {0, 1} : i32[2]
    %2 = const "e" {1, 2} : i32[2]
    %3 = const "s" {1, 1} : i32[2]
    %4 = strided_slice "cut" (%0, %1, %2, %3)
    output "out" = %4)"),
              HasSubstr("node \"cut\": it slices a tensor of shape [1,?,3,1]: give --net-resolution"));
  EXPECT_THAT(ErrorMessage(R"(
    %0 = input "x" : f32[1,3,3,1]
    output "x" = %0)"),
              HasSubstr("input \"x\" is an output under the same name"));
  EXPECT_THAT(ErrorMessage(R"(
    %0 = input "x" : f32[1,3,3,1]
    %1 = relu "r" (%0)
    output "y" = %1
    output "y" = %0)"),
              HasSubstr("output \"y\" is given twice"));
  EXPECT_THAT(ConvertToOnnx(ir::Graph()).status().message(), HasSubstr("no input"));
}

TEST(Layout, ConstantsOfFewerDimensions) {
  const ir::Tensor rows = ir::Tensor::Floats({2, 1, 3}, {1, 2, 3, 4, 5, 6});  // H, 1, C
  const ir::Tensor nchw = BroadcastableOverNchw(rows);
  EXPECT_THAT(nchw.shape, ElementsAre(1, 3, 2, 1));
  EXPECT_THAT(nchw.floats, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(BroadcastableOverNchw(ir::Tensor::Floats({1}, {5})), ir::Tensor::Floats({1}, {5}));
}

}  // namespace
}  // namespace sinew::onnx_export
