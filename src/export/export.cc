// The exporter's driver: import, bind, rewrite, convert, write.
#include "sinew/export.h"

#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "export/converter.h"
#include "import/import.h"
#include "passes/pipeline.h"
#include "sinew/version.h"

namespace sinew {
namespace {

// Of ONNX's own file format; version 7 came with opset 13 (ONNX 1.8).
constexpr int64_t kIrVersion = 7;
constexpr size_t kMaxBytes = std::numeric_limits<int32_t>::max();  // what protobuf reads

// Passes that serve sinew's kernels only: ONNX has no activations within operations, and joined convolutions would cost
// other engines the slicing of their results.
const std::vector<std::string> kSkippedPasses = {"fuse-activation", "merge-sibling-convolutions"};

// One picture of the resolution, or of any.
Result<ir::Graph> Bound(const ir::Graph& graph, Resolution resolution) {
  if (resolution != Resolution()) return ir::BindInput(graph, 1, resolution.height, resolution.width);
  const ir::NodeId input = graph.input();
  if (input < 0 || graph.node(input).shape.size() != 4) return InvalidArgument("its input is no picture (N, H, W, C)");
  const ir::Shape& shape = graph.node(input).shape;
  return ir::BindInput(graph, 1, shape[1], shape[2]);
}

Result<onnx::ModelProto> ToOnnx(const ir::Graph& graph, Resolution resolution) {
  SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(graph, resolution));
  passes::PipelineOptions pipeline;
  pipeline.skip = kSkippedPasses;
  pipeline.any_resolution = resolution == Resolution();
  SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, passes::RunPipeline(bound, pipeline));
  onnx::ModelProto model;
  SINEW_ASSIGN_OR_RETURN(*model.mutable_graph(), onnx_export::ConvertToOnnx(rewritten.graph));
  model.set_ir_version(kIrVersion);
  model.set_producer_name("sinew");
  model.set_producer_version(kVersion);
  onnx::OperatorSetIdProto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(onnx_export::kOpset);
  return model;
}

}  // namespace

Result<ExportReport> ExportOnnx(const std::filesystem::path& graph, const std::filesystem::path& onnx,
                                const ExportOptions& options) {
  if (options.resolution.width < 0 || options.resolution.height < 0) {
    return InvalidArgument("network resolution {}x{} makes no sense", options.resolution.width, options.resolution.height);
  }
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported, import::ImportModel(graph, {.outputs = options.outputs}));
  const Result<onnx::ModelProto> model = ToOnnx(imported.graph, options.resolution);
  if (!model.ok()) return Prefixed(graph.string(), model.status());
  if (model->ByteSizeLong() > kMaxBytes) return TooLarge("{}: exceeds the 2 GB of an ONNX file", graph.string());
  const std::string bytes = model->SerializeAsString();
  SINEW_RETURN_IF_ERROR(WriteFile(onnx, bytes));
  return ExportReport{.nodes_read = imported.report.nodes_read, .nodes_written = model->graph().node_size(), .bytes = bytes.size()};
}

}  // namespace sinew
