// Every operation's conversion, and the ways in which a graph can be refused.
#include "compiler/import/tensorflow/converter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/import/models_test_util.h"
#include "compiler/ir/text.h"

namespace sinew::import {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Ints = std::vector<int64_t>;
using Strings = std::vector<std::string>;

std::string Text(const char* text) { return text; }

// The graph's text, or the message.
std::string Convert(const TestModel& test, const std::vector<std::string>& outputs = {}) {
  const Result<Converted> converted = ConvertModel(test.model(), outputs);
  return converted.ok() ? ir::PrintGraph(converted->graph) : "failed: " + converted.status().message();
}

TestModel Image(ir::Shape shape = {1, 8, 8, 3}) { return TestModel().Placeholder("image", std::move(shape)); }

// One operation "y" on the image and on the constants "a", "b", "c".
std::string ConvertOne(std::string op, const std::vector<std::string>& inputs, TestAttrs attrs = {}) {
  TestModel model = Image();
  model.Floats("f", {3}, {1, 2, 3}).Floats("zero", {}, {0}).Ints("size", {2}, {4, 5});
  model.Ints("paddings", {4, 2}, {0, 0, 1, 2, 3, 4, 0, 0}).Ints("axis", {}, {-1}).Ints("shape", {2}, {1, -1});
  model.Ints("begin", {1}, {1}).Ints("end", {1}, {3}).Ints("one", {1}, {1});
  model.Floats("kernel", {3, 3, 3, 2}, {std::vector<float>(54, 1)}).Floats("bias", {2}, {1, 2});
  model.Add("y", std::move(op), inputs, attrs);
  return Convert(model, {"y"});
}

TEST(Converter, ElementwiseOperations) {
  EXPECT_THAT(ConvertOne("Add", {"image", "f"}), HasSubstr("= add \"y\""));
  EXPECT_THAT(ConvertOne("AddV2", {"image", "image"}), HasSubstr("= add \"y\" (%0, %0)"));
  EXPECT_THAT(ConvertOne("Sub", {"image", "f"}), HasSubstr("= sub \"y\" (%0, %1)"));
  EXPECT_THAT(ConvertOne("Sub", {"f", "image"}), HasSubstr("= sub \"y\" (%1, %0)"));
  EXPECT_THAT(ConvertOne("Mul", {"image", "f"}), HasSubstr("= mul \"y\""));
  EXPECT_THAT(ConvertOne("RealDiv", {"image", "f"}), HasSubstr("= div \"y\" (%0, %1)"));
  EXPECT_THAT(ConvertOne("BiasAdd", {"image", "f"}), HasSubstr("= add \"y\" (%0, %1) : f32[1,8,8,3]"));
  EXPECT_THAT(ConvertOne("BiasAdd", {"image", "bias"}),
              HasSubstr("a bias of shape [2] on a tensor of shape [1,8,8,3]"));
  EXPECT_THAT(ConvertOne("Relu", {"image:0", "^f"}), HasSubstr("= relu \"y\" (%0)"));
  EXPECT_THAT(ConvertOne("Relu6", {"image"}), HasSubstr("= relu6 \"y\""));
  EXPECT_THAT(ConvertOne("Sigmoid", {"image"}), HasSubstr("= map \"y\" (%0) {function=sigmoid}"));
  EXPECT_THAT(ConvertOne("Elu", {"image"}), HasSubstr("= map \"y\" (%0) {function=elu, alpha=1}"));
  for (const char* op : {"Identity", "StopGradient", "PreventGradient", "CheckNumerics"}) {
    EXPECT_THAT(ConvertOne(op, {"image"}), HasSubstr("= identity \"y\" (%0)"));
  }
  EXPECT_THAT(ConvertOne("Cast", {"image"}, {{"DstT", TfType::kInt32}}),
              HasSubstr("= cast \"y\" (%0) {dtype=i32} : i32[1,8,8,3]"));
  EXPECT_THAT(ConvertOne("Cast", {"image"}, {{"DstT", TfType::kUint8}}), HasSubstr("a cast to DT_UINT8"));
}

TEST(Converter, PicturesOfWholeNumbersAreFloats) {
  TestModel model = Image();
  model.Add("float", "Cast", {"image"}, {{"DstT", TfType::kFloat}});
  model.node("image").attrs["dtype"] = TfType::kInt32;
  EXPECT_THAT(Convert(model), HasSubstr("input \"image\" : f32[1,8,8,3]"));
  model.node("image").attrs["dtype"] = TfType::kBool;
  EXPECT_THAT(Convert(model), HasSubstr("a picture is DT_FLOAT, DT_UINT8 or DT_INT32"));
}

// What stands behind the six heads cannot be converted, and need not be.
TEST(Converter, MoveNetIsCutBehindItsHeads) {
  TestModel model = Image();
  model.Floats("kernel", {1, 1, 3, 2}, std::vector<float>(6, 1));
  for (const char* head :
       {"kpt_heatmap_0", "center_0", "kpt_regress_0", "kpt_offset_0", "box_scale_0", "box_offset_0"}) {
    const std::string scope = std::string("net/") + head + "/";
    model.Conv(scope + "first", "image", "kernel").Add(scope + "last", "Relu", {scope + "first"});
  }
  model.Add("net/Sigmoid", "Sigmoid", {"net/center_0/last"})
      .Add("net/Sigmoid_1", "Sigmoid", {"net/kpt_heatmap_0/last"});
  model.Add("best", "TopKV2", {"net/Sigmoid"});
  model.Add("people", "Tail", {"best", "net/Sigmoid_1", "net/kpt_regress_0/last", "net/kpt_offset_0/last"});
  model.Add("boxes", "Tail", {"people", "net/box_scale_0/last", "net/box_offset_0/last"});
  const std::string text = Convert(model);
  size_t after = 0;
  for (const char* output : {"net/Sigmoid_1", "net/Sigmoid", "net/kpt_regress_0/last", "net/kpt_offset_0/last",
                             "net/box_scale_0/last", "net/box_offset_0/last"}) {
    after = text.find(std::string("output \"") + output + "\"", after);
    ASSERT_NE(after, std::string::npos) << output << " in\n" << text;
  }
  EXPECT_THAT(Convert(model, {"boxes"}), HasSubstr("best (TopKV2): there is no such operation"));
}

TEST(Converter, ShapeOperations) {
  EXPECT_THAT(ConvertOne("Concat", {"axis", "image", "image"}),
              HasSubstr("= concat \"y\" (%0, %0) {axis=3} : f32[1,8,8,6]"));
  EXPECT_THAT(ConvertOne("ConcatV2", {"image", "image", "axis"}), HasSubstr("{axis=3} : f32[1,8,8,6]"));
  EXPECT_THAT(ConvertOne("ConcatV2", {"image", "image", "image"}), HasSubstr("axis \"image\" is computed at run time"));
  EXPECT_THAT(ConvertOne("ConcatV2", {"image", "zero"}), HasSubstr("axis \"zero\" is not of integers"));
  EXPECT_THAT(ConvertOne("ConcatV2", {"image"}), HasSubstr("joins nothing"));
  EXPECT_THAT(ConvertOne("Pad", {"image", "paddings"}), HasSubstr("= pad \"y\" (%0, %1) : f32[1,11,15,3]"));
  EXPECT_THAT(ConvertOne("PadV2", {"image", "paddings", "zero"}), HasSubstr(": f32[1,11,15,3]"));
  EXPECT_THAT(ConvertOne("PadV2", {"image", "paddings", "f"}), HasSubstr("something else than the constant 0"));
  EXPECT_THAT(ConvertOne("Reshape", {"image", "shape"}), HasSubstr("= reshape \"y\" (%0, %1) : f32[1,192]"));
  EXPECT_THAT(ConvertOne("Squeeze", {"image"}, {{"squeeze_dims", Ints{-4}}}),
              HasSubstr("= squeeze \"y\" (%0) {axes=[0]} : f32[8,8,3]"));
  EXPECT_THAT(ConvertOne("Squeeze", {"image"}, {{"squeeze_dims", Ints{4}}}),
              HasSubstr("axis 4 of a tensor of 4 dimensions"));
  EXPECT_THAT(ConvertOne("Squeeze", {"image"}), HasSubstr(": f32[8,8,3]"));
  EXPECT_THAT(ConvertOne("ResizeBilinear", {"image", "size"}, {{"align_corners", true}}),
              HasSubstr("= resize_bilinear \"y\" (%0, %1) {align_corners=true} : f32[1,4,5,3]"));
  EXPECT_THAT(ConvertOne("Pack", {"zero", "zero"}, {{"axis", int64_t{-1}}}), HasSubstr("failed"));
  EXPECT_THAT(ConvertOne("Pack", {"image", "image"}, {{"axis", int64_t{-1}}}), HasSubstr("{axis=4} : f32[1,8,8,3,2]"));
}

TEST(Converter, SizeComputedFromAShape) {
  TestModel model = Image({-1, -1, -1, 3});
  model.Add("shape", "Shape", {"image"});
  model.Ints("begin", {1}, {1}).Ints("end", {1}, {3}).Ints("one", {1}, {1});
  model.Add("size", "StridedSlice", {"shape", "begin", "end", "one"}, {{"end_mask", int64_t{0}}});
  model.Add("y", "ResizeBilinear", {"image", "size"});
  const Result<Converted> converted = ConvertModel(model.model(), {});
  ASSERT_TRUE(converted.ok()) << converted.status().message();
  EXPECT_THAT(ir::PrintGraph(converted->graph), HasSubstr("= strided_slice \"size\""));
  const Result<ir::Graph> bound = ir::BindInput(converted->graph, 1, 6, 9);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  EXPECT_EQ(bound->node(bound->outputs()[0].node).shape, (ir::Shape{1, 6, 9, 3}));
}

TEST(Converter, Convolutions) {
  const auto conv = [](TestAttrs attrs) { return ConvertOne("Conv2D", {"image", "kernel"}, attrs); };
  const Ints ones = {1, 1, 1, 1};
  EXPECT_THAT(conv({{"strides", Ints{1, 2, 3, 1}}, {"padding", Text("SAME")}}),
              HasSubstr("= conv2d \"y\" (%0, %1) {strides=[2,3], padding=same} : f32[1,4,3,2]"));
  EXPECT_THAT(conv({{"strides", ones}, {"dilations", Ints{1, 2, 1, 1}}, {"padding", Text("VALID")}}),
              HasSubstr("{dilations=[2,1]} : f32[1,4,6,2]"));
  EXPECT_THAT(
      conv({{"strides", ones}, {"padding", Text("EXPLICIT")}, {"explicit_paddings", Ints{0, 0, 1, 2, 3, 4, 0, 0}}}),
      HasSubstr(": f32[1,9,13,2]"));
  EXPECT_THAT(conv({{"strides", ones}, {"padding", Text("SAME")}, {"data_format", Text("NCHW")}}),
              HasSubstr("data_format NCHW; only NHWC is supported"));
  EXPECT_THAT(conv({{"strides", Ints{2, 1, 1, 1}}, {"padding", Text("SAME")}}), HasSubstr("over batch or channels"));
  EXPECT_THAT(conv({{"strides", Ints{1, 0, 1, 1}}, {"padding", Text("SAME")}}), HasSubstr("out of range"));
  EXPECT_THAT(conv({{"strides", ones}, {"padding", Text("FULL")}}), HasSubstr("its padding is \"FULL\""));
  EXPECT_THAT(conv({{"strides", ones}, {"padding", true}}), HasSubstr("\"padding\" is not a string"));
  EXPECT_THAT(conv({{"padding", Text("SAME")}}), HasSubstr("\"strides\" has 0 values instead of 4"));
  EXPECT_THAT(ConvertOne("DepthwiseConv2dNative", {"image", "kernel"}, {{"strides", ones}, {"padding", Text("SAME")}}),
              HasSubstr("= depthwise_conv2d \"y\" (%0, %1) {padding=same} : f32[1,8,8,6]"));
  EXPECT_THAT(ConvertOne("MaxPool", {"image"},
                         {{"ksize", Ints{1, 3, 2, 1}}, {"strides", Ints{1, 2, 2, 1}}, {"padding", Text("VALID")}}),
              HasSubstr("= max_pool \"y\" (%0) {window=[3,2], strides=[2,2]} : f32[1,3,4,3]"));
}

TEST(Converter, FusedConvolutions) {
  const Ints ones = {1, 1, 1, 1};
  const auto fused = [&](Strings ops, std::string op = "_FusedConv2D") {
    TestModel model = Image();
    model.Floats("kernel", {1, 1, 3, 1}, {1, 2, 3}).Floats("c", {1}, {7}).Floats("c3", {3}, {7, 8, 9});
    const std::string arg = op == "_FusedConv2D" ? "c" : "c3";
    model.Add("y", op, {"image", "kernel", arg, arg, arg, arg},
              {{"strides", ones}, {"padding", Text("VALID")}, {"fused_ops", ops}, {"epsilon", 0.5}});
    return Convert(model, {"y"});
  };
  EXPECT_THAT(fused({"BiasAdd"}), HasSubstr("%3 = conv2d \"y\" (%0, %1, %2) : f32[1,8,8,1]\noutput"));
  EXPECT_THAT(fused({"BiasAdd", "Relu"}), HasSubstr("(%0, %1, %2) {activation=relu}"));
  EXPECT_THAT(fused({"BiasAdd", "Relu6"}), HasSubstr("(%0, %1, %2) {activation=relu6}"));
  EXPECT_THAT(fused({"BiasAdd", "Relu6"}, "FusedDepthwiseConv2dNative"),
              HasSubstr("= depthwise_conv2d \"y\" (%0, %1, %2) {activation=relu6} : f32[1,8,8,3]"));
  EXPECT_THAT(fused({"FusedBatchNorm", "Relu"}),
              AllOf(HasSubstr("= conv2d \"y/Conv2D\" (%0, %1)"),
                    HasSubstr("= batch_norm \"y/FusedBatchNorm\" (%2, %3, %3, %3, %3) {epsilon=0.5}"),
                    HasSubstr("= relu \"y\" (%4)")));
  EXPECT_THAT(fused({"FusedBatchNorm"}), HasSubstr("= batch_norm \"y\" (%2"));
  EXPECT_THAT(fused({"BiasAdd", "Elu"}), HasSubstr("fused with BiasAdd, Elu"));
}

TEST(Converter, BatchNorms) {
  for (const char* op : {"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"}) {
    EXPECT_THAT(ConvertOne(op, {"image", "f", "f", "f", "f"}, {{"is_training", false}, {"epsilon", 0.5}}),
                HasSubstr("= batch_norm \"y\" (%0, %1, %1, %1, %1) {epsilon=0.5} : f32[1,8,8,3]"));
    EXPECT_THAT(ConvertOne(op, {"image", "f", "f", "f", "f"}, {{"epsilon", 0.5}}),
                HasSubstr("= batch_norm \"y\" (%0, %1, %1) {epsilon=0.5}"));
  }
  TestModel model = Image();
  model.Floats("f", {3}, {1, 2, 3})
      .Add("bn", "FusedBatchNorm", {"image", "f", "f", "f", "f"})
      .Add("y", "Relu", {"bn:1"});
  EXPECT_THAT(Convert(model), HasSubstr("y (Relu): reads output 1 of \"bn\"; only its output 0 is supported"));
}

TEST(Converter, IdentitiesOfConstantsVanish) {
  TestModel model = Image();
  model.Floats("w", {3}, {1, 2, 3}).Add("w/read", "Identity", {"^w", "w"}).Add("w/again", "Identity", {"w/read"});
  model.Ints("axis", {}, {3}).Add("axis/read", "Identity", {"axis"});
  model.Add("y", "Mul", {"image", "w/again"}).Add("z", "ConcatV2", {"y", "y", "axis/read"});
  EXPECT_EQ(Convert(model), R"(%0 = input "image" : f32[1,8,8,3]
%1 = const "w" {1, 2, 3} : f32[3]
%2 = mul "y" (%0, %1) : f32[1,8,8,3]
%3 = concat "z" (%2, %2) {axis=3} : f32[1,8,8,6]
output "z" = %3
)");
}

TEST(Converter, Placeholders) {
  const auto with = [](TfShape shape, TfType type = TfType::kFloat) {
    TestModel model;
    model.Add("x", "Placeholder", {}, {{"dtype", type}, {"shape", std::move(shape)}});
    model.Add("cast", "Cast", {"x"}, {{"DstT", TfType::kFloat}}).Floats("k", {1, 1, 4, 1}, {1, 2, 3, 4});
    model.Add("k/read", "Identity", {"k"}).Conv("y", "cast", "k/read");
    return Convert(model);
  };
  EXPECT_THAT(with({true, {}}), HasSubstr("input \"x\" : f32[?,?,?,4]"));
  EXPECT_THAT(with({false, {}}), HasSubstr("input \"x\" : f32[?,?,?,4]"));
  EXPECT_THAT(with({false, {-1, 8, -1, -1}}, TfType::kUint8), HasSubstr("input \"x\" : f32[?,8,?,4]"));
  EXPECT_THAT(with({false, {2, 8, 8, 3}}), HasSubstr("y (Conv2D)"));
  EXPECT_THAT(with({false, {8, 8, 3}}), HasSubstr("input \"x\" has the shape [8,8,3]"));
  EXPECT_THAT(with({false, {1, 0, 8, 3}}), HasSubstr("a dimension of 0"));
  EXPECT_THAT(with({true, {}}, TfType::kString), HasSubstr("input \"x\" is DT_STRING"));

  TestModel several = Image();
  several.Placeholder("is_training", {}).Add("y", "Add", {"image", "is_training"});
  EXPECT_THAT(Convert(several), HasSubstr("2 inputs (\"image\", \"is_training\")"));
  TestModel none;
  none.Floats("c", {1}, {1}).Add("y", "Relu", {"c"});
  EXPECT_THAT(Convert(none), HasSubstr("depend on no Placeholder"));
}

TEST(Converter, PlaceholdersWithDefault) {
  TestModel alone;
  alone.Floats("d", {1, 1, 1, 3}, {1, 2, 3});
  alone.Add("x", "PlaceholderWithDefault", {"d"},
            {{"dtype", TfType::kFloat}, {"shape", TfShape{false, {-1, -1, -1, 3}}}});
  alone.Add("y", "Relu", {"x"});
  EXPECT_THAT(Convert(alone), HasSubstr("%0 = input \"x\" : f32[?,?,?,3]\n%1 = relu"));
  TestModel beside = Image();
  beside.Floats("d", {}, {2}).Add("scale", "PlaceholderWithDefault", {"d"}, {{"shape", TfShape{false, {}}}});
  beside.Add("y", "Mul", {"image", "scale"});
  EXPECT_THAT(Convert(beside), HasSubstr("const \"d\" {2} : f32[]"));
}

TEST(Converter, EveryUnsupportedNodeIsListed) {
  TestModel model = Image();
  model.Add("a", "Softmax", {"image"}).Add("b", "Relu", {"a"}).Add("c", "Switch", {"b", "b"});
  model.Floats("k", {1, 1, 3, 3}, std::vector<float>(9, 1)).Conv("d", "c", "k", 1, "FULL");
  model.Add("e", "RandomUniform", {"d"}).Add("unused", "Elu", {"image"});
  const std::string message = Convert(model, {"e"});
  EXPECT_THAT(
      message,
      AllOf(HasSubstr("4 nodes cannot be converted:"), HasSubstr("\n  a (Softmax): there is no such operation"),
            HasSubstr("\n  c (Switch): control flow"), HasSubstr("\n  d (Conv2D): its padding is \"FULL\""),
            HasSubstr("\n  e (RandomUniform): random numbers"), Not(HasSubstr("b (Relu)")), Not(HasSubstr("unused"))));
}

TEST(Converter, UnfrozenGraphsSaySo) {
  TestModel model = Image();
  model.Add("w", "VariableV2", {})
      .Add("w/read", "Identity", {"w"})
      .Add("v", "VarHandleOp", {})
      .Add("v/read", "ReadVariableOp", {"v"});
  model.Conv("conv", "image", "w/read").Add("y", "BiasAdd", {"conv", "v/read"});
  EXPECT_THAT(Convert(model), AllOf(HasSubstr("the graph is not frozen"), HasSubstr("freeze_graph"),
                                    HasSubstr("w (VariableV2)"), HasSubstr("v/read (ReadVariableOp)")));
}

TEST(Converter, BadConstantsAreReportedOnce) {
  TestModel model = Image();
  model.Floats("w", {2}, {1, 2, 3}).Add("a", "Mul", {"image", "w"}).Add("y", "Add", {"a", "w"});
  EXPECT_THAT(Convert(model), AllOf(HasSubstr("1 node cannot be converted:"),
                                    HasSubstr("w (Const): shape [2] holds 2 elements, but there are 3")));
  TestModel empty = Image();
  empty.Add("w", "Const", {}).Add("y", "Mul", {"image", "w"});
  EXPECT_THAT(Convert(empty), HasSubstr("w (Const): a constant without a value"));
}

}  // namespace
}  // namespace sinew::import
