// The compiler's driver: import, bind, rewrite, plan, write, and tell what was done.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "artifact/writer.h"
#include "base/error.h"
#include "base/file.h"
#include "import/import.h"
#include "ir/text.h"
#include "kernels/target.h"
#include "passes/pipeline.h"
#include "plan/planner.h"
#include "sinew/compiler.h"
#include "sinew/version.h"

namespace sinew {
namespace {

// Networks halve the picture at least three times; below this nothing is left to look at.
constexpr int kMinSide = 16;
constexpr int kMaxSide = 16384;
constexpr double kMegabyte = 1e6;
// Relative RMS errors of single layers that algorithms may add. That of F(4,3), 2e-6, is what summing a thousand products
// in single precision costs as well.
constexpr double kExactLayerError = 2e-6, kMaxLayerError = 2e-4;

std::string ToText(Resolution r) { return fmt::format("{}x{}", r.width, r.height); }

Status CheckOptions(const CompileOptions& options) {
  if (options.resolutions.empty()) return InvalidArgument("no network resolution given: name at least one, such as 432x368");
  for (size_t i = 0; i < options.resolutions.size(); ++i) {
    const Resolution r = options.resolutions[i];
    if (r.width < kMinSide || r.height < kMinSide || r.width > kMaxSide || r.height > kMaxSide) {
      return InvalidArgument("network resolution {}: each side must be {} to {}", ToText(r), kMinSide, kMaxSide);
    }
    if (std::count(options.resolutions.begin(), options.resolutions.end(), r) > 1) {
      return InvalidArgument("network resolution {} is given twice", ToText(r));
    }
  }
  return Status();
}

class Compilation {
 public:
  Compilation(const std::filesystem::path& source, const CompileOptions& options) : source_(source), options_(options) {}

  Result<CompileReport> Run(const std::filesystem::path& destination) {
    const auto start = std::chrono::steady_clock::now();
    SINEW_RETURN_IF_ERROR(CheckOptions(options_));
    SINEW_ASSIGN_OR_RETURN(const kernels::Target target,
                           options_.target.empty() ? kernels::DefaultTarget() : kernels::ParseTarget(options_.target));
    SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported, import::ImportModel(source_, {.outputs = options_.outputs}));
    LogImport(imported);

    artifact::ModelT model;
    model.producer = fmt::format("sinew {}", kVersion);
    model.name = options_.name.empty() ? DefaultName() : options_.name;
    model.target = kernels::TargetName(target);
    artifact::BlobPool pool;
    for (const Resolution resolution : options_.resolutions) {
      Result<artifact::PlanT> plan = PlanFor(imported.graph, resolution, model.plans.empty() ? nullptr : model.plans[0].get(), &pool);
      if (!plan.ok()) return Prefixed(fmt::format("{} at {}", source_.string(), ToText(resolution)), plan.status());
      model.plans.push_back(std::make_unique<artifact::PlanT>(std::move(*plan)));
    }
    report_.nodes_read = imported.report.nodes_read;
    report_.steps = static_cast<int>(model.plans[0]->steps.size());
    report_.weight_bytes = pool.total_bytes();
    SINEW_ASSIGN_OR_RETURN(report_.artifact_bytes, artifact::WriteArtifact(std::move(model), pool, destination));
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Log("wrote     {}: {:.1f} MB, weights {:.1f} MB, for {}, in {:.2f} s", destination.string(),
        report_.artifact_bytes / kMegabyte, report_.weight_bytes / kMegabyte, kernels::TargetName(target), report_.seconds);
    return report_;
  }

 private:
  template <class... Args>
  void Log(fmt::format_string<Args...> format, Args&&... args) {
    if (options_.log) options_.log(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string DefaultName() const {
    const std::filesystem::path absolute = std::filesystem::absolute(source_).lexically_normal();
    const std::string stem = absolute.stem().string();
    // TensorFlow's own file names say nothing; the folder does.
    const bool generic = stem == "model" || stem == "graph_opt" || stem == "graph_freeze" || stem == "graph" || stem.empty();
    return generic ? absolute.parent_path().filename().string() : stem;
  }

  void LogImport(const import::ImportedModel& imported) {
    Log("read      {}: {}, {} nodes", source_.string(), imported.report.format, imported.report.nodes_read);
    int constants = 0;
    for (const ir::Node& node : imported.graph.nodes()) constants += node.op == ir::OpKind::kConst;
    Log("imported  {} operations, {} constants", imported.graph.size() - constants, constants);
    for (const std::string& line : imported.report.left_out) Log("left out  {}", line);
  }

  Status Dump(Resolution resolution, int index, std::string_view pass, const ir::Graph& graph) const {
    if (options_.dump_ir.empty()) return Status();
    const std::filesystem::path folder = options_.dump_ir / ToText(resolution);
    SINEW_RETURN_IF_ERROR(MakeFolder(folder));
    return WriteFile(folder / fmt::format("{:02}-{}.ir", index, pass), ir::PrintGraph(graph));
  }

  Result<artifact::PlanT> PlanFor(const ir::Graph& graph, Resolution resolution, const artifact::PlanT* sibling, artifact::BlobPool* pool) {
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(graph, 1, resolution.height, resolution.width));
    passes::PipelineOptions pipeline;
    pipeline.skip = options_.skip_passes;
    pipeline.observe = [&](int index, std::string_view pass, const ir::Graph& after) {
      return Dump(resolution, index, pass, after);
    };
    SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, passes::RunPipeline(bound, pipeline));
    const bool first = report_.arena_bytes.empty();
    if (first) {
      for (const passes::PassReport& pass : rewritten.reports) {
        if (pass.skipped) {
          Log("skipped   {}", pass.name);
        } else if (pass.changes > 0) {
          Log("{:<27} {:>4} changed, {:>4} nodes left", pass.name, pass.changes, pass.nodes_after);
        }
      }
    }
    SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork planned, plan::PlanNetwork(rewritten.graph, {sibling, options_.exact ? kExactLayerError : kMaxLayerError}, pool));
    if (first) LogSteps(planned);
    int64_t multiply_adds = 0;
    for (const auto& step : planned.plan.steps) multiply_adds += step->multiply_adds;
    report_.arena_bytes.push_back(planned.plan.arena_floats * sizeof(float));
    Log("planned   {}: {} steps, {:.2f} billion multiply-adds, arena {:.1f} MB ({:.1f} MB without reuse)", ToText(resolution),
        planned.plan.steps.size(), multiply_adds / 1e9, planned.plan.arena_floats * sizeof(float) / kMegabyte,
        planned.arena_floats_without_reuse * sizeof(float) / kMegabyte);
    return std::move(planned.plan);
  }

  void LogSteps(const plan::PlannedNetwork& planned) {
    std::vector<std::pair<std::string, int>> counts;  // by kind and algorithm, in order of first use
    for (const auto& step : planned.plan.steps) {
      const std::string key = fmt::format("{}/{}", artifact::EnumNameStepKind(step->kind), step->algorithm);
      const auto it = std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == key; });
      if (it == counts.end()) {
        counts.emplace_back(key, 1);
      } else {
        ++it->second;
      }
    }
    std::string text;
    for (const auto& [key, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, key);
    Log("placed    {} of {} steps on the native runtime: {}", planned.plan.steps.size(), planned.plan.steps.size(), text);
    Log("concat    {} in the graph, {} by writing into channel slices, {} copies", planned.concatenations,
        planned.concatenations - (planned.copies > 0 ? std::min(planned.copies, planned.concatenations) : 0), planned.copies);
  }

  const std::filesystem::path& source_;
  const CompileOptions& options_;
  CompileReport report_;
};

}  // namespace

Result<CompileReport> Compile(const std::filesystem::path& graph, const std::filesystem::path& artifact,
                              const CompileOptions& options) {
  return Compilation(graph, options).Run(artifact);
}

}  // namespace sinew
