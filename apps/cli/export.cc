// sinew export: a graph as ONNX, for other engines.
#include "sinew/export.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "command.h"
#include "print.h"
#include "service/calibration_pictures.h"
#include "service/model_files.h"
#include "sinew/compiler.h"

namespace sinew::cli {
namespace {

struct ExportFlags {
  std::string graph, onnx, resolution, batch = "1", precision = "fp32";
  std::optional<std::string> layout;
  std::vector<std::string> calibrate;
  ExportOptions exporting;
};

Status RunExport(ExportFlags& options) {
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(options.exporting.resolution, ParseResolution(options.resolution));
  }
  if (options.batch == "any") {
    options.exporting.batch = 0;
  } else if (!CLI::detail::lexical_cast(options.batch, options.exporting.batch) || options.exporting.batch < 1) {
    return InvalidArgument("--batch {}: give a number of pictures, or any", options.batch);
  }
  Result<Precision> precision = ParsePrecision(options.precision);
  if (!precision.ok()) return Prefixed("--precision", precision.status());
  options.exporting.precision = *precision;
  const bool narrow = *precision != Precision::kFp32 && *precision != Precision::kAuto;
  options.exporting.layout =
      options.layout.value_or(narrow ? "nchw" : "nhwc") == "nchw" ? TensorLayout::kNchw : TensorLayout::kNhwc;
  SINEW_ASSIGN_OR_RETURN(const service::ModelFile graph, service::FindModelFile(options.graph));
  if (*precision == Precision::kInt8) {
    if (options.calibrate.empty())
      return InvalidArgument("--precision int8 needs --calibrate, pictures that the network is made for");
    InputConvention convention;
    if (const auto known = DescribeSource(graph.path, options.exporting.prototxt); known.ok())
      convention = known->input;
    options.exporting.calibration = service::CalibrationPictures(ExpandInputs(options.calibrate), convention);
  } else if (!options.calibrate.empty()) {
    return InvalidArgument("--calibrate is for --precision int8");
  }
  SINEW_ASSIGN_OR_RETURN(const ExportReport report, ExportOnnx(graph.path, options.onnx, options.exporting));
  Print("wrote {}: {} nodes from {}, {}\n", options.onnx, report.nodes_written, report.nodes_read,
        HumanBytes(report.bytes));
  return Status();
}

}  // namespace

void AddExportCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "Write a model as ONNX, for other engines");
  command
      ->add_option("GRAPH", options->graph,
                   "Frozen GraphDef (.pb), TensorFlow.js folder or model.json, .caffemodel, or name of a model")
      ->required();
  command->add_option("-o,--output", options->onnx, "The ONNX model to write")->required();
  command
      ->add_option("--net-resolution", options->resolution, "Fix the network's input (default: any height and width)")
      ->type_name("WxH");
  command->add_option("--batch", options->batch, "Pictures a call: a number, or any")
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--output-node", options->exporting.outputs, "Node to compute, as in `sinew compile`")
      ->allow_extra_args(false);
  command->add_option("--prototxt", options->exporting.prototxt, "Network of a .caffemodel, as in `sinew compile`");
  command
      ->add_option("--precision", options->precision,
                   "fp32; fp16; bf16, weights alone; int8: convolutions between QuantizeLinear and DequantizeLinear")
      ->capture_default_str();
  command->add_option("--calibrate", options->calibrate, "With int8: pictures or folders to find scales on");
  command
      ->add_option(
          "--layout", options->layout,
          "Of the input and outputs: nhwc, or nchw, as accelerators' compilers want it (default: nhwc; nchw with "
          "fp16, bf16 and int8)")
      ->check(CLI::IsMember({"nhwc", "nchw"}));
  command->footer(
      "The ONNX model (opset 13) takes and gives what `sinew exec` does: (N,H,W,3) floats, BGR, 0..255, in; (N,h,w,57) "
      "out.\n"
      "Constants, batch norms and biases are folded. Not every engine reads a model without --net-resolution.\n"
      "Examples:\n"
      "  sinew export graph_opt.pb --net-resolution 656x368 -o model.onnx\n"
      "  sinew export mobilenet_thin --batch any -o any_resolution.onnx\n"
      "  sinew export mobilenet_thin --net-resolution 432x368 --precision int8 --calibrate photos/ -o int8.onnx");
  command->callback([=] {
    *action = [=] {
      const Status status = RunExport(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
