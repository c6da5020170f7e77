// The exporter's driver: import, bind, rewrite, convert, write.
#include "sinew/export.h"

#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "compiler/calibrate/calibration.h"
#include "compiler/export/converter.h"
#include "compiler/export/half_precision.h"
#include "compiler/export/quantization.h"
#include "compiler/import/import.h"
#include "compiler/passes/pipeline.h"
#include "simd/target.h"

namespace sinew {
namespace {

constexpr size_t kMaxBytes = std::numeric_limits<int32_t>::max();  // what protobuf reads

// Pictures of the resolution, or of any. The importer sees to it that there is an input of four dimensions.
Result<ir::Graph> Bound(const ir::Graph& graph, const ExportOptions& options) {
  const ir::Shape& shape = graph.node(graph.input()).shape;
  const int64_t batch = options.batch > 0 ? options.batch : ir::kUnknown;
  if (batch == ir::kUnknown && shape[0] != ir::kUnknown)
    return InvalidArgument("input \"{}\" has shape {}: the graph itself fixes the number of pictures a call",
                           graph.node(graph.input()).name, ir::ToString(shape));
  const Resolution resolution = options.resolution;
  if (resolution != Resolution()) return ir::BindInput(graph, batch, resolution.height, resolution.width);
  return ir::BindInput(graph, batch, shape[1], shape[2]);
}

Result<onnx::ModelProto> ToOnnx(const ir::Graph& graph, const ExportOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(graph, options));
  passes::PipelineOptions pipeline;
  // They serve sinew's kernels only: ONNX has no activations within operations, and joined convolutions would cost
  // other engines the slicing of their results.
  pipeline.skip = {"fuse-activation", "merge-sibling-convolutions"};
  const bool quantizes = options.precision == Precision::kInt8;
  // Channels are made even between convolutions that read one another.
  if (quantizes) pipeline.skip = {"merge-sibling-convolutions"};
  pipeline.any_resolution = options.resolution == Resolution() || options.batch == 0;
  SINEW_ASSIGN_OR_RETURN(passes::PipelineResult rewritten, passes::RunPipeline(bound, pipeline));
  onnx_export::ConvertOptions convert = {.nchw = options.layout == TensorLayout::kNchw};
  onnx_export::Quantization quantization;
  if (quantizes) {
    ExportOptions one_picture = options;
    one_picture.batch = 1;
    SINEW_ASSIGN_OR_RETURN(const ir::Graph single, Bound(graph, one_picture));
    SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult measured, passes::RunPipeline(single, pipeline));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> pictures, options.calibration(options.resolution));
    SINEW_ASSIGN_OR_RETURN(const ChannelStatistics statistics,
                           MeasureChannels(measured.graph, pictures, simd::SupportedTargets().back()));
    SINEW_ASSIGN_OR_RETURN(const ir::Graph even, EqualizeChannels(measured.graph, statistics, nullptr));
    SINEW_ASSIGN_OR_RETURN(quantization, onnx_export::Quantize(even, pictures));
    SINEW_ASSIGN_OR_RETURN(rewritten.graph, EqualizeChannels(rewritten.graph, statistics, nullptr));
    convert.quantization = &quantization;
  }
  SINEW_ASSIGN_OR_RETURN(onnx::ModelProto model, onnx_export::ConvertToOnnx(rewritten.graph, convert));
  if (options.precision == Precision::kFp16) SINEW_RETURN_IF_ERROR(onnx_export::ComputeInFp16(model.mutable_graph()));
  if (options.precision == Precision::kBf16) onnx_export::StoreInBf16(model.mutable_graph());
  return model;
}

Status CheckPrecision(const ExportOptions& options) {
  if (options.precision == Precision::kTf32)
    return InvalidArgument("precision tf32 is how GPUs multiply: models are exported in fp32, fp16, bf16 and int8");
  if (options.precision != Precision::kInt8) return Status();
  if (!options.calibration) return InvalidArgument("precision int8 needs pictures to calibrate by");
  if (options.resolution == Resolution()) return InvalidArgument("precision int8 needs a network resolution");
  return Status();
}

}  // namespace

Result<ExportReport> ExportOnnx(const std::filesystem::path& graph, const std::filesystem::path& onnx,
                                const ExportOptions& options) {
  const Resolution resolution = options.resolution;
  if (resolution != Resolution() && (resolution.width < 1 || resolution.height < 1)) {
    return InvalidArgument("network resolution {}x{} makes no sense", resolution.width, resolution.height);
  }
  std::vector<NamedFile> read;
  AppendModelFiles("the graph", graph, &read);
  const NamedFile written[] = {{"the ONNX model", onnx}};
  SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
  constexpr int kMaxBatch = 1 << 16;
  if (options.batch < 0 || options.batch > kMaxBatch)
    return InvalidArgument("a batch of {}: must be 1 to {}, or 0 for any", options.batch, kMaxBatch);
  SINEW_RETURN_IF_ERROR(CheckPrecision(options));
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported,
                         import::ImportModel(graph, {.outputs = options.outputs, .prototxt = options.prototxt}));
  const Result<onnx::ModelProto> model = ToOnnx(imported.graph, options);
  if (!model.ok()) return Prefixed(graph.string(), model.status());
  if (model->ByteSizeLong() > kMaxBytes) return TooLarge("{}: exceeds the 2 GB of an ONNX file", graph.string());
  const std::string bytes = model->SerializeAsString();
  SINEW_RETURN_IF_ERROR(WriteFile(onnx, bytes));
  return ExportReport{
      .nodes_read = imported.report.nodes_read, .nodes_written = model->graph().node_size(), .bytes = bytes.size()};
}

}  // namespace sinew
