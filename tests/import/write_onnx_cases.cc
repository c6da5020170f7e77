// Writes, for every ONNX model of the importer's tests, what an engine needs to run it and what the reference executor
// computes of it once it is imported:
//   write_onnx_cases FOLDER  ->  FOLDER/NAME/model.onnx, input.f32, expected.f32, case.json
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "compiler/import/import.h"
#include "compiler/import/onnx/onnx_cases_test_util.h"
#include "compiler/reference/executor.h"

namespace sinew::onnx_import {
namespace {

constexpr int64_t kOpenHeight = 7, kOpenWidth = 9;  // of models that take any size

Status WriteFloats(const std::filesystem::path& path, const std::vector<double>& values) {
  const std::vector<float> floats(values.begin(), values.end());
  return WriteFile(path, {reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}

// NHWC as NCHW.
reference::Array ChannelsFirst(const reference::Array& array) {
  const int64_t n = array.shape[0], h = array.shape[1], w = array.shape[2], c = array.shape[3];
  reference::Array result{{n, c, h, w}, std::vector<double>(array.values.size())};
  for (int64_t pixel = 0; pixel < h * w; ++pixel) {
    for (int64_t k = 0; k < c; ++k)
      result.values[static_cast<size_t>(k * h * w + pixel)] = array.values[static_cast<size_t>(pixel * c + k)];
  }
  return result;
}

// Models state sizes that importing drops where nothing depends on them; engines insist on them.
struct StatedSize {
  int64_t height, width;
};
StatedSize FindStatedSize(const OnnxCase& test, bool nhwc) {
  const std::vector<int64_t> shape = test.model.input_shape();
  const size_t first = nhwc ? 1 : 2;
  return {shape[first] < 0 ? kOpenHeight : shape[first], shape[first + 1] < 0 ? kOpenWidth : shape[first + 1]};
}

Status WriteCase(const OnnxCase& test, const std::filesystem::path& folder) {
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported, import::ImportOnnx(test.model.Bytes(), test.name));
  const bool nhwc = test.output == Layout::kAsIs;
  const StatedSize size = FindStatedSize(test, nhwc);
  SINEW_ASSIGN_OR_RETURN(const ir::Graph graph, ir::BindInput(imported.graph, 1, size.height, size.width));
  reference::Array input;
  input.shape = graph.node(graph.input()).shape;
  std::mt19937 random(11);
  std::uniform_real_distribution<float> distribution(-4.0f, 4.0f);
  for (int64_t i = 0; i < input.shape[1] * input.shape[2] * input.shape[3]; ++i)
    input.values.push_back(distribution(random));
  SINEW_ASSIGN_OR_RETURN(std::vector<reference::Array> outputs, reference::Execute(graph, input));
  reference::Array& output = outputs[0];
  if (test.output == Layout::kChannelsFirst) output = ChannelsFirst(output);
  if (test.output == Layout::kVector) output.shape = {output.shape[0], output.shape[3]};
  if (!nhwc) input = ChannelsFirst(input);
  SINEW_RETURN_IF_ERROR(WriteFile(folder / "model.onnx", test.model.Bytes()));
  SINEW_RETURN_IF_ERROR(WriteFloats(folder / "input.f32", input.values));
  SINEW_RETURN_IF_ERROR(WriteFloats(folder / "expected.f32", output.values));
  return WriteFile(folder / "case.json", nlohmann::json{{"input", input.shape}, {"output", output.shape}}.dump());
}

}  // namespace
}  // namespace sinew::onnx_import

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const auto& test : sinew::onnx_import::OnnxCases()) {
    const sinew::Status status = sinew::onnx_import::WriteCase(test, std::filesystem::path(argv[1]) / test.name);
    if (!status.ok()) return std::fprintf(stderr, "%s: %s\n", test.name.c_str(), status.message().c_str()), 1;
  }
}
