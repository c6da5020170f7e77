// Importing ONNX: what becomes of layouts and sizes, stored tensors of every form, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/temporary_folder_test_util.h"
#include "compiler/import/import.h"
#include "compiler/import/onnx/onnx_cases_test_util.h"
#include "compiler/import/onnx/ops.h"
#include "compiler/ir/text.h"

namespace sinew::onnx_import {
namespace {

using import::ImportedModel;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<ImportedModel> Import(const TestOnnx& model, const std::vector<std::string>& outputs = {}) {
  return import::ImportOnnx(model.Bytes(), "m.onnx", {.outputs = outputs});
}

std::string Error(const TestOnnx& model, const std::vector<std::string>& outputs = {}) {
  const Result<ImportedModel> imported = Import(model, outputs);
  EXPECT_FALSE(imported.ok());
  return imported.status().message();
}

std::string Text(const TestOnnx& model) {
  const Result<ImportedModel> imported = Import(model);
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  return imported.ok() ? ir::PrintGraph(imported->graph) : "";
}

TestOnnx Picture(int64_t opset = 13) { return TestOnnx(opset).Input("x", {1, 2, 3, 4}); }

TEST(OnnxImportTest, EveryOperationHasACase) {
  std::set<std::string> missing;
  for (const OpConversion& conversion : Conversions()) missing.insert(std::string(conversion.op));
  for (const OnnxCase& test : OnnxCases()) {
    const std::string bytes = test.model.Bytes();
    EXPECT_TRUE(import::ImportOnnx(bytes, test.name).ok()) << import::ImportOnnx(bytes, test.name).status().message();
    // op_type is field 4 of a node: a tag, a length, the name.
    std::erase_if(missing, [&](const std::string& op) {
      return bytes.find(std::string("\x22") + static_cast<char>(op.size()) + op) != std::string::npos;
    });
  }
  EXPECT_THAT(missing, ElementsAre());
}

TEST(OnnxImportTest, PicturesBecomeNhwcOfAnySize) {
  EXPECT_EQ(Text(TestOnnx()
                     .Input("x", {1, 2, 3, 4})
                     .Floats("w", {1, 2, 1, 1}, {5, 7})
                     .Node("Conv", {"x", "w"}, {"c"})
                     .Floats("b", {1, 1, 1}, {0.5f})
                     .Node("Add", {"c", "b"}, {"y"})
                     .Output("y")),
            "%0 = input \"x\" : f32[1,?,?,2]\n"
            "%1 = const \"w/rsck\" {5, 7} : f32[1,1,2,1]\n"
            "%2 = conv2d \"c\" (%0, %1) : f32[1,?,?,1]\n"
            "%3 = const \"b/nhwc\" {0.5} : f32[1,1,1,1]\n"
            "%4 = add \"y\" (%2, %3) : f32[1,?,?,1]\n"
            "output \"y\" = %4\n");
}

TEST(OnnxImportTest, ASizeThatTheModelDependsOnStays) {
  const std::string text = Text(
      Picture().Ints("s", {1, 2, 6, 8}).Node("Resize", {"x", "", "", "s"}, {"y"}).Text("mode", "linear").Output("y"));
  EXPECT_THAT(text, HasSubstr("input \"x\" : f32[1,3,4,2]"));
}

TEST(OnnxImportTest, NhwcModelsKeepTheirOrderWithoutTranspositions) {
  EXPECT_EQ(Text(TestOnnx()
                     .Input("x", {1, 4, 5, 3})
                     .Node("Transpose", {"x"}, {"t"})
                     .List("perm", {0, 3, 1, 2})
                     .Node("Relu", {"t"}, {"r"})
                     .Node("Transpose", {"r"}, {"y"})
                     .List("perm", {0, 2, 3, 1})
                     .Output("y")),
            "%0 = input \"x\" : f32[1,?,?,3]\n%1 = relu \"r\" (%0) : f32[1,?,?,3]\noutput \"y\" = %1\n");
}

proto::TensorProto Tensor(OnnxType type) {
  proto::TensorProto tensor;
  tensor.set_name("c");
  tensor.set_data_type(static_cast<int>(type));
  for (const int size : {2, 1, 1}) tensor.add_dims(size);
  return tensor;
}

// x + c, whose constant prints.
std::string TextWith(const proto::TensorProto& tensor) {
  return Text(Picture().Initializer(tensor).Node("Add", {"x", "c"}, {"y"}).Output("y"));
}
std::string ErrorWith(const proto::TensorProto& tensor) {
  return Error(Picture().Initializer(tensor).Node("Add", {"x", "c"}, {"y"}).Output("y"));
}

TEST(OnnxImportTest, ConstantsOfEveryForm) {
  const std::string expected = "const \"c/nhwc\" {1.5, -2} : f32[1,1,1,2]";
  proto::TensorProto floats = Tensor(OnnxType::kFloat);
  floats.add_float_data(1.5f);
  floats.add_float_data(-2);
  EXPECT_THAT(TextWith(floats), HasSubstr(expected));
  proto::TensorProto half = Tensor(OnnxType::kFloat16);
  half.set_raw_data(std::string("\x00\x3e\x00\xc0", 4));
  EXPECT_THAT(TextWith(half), HasSubstr(expected));
  proto::TensorProto half_in_ints = Tensor(OnnxType::kFloat16);
  half_in_ints.add_int32_data(0x3e00);
  half_in_ints.add_int32_data(0xc000);
  EXPECT_THAT(TextWith(half_in_ints), HasSubstr(expected));
  proto::TensorProto bfloat = Tensor(OnnxType::kBfloat16);
  bfloat.set_raw_data(std::string("\xc0\x3f\x00\xc0", 4));
  EXPECT_THAT(TextWith(bfloat), HasSubstr(expected));
  proto::TensorProto doubles = Tensor(OnnxType::kDouble);
  doubles.add_double_data(1.5);
  doubles.add_double_data(-2);
  EXPECT_THAT(TextWith(doubles), HasSubstr(expected));
}

TEST(OnnxImportTest, ConstantsThatContradictThemselves) {
  proto::TensorProto cut = Tensor(OnnxType::kFloat);
  cut.set_raw_data("1234");
  EXPECT_THAT(ErrorWith(cut),
              HasSubstr("constant \"c\": shape [2,1,1] of FLOAT takes 2 elements of 4 bytes, but there are 4"));
  proto::TensorProto few = Tensor(OnnxType::kFloat);
  few.add_float_data(1);
  EXPECT_THAT(ErrorWith(few), HasSubstr("holds 2 elements, but there are 1"));
  EXPECT_THAT(ErrorWith(Tensor(OnnxType::kString)), HasSubstr("constants of type STRING"));
  EXPECT_THAT(ErrorWith(Tensor(static_cast<OnnxType>(77))), HasSubstr("constants of type type 77"));
  proto::TensorProto huge = Tensor(OnnxType::kFloat);
  for (int i = 0; i < 8; ++i) huge.add_dims(int64_t{1} << 40);
  huge.set_raw_data("1234");
  EXPECT_FALSE(Import(Picture().Initializer(huge).Node("Add", {"x", "c"}, {"y"}).Output("y")).ok());
}

class ExternalDataTest : public TemporaryFolderTest {
 protected:
  // Imports x + c, with c in another file.
  Result<ImportedModel> ImportWith(const std::string& location, const std::string& offset = "4",
                                   const std::string& length = "8") {
    proto::TensorProto tensor = Tensor(OnnxType::kFloat);
    tensor.set_data_location(1);
    const auto entry = [&](const std::string& key, const std::string& value) {
      proto::Entry& added = *tensor.add_external_data();
      added.set_key(key);
      added.set_value(value);
    };
    entry("location", location);
    entry("offset", offset);
    if (!length.empty()) entry("length", length);
    return import::ImportModel(
        Make("m.onnx", Picture().Initializer(tensor).Node("Add", {"x", "c"}, {"y"}).Output("y").Bytes()));
  }
};

TEST_F(ExternalDataTest, IsReadFromTheModelsFolderAlone) {
  const float values[] = {9, 1.5f, -2};
  Make("weights.bin", std::string(reinterpret_cast<const char*>(values), sizeof(values)));
  for (const char* length : {"8", ""}) {
    const Result<ImportedModel> imported = ImportWith("weights.bin", "4", length);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    EXPECT_THAT(ir::PrintGraph(imported->graph), HasSubstr("{1.5, -2}"));
  }
  EXPECT_THAT(ImportWith("weights.bin", "8").status().message(),
              HasSubstr("8 bytes at 8 of \"weights.bin\", which has 12"));
  EXPECT_THAT(ImportWith("weights.bin", "-4").status().message(), HasSubstr("the offset \"-4\""));
  EXPECT_THAT(ImportWith("weights.bin", "4", "999999999999999999999").status().message(), HasSubstr("the length"));
  EXPECT_THAT(ImportWith("none.bin").status().message(), HasSubstr("\"none.bin\" is not in"));
  for (const char* path : {"../weights.bin", "/etc/passwd", "", "a/../../x"}) {
    EXPECT_THAT(ImportWith(path).status().message(), HasSubstr("a file in the model's own folder is needed")) << path;
  }
  std::filesystem::create_symlink("/etc/passwd", folder_ / "link.bin");
  EXPECT_THAT(ImportWith("link.bin").status().message(), HasSubstr("a file in the model's own folder is needed"));
}

TEST(OnnxImportTest, EverythingUnsupportedIsListed) {
  EXPECT_THAT(Error(Picture()
                        .Node("LSTM", {"x"}, {"a"})
                        .Node("If", {"a"}, {"b"})
                        .Node("Fancy", {"x"}, {"c"})
                        .Domain("com.me")
                        .Node("TopK", {"c"}, {"d"})
                        .Node("QLinearConv", {"x"}, {"e"})
                        .Node("Concat", {"b", "d", "e"}, {"y"})
                        .Output("y")),
              AllOf(HasSubstr("m.onnx: 5 nodes cannot be converted:"), HasSubstr("a (LSTM): a recurrent network"),
                    HasSubstr("b (If): control flow"), HasSubstr("c (Fancy): an operation of \"com.me\""),
                    HasSubstr("d (TopK): decoding of the maps"), HasSubstr("e (QLinearConv): a quantised network")));
}

TEST(OnnxImportTest, OutputsByName) {
  const TestOnnx model = Picture().Node("Relu", {"x"}, {"a"}).Node("Sigmoid", {"a"}, {"y"}).Output("y");
  const Result<ImportedModel> imported = Import(model, {"a"});
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->graph.outputs()[0].name, "a");
  EXPECT_THAT(imported->report.left_out, ElementsAre("1 Sigmoid: the outputs do not need it"));
  EXPECT_THAT(Error(model, {"nose"}), HasSubstr("there is no \"nose\" to take as output; the model's own are \"y\""));
}

TEST(OnnxImportTest, MistakesAreNamed) {
  EXPECT_THAT(Error(Picture(5).Node("Relu", {"x"}, {"y"}).Output("y")), HasSubstr("its opset is 5; 7 to 21"));
  EXPECT_THAT(Error(Picture(99).Node("Relu", {"x"}, {"y"}).Output("y")), HasSubstr("its opset is 99"));
  EXPECT_THAT(Error(Picture().Output("y")), HasSubstr("without nodes"));
  EXPECT_THAT(Error(Picture().Node("Relu", {"z"}, {"y"}).Output("y")),
              HasSubstr("node \"y\" reads \"z\", which nothing before it computes"));
  EXPECT_THAT(Error(Picture().Node("Relu", {"x"}, {"y"}).Node("Relu", {"x"}, {"y"}).Output("y")),
              HasSubstr("two nodes compute \"y\""));
  EXPECT_THAT(Error(Picture().Input("z", {1, 2, 3, 4}).Node("Add", {"x", "z"}, {"y"}).Output("y")),
              HasSubstr("two inputs, \"x\" and \"z\""));
  EXPECT_THAT(Error(TestOnnx().Input("x", {1, 9}).Node("Relu", {"x"}, {"y"}).Output("y")),
              HasSubstr("input \"x\" has the shape [1,9]; a picture [N,C,H,W] is needed"));
  EXPECT_THAT(Error(TestOnnx().Input("x", {1, 3, 8, 8}, 2).Node("Relu", {"x"}, {"y"}).Output("y")),
              HasSubstr("input \"x\" is of type UINT8"));
  EXPECT_THAT(
      Error(Picture().Ints("c", {1}).Node("Identity", {"c"}, {"y"}).Node("Relu", {"x"}, {"z"}).Output("y").Output("z")),
      HasSubstr("y (output): it is the same for every picture"));
  EXPECT_THAT(Error(Picture().Weights("w", {3, 5, 1, 1}, 1).Node("Conv", {"x", "w"}, {"y"}).Output("y")),
              HasSubstr("y (Conv): its kernel has 5 input channels, its input has 2"));
  EXPECT_THAT(Error(Picture().Node("Conv", {"x", "x"}, {"y"}).Output("y")), HasSubstr("must be a constant"));
  EXPECT_THAT(
      Error(Picture().Node("Relu", {"x"}, {"y"}).Output("y").Node("Elu", {"x"}, {"z"}).Text("alpha", "a").Output("z")),
      HasSubstr("z (Elu): its attribute \"alpha\" is not a number"));
  EXPECT_THAT(Error(Picture().Node("Transpose", {"x"}, {"y"}).List("perm", {0, 1, 3, 2}).Output("y")),
              HasSubstr("not one between NCHW and NHWC"));
  EXPECT_THAT(Error(Picture().Ints("s", {1, -1}).Node("Reshape", {"x", "s"}, {"y"}).Output("y")),
              HasSubstr("pictures stay pictures"));
}

TEST(OnnxImportTest, DamagedFiles) {
  const std::string bytes = Picture().Node("Relu", {"x"}, {"y"}).Output("y").Bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<ImportedModel> imported = import::ImportOnnx(bytes.substr(0, size), "m.onnx");
    ASSERT_FALSE(imported.ok()) << size;
    EXPECT_THAT(imported.status().message(), HasSubstr("m.onnx: "));
  }
}

}  // namespace
}  // namespace sinew::onnx_import
