// Writes, for every test network, what an engine needs to run it and what it should compute, as the reference executor
// does in double precision:
//   write_cases FOLDER  ->  FOLDER/NAME/model.onnx, input.f32, expected.f32, case.json
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "compiler/export/converter.h"
#include "compiler/export/export_cases_test_util.h"
#include "compiler/ir/text.h"
#include "compiler/reference/executor.h"

namespace sinew::onnx_export {
namespace {

// For networks that take any: odd, so that "same" padding has an odd row and column.
constexpr int64_t kAnySize = 13;

reference::Array RandomInput(ir::Shape shape) {
  reference::Array input;
  size_t count = 1;
  for (int64_t& size : shape) {
    if (size == ir::kUnknown) size = kAnySize;
    count *= static_cast<size_t>(size);
  }
  input.shape = std::move(shape);
  std::mt19937 random(11);
  std::uniform_real_distribution<float> distribution(-9.0f, 9.0f);  // both signs and beyond 6: activations clamp some
  for (size_t i = 0; i < count; ++i) input.values.push_back(distribution(random));
  return input;
}

Status WriteFloats(const std::filesystem::path& path, const std::vector<double>& values) {
  const std::vector<float> floats(values.begin(), values.end());
  return WriteFile(path, {reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}

Status WriteCase(const ExportCase& test, const std::filesystem::path& folder) {
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  SINEW_ASSIGN_OR_RETURN(const ir::Graph graph, ir::ParseGraph(test.text));
  SINEW_ASSIGN_OR_RETURN(const onnx::ModelProto model, ConvertToOnnx(graph));
  const reference::Array input = RandomInput(graph.node(graph.input()).shape);
  SINEW_ASSIGN_OR_RETURN(const std::vector<reference::Array> outputs, reference::Execute(graph, input));
  SINEW_RETURN_IF_ERROR(WriteFile(folder / "model.onnx", model.SerializeAsString()));
  SINEW_RETURN_IF_ERROR(WriteFloats(folder / "input.f32", input.values));
  SINEW_RETURN_IF_ERROR(WriteFloats(folder / "expected.f32", outputs[0].values));
  return WriteFile(folder / "case.json", nlohmann::json{{"input", input.shape}, {"output", outputs[0].shape}}.dump());
}

}  // namespace
}  // namespace sinew::onnx_export

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const auto& test : sinew::onnx_export::ExportCases()) {
    const sinew::Status status = sinew::onnx_export::WriteCase(test, std::filesystem::path(argv[1]) / test.name);
    if (!status.ok()) return std::fprintf(stderr, "%s: %s\n", test.name.data(), status.message().c_str()), 1;
  }
}
