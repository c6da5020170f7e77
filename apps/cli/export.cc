// sinew export: a graph as ONNX, for other engines.
#include "sinew/export.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "command.h"

namespace sinew::cli {
namespace {

struct Options {
  std::string graph, onnx, resolution;
  ExportOptions exporting;
};

Status Run(Options& options) {
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(options.exporting.resolution, ParseResolution(options.resolution));
  }
  SINEW_ASSIGN_OR_RETURN(const ExportReport report, ExportOnnx(options.graph, options.onnx, options.exporting));
  fmt::print("wrote {}: {} nodes from {}, {}\n", options.onnx, report.nodes_written, report.nodes_read,
             HumanBytes(report.bytes));
  return Status();
}

}  // namespace

void AddExportCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("export", "Write a TensorFlow model as ONNX, for other engines");
  command->add_option("GRAPH", options->graph, "Frozen GraphDef (.pb), TensorFlow.js folder or model.json")->required();
  command->add_option("-o,--output", options->onnx, "The ONNX model to write")->required();
  command
      ->add_option("--net-resolution", options->resolution, "Fix the network's input (default: any height and width)")
      ->type_name("WxH");
  command->add_option("--output-node", options->exporting.outputs, "Node to compute, as in `sinew compile`")
      ->allow_extra_args(false);
  command->footer(
      "The ONNX model (opset 13) takes and gives what `sinew exec` does: (1,H,W,3) floats, BGR, 0..255, in; (1,h,w,57) "
      "out.\n"
      "Constants, batch norms and biases are folded. Not every engine reads a model without --net-resolution.\n"
      "Examples:\n"
      "  sinew export graph_opt.pb --net-resolution 656x368 -o model.onnx\n"
      "  sinew export $(sinew model path mobilenet_thin) -o any_resolution.onnx");
  command->callback([=] {
    *action = [=] {
      const Status status = Run(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
