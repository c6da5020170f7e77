// sinew inspect: what a graph or an artifact holds.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "compiler/import/import.h"
#include "compiler/ir/text.h"
#include "print.h"
#include "program/reader.h"
#include "service/model_files.h"

namespace sinew::cli {
namespace {

struct InspectFlags {
  std::string file, resolution, prototxt;
  std::vector<std::string> outputs;
  bool ir = false;
};

// IR text says so in its first statement; models are told apart by the importer.
bool LooksLikeIrText(std::string_view prefix) {
  const size_t start = prefix.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && (prefix[start] == '%' || prefix[start] == '#');
}

// The instruction sets of a model's plans, each once; "any" of other backends.
std::string Targets(const program::ModelT& model) {
  std::vector<std::string_view> targets;
  for (const auto& plan : model.plans) {
    if (std::find(targets.begin(), targets.end(), plan->target) == targets.end()) targets.push_back(plan->target);
  }
  return fmt::format("{}", fmt::join(targets, ", "));
}

// Of the blobs that a plan reads; those of several plans overlap where they share weights.
uint64_t WeightBytes(const program::Artifact& artifact, const program::PlanT& plan) {
  std::set<uint32_t> blobs;
  for (const auto& step : plan.steps) {
    for (const uint32_t blob : program::BlobIndices(*step)) blobs.insert(blob);
  }
  uint64_t bytes = 0;
  for (const uint32_t blob : blobs) bytes += artifact.blob(blob).bytes.size();
  return bytes;
}

void PrintArtifact(const program::Artifact& artifact, const std::string& path) {
  const program::ModelT& model = artifact.model();
  Print("{}: sinew artifact\n", path);
  Print("  model     {}\n  producer  {}\n  target    {}\n", model.name, model.producer, Targets(model));
  if (const auto& description = artifact.description()) {
    Print("  skeleton  {}: {} keypoints, {} limbs; a cell every {} pixels\n", description->skeleton.name,
          description->skeleton.keypoints.size(), description->skeleton.limbs.size(), description->heads.stride);
  }
  Print("  weights   {} in {} blobs, file {}\n", HumanBytes(artifact.weight_bytes()), model.blobs.size(),
        HumanBytes(artifact.file_bytes()));
  for (const auto& plan : model.plans) {
    int64_t multiply_adds = 0;
    for (const auto& step : plan->steps) multiply_adds += step->multiply_adds;
    Print("\nresolution {}x{} for {}: {} steps, {:.3f} billion multiply-adds, arena {}, weights {}\n",
          plan->input->width(), plan->input->height(),
          plan->target == program::kAnyTarget ? plan->backend : plan->target, plan->steps.size(), multiply_adds / 1e9,
          HumanBytes(plan->arena_bytes), HumanBytes(WeightBytes(artifact, *plan)));
    Print("  {:>4}  {:<11} {:<16} {:<9} {:>16} {:>16} {:>11}  {}\n", "step", "kind", "algorithm", "type", "in HxWxC",
          "out HxWxC", "M mult-adds", "node");
    for (size_t i = 0; i < plan->steps.size(); ++i) {
      const program::StepT& step = *plan->steps[i];
      const auto shape = [](const program::Slice& s) {
        const bool is_f32 = s.type() == program::DataType::F32;
        return fmt::format("{}x{}x{}{}{}", s.height(), s.width(), s.channels(), is_f32 ? "" : " ",
                           is_f32 ? "" : program::DataTypeName(s.type()));
      };
      const std::optional<uint32_t> weights = program::WeightBlob(step);
      const program::DataType type = weights ? model.blobs[*weights]->type : step.output->type();
      Print("  {:>4}  {:<11} {:<16} {:<9} {:>16} {:>16} {:>11.1f}  {}\n", i, program::KindName(step), step.algorithm,
            program::DataTypeName(type), shape(step.inputs[0]), shape(*step.output), step.multiply_adds / 1e6,
            step.name);
    }
    for (const auto& output : plan->outputs) {
      Print("  output {}: {}x{}x{}\n", output->name, output->slice->height(), output->slice->width(),
            output->slice->channels());
    }
  }
}

void PrintOperations(const ir::Graph& graph) {
  std::map<std::string_view, int> counts;
  int64_t parameters = 0, multiply_adds = 0;
  Print("  {:<16} {:<22} {:>11} {:>12}  {}\n", "operation", "shape", "parameters", "M mult-adds", "node");
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    if (node.op == ir::OpKind::kConst) continue;
    const ir::Cost cost = ir::ComputeCost(graph, id);
    parameters += cost.parameters;
    multiply_adds += cost.multiply_adds;
    ++counts[ir::OpInfoFor(node.op).name];
    Print("  {:<16} {:<22} {:>11} {:>12.1f}  {}\n", ir::OpInfoFor(node.op).name, ir::ToString(node.shape),
          cost.parameters, cost.multiply_adds / 1e6, node.name);
  }
  std::string summary;
  for (const auto& [name, count] : counts) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, name);
  Print("total: {}\n", summary);
  Print("parameters: {}", parameters);
  if (multiply_adds > 0) {
    Print(", multiply-adds: {:.3f} billion\n", multiply_adds / 1e9);
  } else {
    Print(" (give --net-resolution WxH for shapes and multiply-adds)\n");
  }
  for (const ir::Output& output : graph.outputs())
    Print("output: {} {}\n", output.name, ir::ToString(graph.node(output.node).shape));
}

Status PrintGraph(ir::Graph graph, const InspectFlags& options) {
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(const Resolution resolution, ParseResolution(options.resolution));
    SINEW_ASSIGN_OR_RETURN(graph, ir::BindInput(graph, 1, resolution.height, resolution.width));
  }
  if (options.ir) {
    PrintRaw(stdout, PrintableLines(ir::PrintGraph(graph)));
  } else {
    PrintOperations(graph);
  }
  return Status();
}

Status Inspect(InspectFlags options) {
  constexpr size_t kPrefixBytes = 64;
  SINEW_ASSIGN_OR_RETURN(const service::ModelFile found, service::FindModelFile(options.file));
  options.file = found.path.string();
  std::error_code error;
  if (!std::filesystem::is_directory(options.file, error)) {
    SINEW_ASSIGN_OR_RETURN(const std::string prefix, ReadFilePrefix(options.file, kPrefixBytes));
    if (program::Artifact::LooksLikeArtifact(prefix)) {
      SINEW_ASSIGN_OR_RETURN(const program::Artifact artifact, program::Artifact::Load(options.file));
      PrintArtifact(artifact, options.file);
      return Status();
    }
    if (LooksLikeIrText(prefix)) {
      SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file));
      Result<ir::Graph> graph = ir::ParseGraph(text);
      if (!graph.ok()) return Prefixed(options.file, graph.status());
      Print("{}: IR text\n", options.file);
      return PrintGraph(std::move(*graph), options);
    }
  }
  SINEW_ASSIGN_OR_RETURN(import::ImportedModel imported,
                         import::ImportModel(options.file, {.outputs = options.outputs, .prototxt = options.prototxt}));
  if (!options.ir) Print("{}: {}, {} nodes\n", options.file, imported.report.format, imported.report.nodes_read);
  SINEW_RETURN_IF_ERROR(PrintGraph(std::move(imported.graph), options));
  if (!options.ir) {
    for (const std::string& line : imported.report.left_out) Print("left out: {}\n", line);
  }
  return Status();
}

}  // namespace

void AddInspectCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<InspectFlags>();
  CLI::App* command = app.add_subcommand("inspect", "Show what a graph, IR text or artifact contains");
  command
      ->add_option("FILE", options->file,
                   "Graph (.pb, TensorFlow.js, .caffemodel), IR text (.ir), artifact (.sinew), or name of a model")
      ->required();
  command->add_option("--net-resolution", options->resolution, "Bind a graph's input, so that shapes are known")
      ->type_name("WxH");
  command->add_option("--output-node", options->outputs, "Node to compute, as in `sinew compile`")
      ->allow_extra_args(false);
  command->add_option("--prototxt", options->prototxt, "Network of a .caffemodel, as in `sinew compile`");
  command->add_flag("--ir", options->ir, "Print a graph as IR text");
  command->footer("Examples:\n  sinew inspect graph_opt.pb --net-resolution 432x368\n  sinew inspect model.sinew");
  command->callback([=] {
    *action = [=] {
      const Status status = Inspect(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
