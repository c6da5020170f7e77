// Writes what every layer of Caffe networks computes, as the reference executor does in double precision:
//   write_caffe_layers FOLDER                                          the test networks, a folder each
//   write_caffe_layers FOLDER PROTOTXT CAFFEMODEL HEIGHT WIDTH         one network
// Each folder gets net.prototxt and net.caffemodel (test networks), input.f32 in NCHW, LAYER.f32 in NHWC, and
// layers.json.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "compiler/import/caffe/caffe_cases_test_util.h"
#include "compiler/import/import.h"
#include "compiler/reference/executor.h"

namespace sinew::import {
namespace {

namespace fs = std::filesystem;

Status WriteFloats(const fs::path& path, const std::vector<double>& values) {
  const std::vector<float> floats(values.begin(), values.end());
  return WriteFile(path, {reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}

std::vector<double> ToNchw(const reference::Array& nhwc) {
  const int64_t pixels = nhwc.shape[1] * nhwc.shape[2], channels = nhwc.shape[3];
  std::vector<double> nchw;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t p = 0; p < pixels; ++p) nchw.push_back(nhwc.values[static_cast<size_t>(p * channels + c)]);
  }
  return nchw;
}

Status WriteLayers(const ImportedModel& model, int64_t height, int64_t width, const fs::path& folder) {
  SINEW_ASSIGN_OR_RETURN(const ir::Graph graph, ir::BindInput(model.graph, 1, height, width));
  reference::Array input;
  input.shape = graph.node(graph.input()).shape;
  std::mt19937 random(11);
  for (int64_t i = 0; i < height * width * input.shape[3]; ++i) {
    input.values.push_back(static_cast<double>(random() % 256) / 256 - 0.5);  // OpenPose's range
  }
  SINEW_RETURN_IF_ERROR(WriteFloats(folder / "input.f32", ToNchw(input)));
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  Status status;
  const auto write = [&](ir::NodeId id, const reference::Array& value) {
    const ir::Node& node = graph.node(id);
    if (node.op == ir::OpKind::kConst || node.op == ir::OpKind::kInput || !status.ok()) return;
    const std::string file = fmt::format("{}.f32", id);
    layers.push_back({{"name", node.name}, {"shape", value.shape}, {"file", file}});
    status = WriteFloats(folder / file, value.values);
  };
  SINEW_RETURN_IF_ERROR(reference::Execute(graph, input, write).status());
  SINEW_RETURN_IF_ERROR(status);
  return WriteFile(folder / "layers.json",
                   nlohmann::ordered_json{{"input", {1, input.shape[3], height, width}}, {"layers", layers}}.dump());
}

Status WriteCases(const fs::path& work) {
  for (const CaffeCase& test : CaffeCases()) {
    const fs::path folder = work / test.name;
    SINEW_RETURN_IF_ERROR(MakeFolder(folder));
    SINEW_RETURN_IF_ERROR(WriteFile(folder / "net.prototxt", test.prototxt));
    SINEW_RETURN_IF_ERROR(WriteFile(folder / "net.caffemodel", test.caffemodel));
    SINEW_ASSIGN_OR_RETURN(const ImportedModel model, ImportModel(folder / "net.caffemodel"));
    SINEW_RETURN_IF_ERROR(WriteLayers(model, 13, 11, folder));
  }
  return Status();
}

Status WriteOne(const fs::path& folder, const fs::path& prototxt, const fs::path& caffemodel, int height, int width) {
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  SINEW_ASSIGN_OR_RETURN(const ImportedModel model, ImportModel(caffemodel, {.outputs = {}, .prototxt = prototxt}));
  return WriteLayers(model, height, width, folder);
}

}  // namespace
}  // namespace sinew::import

int main(int argc, char** argv) {
  if (argc != 2 && argc != 6) return 2;
  const sinew::Status status =
      argc == 2 ? sinew::import::WriteCases(argv[1])
                : sinew::import::WriteOne(argv[1], argv[2], argv[3], std::atoi(argv[4]), std::atoi(argv[5]));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
