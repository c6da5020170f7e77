// sinew export: a graph as ONNX, for other engines.
#include "sinew/export.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "command.h"
#include "print.h"
#include "service/model_files.h"

namespace sinew::cli {
namespace {

struct Options {
  std::string graph, onnx, resolution, batch = "1";
  ExportOptions exporting;
};

Status Run(Options& options) {
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(options.exporting.resolution, ParseResolution(options.resolution));
  }
  if (options.batch == "any") {
    options.exporting.batch = 0;
  } else if (!CLI::detail::lexical_cast(options.batch, options.exporting.batch) || options.exporting.batch < 1) {
    return InvalidArgument("--batch {}: give a number of pictures, or any", options.batch);
  }
  SINEW_ASSIGN_OR_RETURN(const service::ModelFile graph, service::FindModelFile(options.graph));
  SINEW_ASSIGN_OR_RETURN(const ExportReport report, ExportOnnx(graph.path, options.onnx, options.exporting));
  Print("wrote {}: {} nodes from {}, {}\n", options.onnx, report.nodes_written, report.nodes_read,
        HumanBytes(report.bytes));
  return Status();
}

}  // namespace

void AddExportCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
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
  command->footer(
      "The ONNX model (opset 13) takes and gives what `sinew exec` does: (N,H,W,3) floats, BGR, 0..255, in; (N,h,w,57) "
      "out.\n"
      "Constants, batch norms and biases are folded. Not every engine reads a model without --net-resolution.\n"
      "Examples:\n"
      "  sinew export graph_opt.pb --net-resolution 656x368 -o model.onnx\n"
      "  sinew export mobilenet_thin --batch any -o any_resolution.onnx");
  command->callback([=] {
    *action = [=] {
      const Status status = Run(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
