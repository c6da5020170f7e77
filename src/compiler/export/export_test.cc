// Whole exports: a model file in, an ONNX file out.
#include "sinew/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <map>

#include "base/file.h"
#include "compiler/import/models_test_util.h"

namespace sinew {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  onnx::ModelProto Exported(const ExportOptions& options) {
    const Result<ExportReport> report = ExportOnnx(folder_ / "graph.pb", folder_ / "m.onnx", options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    const std::string bytes = ReadFile(folder_ / "m.onnx").value();
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(bytes));
    EXPECT_EQ(report->bytes, bytes.size());
    EXPECT_EQ(report->nodes_written, model.graph().node_size());
    return model;
  }
  std::string ExportError(const std::string& graph, const ExportOptions& options = {}) {
    return ExportOnnx(folder_ / graph, folder_ / "m.onnx", options).status().message();
  }

  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_export_test";
};

std::map<std::string, int> CountOps(const onnx::ModelProto& model) {
  std::map<std::string, int> counts;
  for (const onnx::NodeProto& node : model.graph().node()) ++counts[node.op_type()];
  return counts;
}

std::vector<std::string> DimensionTexts(const onnx::ValueInfoProto& info) {
  std::vector<std::string> dims;
  for (const auto& dim : info.type().tensor_type().shape().dim()) {
    dims.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : dim.dim_param());
  }
  return dims;
}

TEST_F(ExportTest, AFixedResolution) {
  const onnx::ModelProto model = Exported({.resolution = {64, 48}});
  // Division and subtraction have become one normalisation; biases are the convolutions' own.
  EXPECT_THAT(CountOps(model), ElementsAre(Pair("BatchNormalization", 1), Pair("Concat", 2), Pair("Conv", 8),
                                           Pair("InstanceNormalization", 1), Pair("Relu", 3), Pair("Transpose", 2)));
  EXPECT_EQ(model.graph().input(0).name(), "image");
  EXPECT_THAT(DimensionTexts(model.graph().input(0)), ElementsAre("1", "48", "64", "3"));
  ASSERT_EQ(model.graph().output_size(), 1);
  EXPECT_EQ(model.graph().output(0).name(), "Openpose/concat_stage7");
  EXPECT_THAT(DimensionTexts(model.graph().output(0)), ElementsAre("1", "6", "8", "57"));
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const onnx::AttributeProto& attribute : node.attribute())
      EXPECT_NE(attribute.name(), "auto_pad") << node.name();
  }
}

TEST_F(ExportTest, AnyResolution) {
  const onnx::ModelProto model = Exported({});
  EXPECT_THAT(DimensionTexts(model.graph().input(0)), ElementsAre("1", "height", "width", "3"));
  EXPECT_THAT(DimensionTexts(model.graph().output(0)), ElementsAre("1", "", "", "57"));
  EXPECT_EQ(CountOps(model), CountOps(Exported({.resolution = {64, 48}})));
}

TEST_F(ExportTest, SeveralPicturesACall) {
  const onnx::ModelProto four = Exported({.resolution = {64, 48}, .batch = 4});
  EXPECT_THAT(DimensionTexts(four.graph().input(0)), ElementsAre("4", "48", "64", "3"));
  EXPECT_THAT(DimensionTexts(four.graph().output(0)), ElementsAre("4", "6", "8", "57"));
  const onnx::ModelProto any = Exported({.resolution = {64, 48}, .batch = 0});
  EXPECT_THAT(DimensionTexts(any.graph().input(0)), ElementsAre("batch", "48", "64", "3"));
  EXPECT_THAT(DimensionTexts(any.graph().output(0)), ElementsAre("", "6", "8", "57"));
  EXPECT_EQ(CountOps(any), CountOps(Exported({.resolution = {64, 48}})));
  EXPECT_THAT(DimensionTexts(Exported({.batch = 0}).graph().input(0)), ElementsAre("batch", "height", "width", "3"));
  EXPECT_THAT(ExportError("graph.pb", {.batch = -1}), HasSubstr("a batch of -1: must be 1 to 65536, or 0 for any"));
}

TEST_F(ExportTest, TheSameModelGivesTheSameBytes) {
  const std::string first = Exported({}).SerializeAsString();
  EXPECT_EQ(Exported({}).SerializeAsString(), first);
}

TEST_F(ExportTest, OtherOutputs) {
  const onnx::ModelProto model = Exported({.resolution = {64, 48}, .outputs = {"features", "stage1_L2"}});
  ASSERT_EQ(model.graph().output_size(), 2);
  EXPECT_EQ(model.graph().output(0).name(), "features");
  EXPECT_THAT(DimensionTexts(model.graph().output(1)), ElementsAre("1", "6", "8", "19"));
}

TEST_F(ExportTest, ErrorsNameTheCulprit) {
  EXPECT_THAT(ExportError("none.pb"), HasSubstr("none.pb"));
  EXPECT_THAT(ExportError("graph.pb", {.resolution = {-1, 48}}), HasSubstr("network resolution -1x48"));
  EXPECT_THAT(ExportError("graph.pb", {.resolution = {64, 0}}), HasSubstr("network resolution 64x0"));
  EXPECT_THAT(ExportError("graph.pb", {.outputs = {"nose"}}), HasSubstr("\"nose\""));
  ASSERT_TRUE(
      WriteFile(folder_ / "vector.pb", import::TestModel().Placeholder("x", {-1, 3}).Add("y", "Relu", {"x"}).GraphDef())
          .ok());
  EXPECT_THAT(ExportError("vector.pb"), HasSubstr("vector.pb: input \"x\" has the shape [?,3]"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "m.onnx")) << "no file where nothing was exported";
}

TEST_F(ExportTest, MobilenetV2Small) {
  const std::filesystem::path file = std::filesystem::path(SINEW_SHARED_DIR) / "models/mobilenet_v2_small/graph_opt.pb";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  for (const Resolution resolution : {Resolution{432, 368}, Resolution{}}) {
    const Result<ExportReport> report = ExportOnnx(file, folder_ / "m.onnx", {.resolution = resolution});
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->nodes_read, 916);
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(ReadFile(folder_ / "m.onnx").value()));
    std::map<std::string, int> counts = CountOps(model);
    EXPECT_EQ(counts["InstanceNormalization"], 39);
    EXPECT_EQ(counts["BatchNormalization"], 0) << "those with given statistics are folded";
    EXPECT_EQ(counts["Resize"], 1);
    EXPECT_EQ(counts["Transpose"], 2);
    EXPECT_EQ(counts["Shape"], resolution == Resolution{} ? 2 : 0);
  }
}

}  // namespace
}  // namespace sinew
