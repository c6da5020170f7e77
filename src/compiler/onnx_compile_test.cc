// Every operation that can be imported from ONNX, through the whole compiler and on the runtime.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/temporary_folder_test_util.h"
#include "compiler/import/import.h"
#include "compiler/import/onnx/onnx_cases_test_util.h"
#include "sinew/compiler.h"

namespace sinew {
namespace {

using OnnxCompileTest = TemporaryFolderTest;

// Sums in single precision, a few layers deep.
constexpr double kTolerance = 1e-5;

TEST_F(OnnxCompileTest, EveryCaseRunsAsTheReferenceComputesIt) {
  constexpr int kLeastSide = 16;
  int compiled = 0;
  for (const onnx_import::OnnxCase& test : onnx_import::OnnxCases()) {
    SCOPED_TRACE(test.name);
    if (test.name == "Exp") continue;  // of a picture's bytes: beyond single precision
    const std::filesystem::path file = Make("model.onnx", test.model.Bytes());
    const Result<import::ImportedModel> imported = import::ImportModel(file);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    const ir::Shape& shape = imported->graph.node(imported->graph.input()).shape;
    const int width = shape[2] < 0 ? 18 : static_cast<int>(shape[2]),
              height = shape[1] < 0 ? 16 : static_cast<int>(shape[1]);
    if (std::min(width, height) < kLeastSide) continue;  // fixed at a size that is refused
    ++compiled;
    CompileOptions options;
    options.resolutions = {{width, height}};
    options.exact = true;
    const Result<CompileReport> report = Compile(file, folder_ / "m.sinew", options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    if (!report.ok()) continue;
    EXPECT_LT(report->error, kTolerance);
  }
  EXPECT_GT(compiled, 50);
}

// What a transposed convolution, its batch norm and its ReLU are made of.
TEST_F(OnnxCompileTest, ATransposedConvolutionIsOneConvolutionAndAMove) {
  for (const onnx_import::OnnxCase& test : onnx_import::OnnxCases()) {
    if (test.name != "conv_transpose_norm_relu") continue;
    CompileOptions options;
    options.resolutions = {{18, 16}};
    const auto report = Compile(Make("model.onnx", test.model.Bytes()), folder_ / "m.sinew", options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->steps, 2);
    return;
  }
  FAIL() << "the case is gone";
}

}  // namespace
}  // namespace sinew
