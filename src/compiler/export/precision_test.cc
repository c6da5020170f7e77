// Exports in 16 and 8 bits: rounding, types, and where numbers are quantized. What engines make of them is tested in
// tests/export/precision_in_engine.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/file.h"
#include "compiler/export/half_precision.h"
#include "compiler/export/quantization.h"
#include "compiler/import/models_test_util.h"
#include "sinew/export.h"

namespace sinew::onnx_export {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(HalfPrecisionTest, RoundsToTheNearestFp16) {
  EXPECT_EQ(ToFp16(0.0f), 0);
  EXPECT_EQ(ToFp16(-0.0f), 0x8000);
  EXPECT_EQ(ToFp16(1.0f), 0x3C00);
  EXPECT_EQ(ToFp16(-2.5f), 0xC100);
  EXPECT_EQ(ToFp16(65504.0f), 0x7BFF);
  EXPECT_EQ(ToFp16(65519.0f), 0x7BFF);
  EXPECT_EQ(ToFp16(65520.0f), 0x7C00) << "the first that is infinite";
  EXPECT_EQ(ToFp16(1.0f + 0x1p-11f), 0x3C00) << "a tie goes to even";
  EXPECT_EQ(ToFp16(1.0f + 3 * 0x1p-11f), 0x3C02);
  EXPECT_EQ(ToFp16(0x1p-14f), 0x0400);
  EXPECT_EQ(ToFp16(0x1p-24f), 0x0001) << "denormal";
  EXPECT_EQ(ToFp16(0x1p-25f), 0x0000);
  EXPECT_EQ(ToFp16(3 * 0x1p-25f), 0x0002);
  EXPECT_EQ(ToFp16(std::numeric_limits<float>::infinity()), 0x7C00);
  EXPECT_EQ(ToFp16(std::nanf("")) & 0x7E00, 0x7E00);
  EXPECT_EQ(ToBf16(1.0f), 0x3F80);
  EXPECT_EQ(ToBf16(1.0f + 0x1p-8f), 0x3F80);
  EXPECT_EQ(ToBf16(1.0f + 3 * 0x1p-8f), 0x3F82);
}

TEST(QuantizationTest, ScalesCoverZeroAndClipWhatIsRare) {
  const TensorScale empty = LeastSquaresScale({});
  EXPECT_EQ(empty.scale, 1);
  std::vector<float> values;
  for (int i = 0; i <= 255; ++i) values.push_back(static_cast<float>(i));
  const TensorScale even = LeastSquaresScale(values);
  EXPECT_FLOAT_EQ(even.scale, 1);
  EXPECT_EQ(even.zero, 0);
  for (float& value : values) value -= 51;  // -51 to 204
  EXPECT_EQ(LeastSquaresScale(values).zero, 51);
  // One value beyond so many others that finer steps for those gain more than clipping it costs.
  std::vector<float> outlier(300000);
  for (size_t i = 0; i < outlier.size(); ++i) outlier[i] = static_cast<float>(i % 1000) * 0.01f;
  outlier.push_back(14);
  EXPECT_LT(LeastSquaresScale(outlier).scale, 14.0f / 255);
  const ir::Tensor kernel = ir::Tensor::Floats({2, 1, 1, 2}, {127, -63.5f, 0.5f, 1});
  const QuantizedKernel quantized = QuantizeKernel(kernel);
  EXPECT_EQ(quantized.scales.size(), 2u);
  EXPECT_NEAR(quantized.values[0] * quantized.scales[0], 127, 1);
  // 1000 and 3 are multiplied by what is left of the weights: a depthwise kernel reads one channel each.
  const std::vector<double> missing = MissingMeans(kernel, quantized, {1000, 3});
  double expected[2] = {};
  for (size_t i = 0; i < 4; ++i) {
    expected[i / 2] +=
        (i < 2 ? 1000 : 3) * (static_cast<double>(kernel.floats[i]) -
                              static_cast<double>(quantized.values[i]) * static_cast<double>(quantized.scales[i / 2]));
  }
  EXPECT_NEAR(missing[0], expected[0], 1e-6);
  EXPECT_NEAR(missing[1], expected[1], 1e-6);
}

class PrecisionExportTest : public ::testing::Test {
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
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(ReadFile(folder_ / "m.onnx").value()));
    return model;
  }

  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "sinew_export_precision_test";
};

std::map<int, int> CountTypes(const onnx::ModelProto& model) {
  std::map<int, int> counts;
  for (const onnx::TensorProto& tensor : model.graph().initializer()) ++counts[tensor.data_type()];
  return counts;
}

std::map<std::string, int> CountOperations(const onnx::ModelProto& model) {
  std::map<std::string, int> counts;
  for (const onnx::NodeProto& node : model.graph().node()) ++counts[node.op_type()];
  return counts;
}

std::vector<int64_t> Dimensions(const onnx::ValueInfoProto& info) {
  std::vector<int64_t> dims;
  for (const auto& dim : info.type().tensor_type().shape().dim()) dims.push_back(dim.dim_value());
  return dims;
}

TEST_F(PrecisionExportTest, NchwHasNoTransposition) {
  const onnx::ModelProto model = Exported({.resolution = {64, 48}, .layout = TensorLayout::kNchw});
  EXPECT_THAT(Dimensions(model.graph().input(0)), ElementsAre(1, 3, 48, 64));
  EXPECT_THAT(Dimensions(model.graph().output(0)), ElementsAre(1, 57, 6, 8));
  EXPECT_EQ(CountOperations(model)["Transpose"], 0);
}

TEST_F(PrecisionExportTest, SixteenBits) {
  const onnx::ModelProto half = Exported({.resolution = {64, 48}, .precision = Precision::kFp16});
  EXPECT_EQ(CountTypes(half)[onnx::TensorProto::FLOAT], 0);
  EXPECT_GT(CountTypes(half)[onnx::TensorProto::FLOAT16], 8);
  EXPECT_EQ(CountOperations(half)["Cast"], 2);
  EXPECT_EQ(half.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(half.graph().output(0).name(), "Openpose/concat_stage7");
  EXPECT_EQ(half.graph().node(half.graph().node_size() - 1).output(0), "Openpose/concat_stage7");
  const onnx::ModelProto bf16 = Exported({.resolution = {64, 48}, .precision = Precision::kBf16});
  EXPECT_GE(CountTypes(bf16)[onnx::TensorProto::BFLOAT16], 8);
  EXPECT_EQ(CountOperations(bf16)["Cast"], CountTypes(bf16)[onnx::TensorProto::BFLOAT16]);
}

TEST_F(PrecisionExportTest, EightBitsBetweenTheEnds) {
  const auto gradient = [](Resolution resolution) -> Result<std::vector<float>> {
    std::vector<float> picture;
    for (int i = 0; i < 3 * resolution.width * resolution.height; ++i)
      picture.push_back(static_cast<float>(128 + 100 * std::sin(0.02 * i)));
    return picture;
  };
  ExportOptions options = {.resolution = {64, 48}, .precision = Precision::kInt8, .calibration = gradient};
  const onnx::ModelProto model = Exported(options);
  std::map<std::string, int> operations = CountOperations(model);
  // Of eight convolutions, the first and the two that make the output are floats; two read the same picture.
  EXPECT_EQ(CountTypes(model)[onnx::TensorProto::INT8], 2 * 5) << "weights and their zeros";
  EXPECT_EQ(operations["QuantizeLinear"], 4);
  EXPECT_EQ(operations["DequantizeLinear"], 4 + 2 * 5) << "pictures, weights and biases";
  options.batch = 0;
  EXPECT_EQ(CountOperations(Exported(options)), operations);
  options.calibration = nullptr;
  EXPECT_THAT(ExportOnnx(folder_ / "graph.pb", folder_ / "m.onnx", options).status().message(),
              HasSubstr("precision int8 needs pictures to calibrate by"));
}

}  // namespace
}  // namespace sinew::onnx_export
