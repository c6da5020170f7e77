// A model or more for every operation that can be imported.
#include "compiler/import/onnx/onnx_cases_test_util.h"

namespace sinew::onnx_import {
namespace {

using Shape = std::vector<int64_t>;
using Names = std::vector<std::string>;

// One operation on a picture of 6 channels.
TestOnnx Unary(const std::string& op, int64_t opset = 13) {
  return TestOnnx(opset).Input("x", {1, 6, 7, 9}).Node(op, {"x"}, {"y"}).Output("y");
}

TestOnnx Conv(const Shape& kernel, int64_t channels = 6) {
  return TestOnnx()
      .Input("x", {1, channels, 9, 12})
      .Weights("w", kernel, 1)
      .Weights("b", {kernel[0]}, 2)
      .Output("y")
      .Node("Conv", {"x", "w", "b"}, {"y"});
}

TestOnnx Transposed(const Shape& kernel) {
  return TestOnnx()
      .Input("x", {1, kernel[0], 5, 6})
      .Weights("w", kernel, 1)
      .Output("y")
      .Node("ConvTranspose", {"x", "w"}, {"y"});
}

void AddConvolutions(std::vector<OnnxCase>* cases) {
  cases->push_back({"conv", Conv({5, 6, 3, 3}).List("kernel_shape", {3, 3}).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_strided", Conv({5, 6, 3, 2}).List("strides", {2, 3}).List("pads", {0, 1, 2, 0})});
  cases->push_back({"conv_dilated", Conv({5, 6, 3, 3}).List("dilations", {2, 3}).List("pads", {2, 3, 2, 3})});
  cases->push_back({"conv_same_upper", Conv({5, 6, 3, 3}).List("strides", {2, 2}).Text("auto_pad", "SAME_UPPER")});
  cases->push_back({"conv_same_lower", Conv({5, 6, 2, 3}).List("strides", {2, 2}).Text("auto_pad", "SAME_LOWER")});
  cases->push_back({"conv_same_lower_unit", Conv({5, 6, 2, 4}).Text("auto_pad", "SAME_LOWER")});
  cases->push_back({"conv_valid", Conv({5, 6, 3, 3}).Text("auto_pad", "VALID")});
  cases->push_back({"conv_depthwise", Conv({6, 1, 3, 3}).Int("group", 6).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_depthwise_dilated",
                    Conv({6, 1, 3, 3}).Int("group", 6).List("pads", {2, 2, 2, 2}).List("dilations", {2, 2})});
  cases->push_back({"conv_depthwise_two_each", Conv({12, 1, 3, 3}).Int("group", 6).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_groups", Conv({9, 2, 3, 3}).Int("group", 3).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_many_groups", Conv({80, 2, 1, 1}, 80).Int("group", 40)});
  cases->push_back({"conv_transpose_4_2", Transposed({6, 5, 4, 4}).List("strides", {2, 2}).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_transpose_2_2", Transposed({6, 5, 2, 2}).List("strides", {2, 2})});
  cases->push_back(
      {"conv_transpose_3_2",
       Transposed({6, 5, 3, 3}).List("strides", {2, 2}).List("pads", {1, 1, 1, 1}).List("output_padding", {1, 1})});
  cases->push_back({"conv_transpose_odd", Transposed({6, 5, 3, 5}).List("strides", {2, 2}).List("pads", {0, 1, 1, 2})});
  cases->push_back({"conv_transpose_3_3", Transposed({6, 5, 2, 7}).List("strides", {3, 3})});
  cases->push_back({"conv_transpose_1", Transposed({6, 5, 3, 3}).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_transpose_groups",
                    Transposed({6, 2, 4, 4}).List("strides", {2, 2}).Int("group", 3).List("pads", {1, 1, 1, 1})});
  cases->push_back({"conv_transpose_norm_relu", TestOnnx()
                                                    .Input("x", {1, 6, 5, 6})
                                                    .Weights("w", {6, 5, 4, 4}, 1)
                                                    .Weights("b", {5}, 2)
                                                    .Weights("s", {5}, 3)
                                                    .Weights("v", {5}, 4, 2)
                                                    .Node("ConvTranspose", {"x", "w", "b"}, {"up"})
                                                    .List("strides", {2, 2})
                                                    .List("pads", {1, 1, 1, 1})
                                                    .Node("BatchNormalization", {"up", "s", "b", "b", "v"}, {"norm"})
                                                    .Node("Relu", {"norm"}, {"y"})
                                                    .Output("y")});
  cases->push_back({"gemm",
                    TestOnnx()
                        .Input("x", {1, 6, 5, 6})
                        .Weights("m", {4, 6}, 1)
                        .Weights("c", {4}, 2)
                        .Node("GlobalAveragePool", {"x"}, {"mean"})
                        .Node("Flatten", {"mean"}, {"v"})
                        .Node("Gemm", {"v", "m", "c"}, {"y"})
                        .Int("transB", 1)
                        .Real("alpha", 0.5f)
                        .Real("beta", 2)
                        .Output("y"),
                    Layout::kVector});
  cases->push_back({"matmul_nhwc",
                    TestOnnx()
                        .Input("x", {1, 5, 7, 3})
                        .Weights("m", {3, 4}, 1)
                        .Weights("c", {4}, 2)
                        .Node("MatMul", {"x", "m"}, {"p"})
                        .Node("Add", {"p", "c"}, {"y"})
                        .Output("y"),
                    Layout::kAsIs});
}

TestOnnx Pool(const std::string& op) {
  return TestOnnx().Input("x", {1, 6, 9, 12}).Output("y").Node(op, {"x"}, {"y"}).List("kernel_shape", {3, 2});
}

void AddPools(std::vector<OnnxCase>* cases) {
  for (const std::string op : {"MaxPool", "AveragePool"}) {
    cases->push_back({op, Pool(op).List("strides", {2, 2})});
    cases->push_back({op + "_padded", Pool(op).List("strides", {1, 2}).List("pads", {1, 0, 2, 1})});
    cases->push_back({op + "_ceil", Pool(op).List("strides", {2, 3}).Int("ceil_mode", 1)});
    cases->push_back({op + "_same", Pool(op).List("strides", {2, 2}).Text("auto_pad", "SAME_UPPER")});
  }
  cases->push_back({"AveragePool_counted", Pool("AveragePool").List("pads", {1, 1, 1, 1}).Int("count_include_pad", 1)});
  cases->push_back({"global_average", TestOnnx()
                                          .Input("x", {1, 6, 5, 6})
                                          .Node("GlobalAveragePool", {"x"}, {"m"})
                                          .Node("Mul", {"x", "m"}, {"y"})
                                          .Output("y")});
  cases->push_back({"mean_of_pixels", Unary("ReduceMean").List("axes", {2, -1}).Int("keepdims", 1)});
  cases->push_back(
      {"mean_of_pixels_dropped", Unary("ReduceMean").List("axes", {2, 3}).Int("keepdims", 0), Layout::kVector});
  cases->push_back({"mean_of_channels", Unary("ReduceMean").List("axes", {1})});
  cases->push_back(
      {"mean_of_pixels_18",
       TestOnnx(18).Input("x", {1, 6, 5, 6}).Ints("a", {2, 3}).Node("ReduceMean", {"x", "a"}, {"y"}).Output("y")});
}

void AddElements(std::vector<OnnxCase>* cases) {
  for (const std::string op :
       {"Abs", "Exp", "Neg", "Relu", "Sigmoid", "Softplus", "Tanh", "Elu", "HardSigmoid", "Identity"})
    cases->push_back({op, Unary(op)});
  cases->push_back({"HardSwish", Unary("HardSwish", 14)});
  cases->push_back({"Elu_alpha", Unary("Elu").Real("alpha", 0.3f)});
  cases->push_back({"HardSigmoid_slope", Unary("HardSigmoid").Real("alpha", 0.1f).Real("beta", 0.6f)});
  cases->push_back({"Softmax", Unary("Softmax").Int("axis", 1)});
  cases->push_back({"Clip_6", Unary("Clip", 6 + 4).Real("min", 0).Real("max", 6)});
  cases->push_back({"Clip_open", Unary("Clip", 10).Real("min", -0.5f)});
  cases->push_back({"Clip_inputs", TestOnnx()
                                       .Input("x", {1, 6, 5, 6})
                                       .Floats("lo", {}, {-0.5f})
                                       .Floats("hi", {}, {3})
                                       .Node("Clip", {"x", "lo", "hi"}, {"y"})
                                       .Output("y")});
  cases->push_back({"Sqrt_and_dropout", TestOnnx()
                                            .Input("x", {1, 6, 5, 6})
                                            .Node("Abs", {"x"}, {"a"})
                                            .Node("Sqrt", {"a"}, {"s"})
                                            .Node("Dropout", {"s"}, {"y"})
                                            .Output("y")});
  cases->push_back({"Cast_and_dropout_10", TestOnnx(10)
                                               .Input("x", {1, 6, 5, 6})
                                               .Node("Cast", {"x"}, {"a"})
                                               .Int("to", 1)
                                               .Node("Dropout", {"a"}, {"y"})
                                               .Output("y")});
  for (const std::string op : {"Add", "Sub", "Mul", "Div"}) {
    cases->push_back(
        {op + "_channels",
         TestOnnx().Input("x", {1, 6, 5, 6}).Weights("c", {6, 1, 1}, 1, 2).Node(op, {"x", "c"}, {"y"}).Output("y")});
    cases->push_back(
        {op + "_pictures",
         TestOnnx().Input("x", {1, 6, 5, 6}).Node("Softplus", {"x"}, {"e"}).Node(op, {"x", "e"}, {"y"}).Output("y")});
    cases->push_back({op + "_stretched", TestOnnx()
                                             .Input("x", {1, 6, 5, 6})
                                             .Node("Softplus", {"x"}, {"e"})
                                             .Node("ReduceMean", {"e"}, {"m"})
                                             .List("axes", {1})
                                             .Node(op, {"x", "m"}, {"y"})
                                             .Output("y")});
  }
  cases->push_back(
      {"Sub_from",
       TestOnnx().Input("x", {1, 6, 5, 6}).Floats("c", {}, {2.5f}).Node("Sub", {"c", "x"}, {"y"}).Output("y")});
  cases->push_back({"Add_vector",
                    TestOnnx()
                        .Input("x", {1, 6, 5, 6})
                        .Weights("c", {6}, 1)
                        .Node("GlobalAveragePool", {"x"}, {"m"})
                        .Node("Flatten", {"m"}, {"v"})
                        .Node("Add", {"v", "c"}, {"y"})
                        .Output("y"),
                    Layout::kVector});
  cases->push_back({"LeakyRelu", Unary("LeakyRelu").Real("alpha", 0.2f)});
  cases->push_back(
      {"PRelu",
       TestOnnx().Input("x", {1, 6, 5, 6}).Weights("s", {6, 1, 1}, 1).Node("PRelu", {"x", "s"}, {"y"}).Output("y")});
  cases->push_back(
      {"PRelu_one",
       TestOnnx().Input("x", {1, 6, 5, 6}).Weights("s", {1}, 1).Node("PRelu", {"x", "s"}, {"y"}).Output("y")});
  cases->push_back({"norm", TestOnnx()
                                .Input("x", {1, 6, 5, 6})
                                .Weights("s", {6}, 1)
                                .Weights("b", {6}, 2)
                                .Weights("m", {6}, 3)
                                .Weights("v", {6}, 4, 2)
                                .Node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"})
                                .Real("epsilon", 0.01f)
                                .Output("y")});
  cases->push_back({"norm_of_instance", TestOnnx()
                                            .Input("x", {1, 6, 5, 6})
                                            .Weights("s", {6}, 1)
                                            .Weights("b", {6}, 2)
                                            .Node("InstanceNormalization", {"x", "s", "b"}, {"y"})
                                            .Output("y")});
}

void AddShapes(std::vector<OnnxCase>* cases) {
  cases->push_back({"concat_and_split", TestOnnx()
                                            .Input("x", {1, 6, 5, 6})
                                            .Ints("sizes", {1, 3, 2})
                                            .Node("Split", {"x", "sizes"}, {"a", "b", "c"})
                                            .Int("axis", 1)
                                            .Node("Concat", {"c", "a", "b", "x"}, {"y"})
                                            .Int("axis", -3)
                                            .Output("y")});
  cases->push_back({"split_equally_11", TestOnnx(11)
                                            .Input("x", {1, 6, 5, 6})
                                            .Node("Split", {"x"}, {"a", "b"})
                                            .Int("axis", 1)
                                            .Node("Sub", {"b", "a"}, {"y"})
                                            .Output("y")});
  cases->push_back({"slice_channels", TestOnnx()
                                          .Input("x", {1, 6, 5, 6})
                                          .Ints("s", {-4})
                                          .Ints("e", {100})
                                          .Ints("a", {1})
                                          .Node("Slice", {"x", "s", "e", "a"}, {"y"})
                                          .Output("y")});
  cases->push_back({"slice_channels_9", TestOnnx(9)
                                            .Input("x", {1, 6, 5, 6})
                                            .Node("Slice", {"x"}, {"y"})
                                            .List("starts", {1})
                                            .List("ends", {-1})
                                            .List("axes", {1})
                                            .Output("y")});
  cases->push_back({"transposes",
                    TestOnnx()
                        .Input("image", {1, 5, 7, 3})
                        .Weights("w", {4, 3, 1, 1}, 1)
                        .Node("Transpose", {"image"}, {"x"})
                        .List("perm", {0, 3, 1, 2})
                        .Node("Conv", {"x", "w"}, {"c"})
                        .Node("Transpose", {"c"}, {"y"})
                        .List("perm", {0, 2, 3, 1})
                        .Output("y"),
                    Layout::kAsIs});
  cases->push_back({"reshapes", TestOnnx()
                                    .Input("x", {1, 6, 5, 6})
                                    .Ints("flat", {1, -1})
                                    .Ints("pixel", {0, 6, 1, 1})
                                    .Ints("a", {2, 3})
                                    .Node("GlobalAveragePool", {"x"}, {"m"})
                                    .Node("Reshape", {"m", "flat"}, {"v"})
                                    .Node("Reshape", {"v", "pixel"}, {"p"})
                                    .Node("Squeeze", {"p", "a"}, {"q"})
                                    .Node("Unsqueeze", {"q", "a"}, {"u"})
                                    .Node("Mul", {"x", "u"}, {"y"})
                                    .Output("y")});
  // What PyTorch writes for interpolate(x, scale_factor=2): sizes of Shape, Gather, Mul, Cast and Floor.
  cases->push_back({"sizes_computed", TestOnnx()
                                          .Input("x", {1, 6, -1, -1})
                                          .Ints("two", {2})
                                          .Node("Shape", {"x"}, {"s"})
                                          .Node("Constant", {}, {"i2"})
                                          .Int("value_int", 2)
                                          .Node("Gather", {"s", "i2"}, {"h"})
                                          .Ints("i3", {3})
                                          .Node("Gather", {"s", "i3"}, {"w"})
                                          .Ints("a0", {0})
                                          .Node("Unsqueeze", {"h", "a0"}, {"h1"})
                                          .Node("Cast", {"h1"}, {"hf"})
                                          .Int("to", 1)
                                          .Floats("scale", {}, {2})
                                          .Node("Mul", {"hf", "scale"}, {"hs"})
                                          .Node("Floor", {"hs"}, {"hr"})
                                          .Node("Cast", {"hr"}, {"hi"})
                                          .Int("to", 7)
                                          .Node("Mul", {"w", "two"}, {"wi"})
                                          .Ints("zero", {0})
                                          .Node("Slice", {"s", "zero", "two"}, {"nc"})
                                          .Node("Concat", {"nc", "hi", "wi"}, {"sizes"})
                                          .Int("axis", 0)
                                          .Node("Resize", {"x", "", "", "sizes"}, {"y"})
                                          .Text("mode", "linear")
                                          .Output("y")});
  cases->push_back({"sizes_folded", TestOnnx()
                                        .Input("x", {1, 6, 5, 6})
                                        .Ints("two", {2})
                                        .Ints("four", {4})
                                        .Node("Shape", {"x"}, {"s"})
                                        .Node("Slice", {"s", "two", "four"}, {"hw"})
                                        .Node("Cast", {"hw"}, {"f"})
                                        .Int("to", 1)
                                        .Floats("scale", {2}, {1.5f, 1.25f})
                                        .Node("Mul", {"f", "scale"}, {"m"})
                                        .Node("Ceil", {"m"}, {"c"})
                                        .Node("Cast", {"c"}, {"i"})
                                        .Int("to", 7)
                                        .Ints("zero", {0})
                                        .Node("Slice", {"s", "zero", "two"}, {"nc"})
                                        .Node("Concat", {"nc", "i"}, {"sizes"})
                                        .Int("axis", 0)
                                        .Node("Resize", {"x", "", "", "sizes"}, {"y"})
                                        .Text("mode", "linear")
                                        .Output("y")});
}

TestOnnx Resized(const std::string& mode, const std::string& coordinates, const Shape& size) {
  return TestOnnx()
      .Input("x", {1, 6, 5, 6})
      .Ints("s", size)
      .Output("y")
      .Node("Resize", {"x", "", "", "s"}, {"y"})
      .Text("mode", mode)
      .Text("coordinate_transformation_mode", coordinates);
}

void AddResizes(std::vector<OnnxCase>* cases) {
  for (const std::string coordinates : {"asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"}) {
    cases->push_back({"linear_" + coordinates, Resized("linear", coordinates, {1, 6, 10, 15})});
    cases->push_back({"linear_smaller_" + coordinates, Resized("linear", coordinates, {1, 6, 3, 4})});
    for (const std::string rounding : {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}) {
      cases->push_back({"nearest_" + coordinates + "_" + rounding,
                        Resized("nearest", coordinates, {1, 6, 10, 9}).Text("nearest_mode", rounding)});
    }
  }
  cases->push_back(
      {"nearest_tf", Resized("nearest", "tf_half_pixel_for_nn", {1, 6, 13, 4}).Text("nearest_mode", "floor")});
  for (const std::string mode : {"nearest", "linear"}) {
    cases->push_back({"scales_13_" + mode, TestOnnx()
                                               .Input("x", {1, 6, -1, -1})
                                               .Floats("s", {4}, {1, 1, 2, 3})
                                               .Node("Resize", {"x", "", "s"}, {"y"})
                                               .Text("mode", mode)
                                               .Output("y")});
    cases->push_back({"scales_10_" + mode, TestOnnx(10)
                                               .Input("x", {1, 6, 5, 6})
                                               .Floats("s", {4}, {1, 1, 2, 1.5f})
                                               .Node("Resize", {"x", "s"}, {"y"})
                                               .Text("mode", mode)
                                               .Output("y")});
    cases->push_back({"upsample_9_" + mode, TestOnnx(9)
                                                .Input("x", {1, 6, 5, 6})
                                                .Floats("s", {4}, {1, 1, 2, 2})
                                                .Node("Upsample", {"x", "s"}, {"y"})
                                                .Text("mode", mode)
                                                .Output("y")});
    cases->push_back({"upsample_7_" + mode, TestOnnx(7)
                                                .Input("x", {1, 6, 5, 6})
                                                .Node("Upsample", {"x"}, {"y"})
                                                .Text("mode", mode)
                                                .Reals("scales", {1, 1, 2, 3})
                                                .Output("y")});
  }
  cases->push_back({"pad", TestOnnx()
                               .Input("x", {1, 6, 5, 6})
                               .Ints("p", {0, 0, 1, 2, 0, 0, 0, 3})
                               .Node("Pad", {"x", "p"}, {"y"})
                               .Output("y")});
  cases->push_back({"pad_10", TestOnnx(10)
                                  .Input("x", {1, 6, 5, 6})
                                  .Node("Pad", {"x"}, {"y"})
                                  .List("pads", {0, 0, 1, 2, 0, 0, 0, 3})
                                  .Output("y")});
  cases->push_back(
      {"depth_to_space",
       TestOnnx().Input("x", {1, 12, 5, 6}).Node("DepthToSpace", {"x"}, {"y"}).Int("blocksize", 2).Output("y")});
  cases->push_back({"pixel_shuffle", TestOnnx()
                                         .Input("x", {1, 12, 5, 6})
                                         .Node("DepthToSpace", {"x"}, {"y"})
                                         .Int("blocksize", 2)
                                         .Text("mode", "CRD")
                                         .Output("y")});
}

}  // namespace

std::vector<OnnxCase> OnnxCases() {
  std::vector<OnnxCase> cases;
  AddConvolutions(&cases);
  AddPools(&cases);
  AddElements(&cases);
  AddShapes(&cases);
  AddResizes(&cases);
  return cases;
}

}  // namespace sinew::onnx_import
