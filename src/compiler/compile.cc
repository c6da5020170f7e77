// The compiler's driver: import, bind, rewrite, plan, write, and tell what was done.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "backends/cpu/backend.h"
#include "backends/device.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "compiler/budget.h"
#include "compiler/describe_model.h"
#include "compiler/import/import.h"
#include "compiler/ir/text.h"
#include "compiler/passes/pipeline.h"
#include "compiler/plan/planner.h"
#include "compiler/plan/tuner.h"
#include "compiler/precision_choice.h"
#include "compiler/trial.h"
#include "program/description.h"
#include "program/writer.h"
#include "runtime/thread_pool.h"
#include "simd/target.h"
#include "sinew/compiler.h"
#include "sinew/version.h"

namespace sinew {
namespace {

// Networks halve the picture at least three times; below this nothing is left to look at.
constexpr int kMinSide = 16;
constexpr int kMaxSide = 16384;
constexpr double kMegabyte = 1e6;
// Relative RMS error of a layer that an algorithm may add in an exact plan: that of F(4,3), which is what summing a
// thousand products in single precision costs as well.
constexpr double kExactLayerError = 2e-6;

std::string ToText(Resolution r) { return fmt::format("{}x{}", r.width, r.height); }

Status CheckOptions(const CompileOptions& options) {
  if (!(options.max_error > 0)) return InvalidArgument("a largest error of {}: it must be positive", options.max_error);
  if (options.resolutions.empty())
    return InvalidArgument("no network resolution given: name at least one, such as 432x368");
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

Result<const backends::Backend*> FindBackend(std::string_view name) {
  for (const backends::Backend* backend : {&cpu::CpuBackend(), &backends::CudaBackend()}) {
    if (backend->name() == name) return backend;
  }
  return InvalidArgument("no backend is called \"{}\": there are cpu and cuda", name);
}

class Compilation {
 public:
  Compilation(const std::filesystem::path& source, const CompileOptions& options)
      : source_(source), options_(options) {}

  Result<CompileReport> Run(const std::filesystem::path& destination) {
    const auto start = std::chrono::steady_clock::now();
    SINEW_RETURN_IF_ERROR(CheckOptions(options_));
    std::vector<NamedFile> read;
    AppendModelFiles("the graph", source_, &read);
    read.push_back({"the network", options_.prototxt});
    const NamedFile written[] = {{"the artifact", destination}, {"the tuning file", options_.tuning_file}};
    SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
    SINEW_ASSIGN_OR_RETURN(backend_, FindBackend(options_.backend));
    SINEW_ASSIGN_OR_RETURN(target_,
                           options_.target.empty() ? simd::DefaultTarget() : simd::ParseTarget(options_.target));
    SINEW_ASSIGN_OR_RETURN(types_, ChooseTypes(options_.precision, runs_here() ? std::optional(target_) : std::nullopt,
                                               options_.max_error));
    SINEW_ASSIGN_OR_RETURN(import::ImportedModel imported,
                           import::ImportModel(source_, {.outputs = options_.outputs, .prototxt = options_.prototxt}));
    graph_ = std::move(imported.graph);
    framework_ = imported.framework;
    LogImport(imported.report);
    SINEW_RETURN_IF_ERROR(OpenTuner());

    program::ModelT model;
    model.producer = fmt::format("sinew {}", kVersion);
    model.name = options_.name.empty() ? DefaultName() : options_.name;
    SINEW_ASSIGN_OR_RETURN(Planned planned, PlanWithinError());
    for (size_t i = 1; i < options_.resolutions.size(); ++i) {
      SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork other, Plan(options_.resolutions[i], planned.max_layer_error,
                                                              &planned.networks[0].plan, &planned));
      planned.networks.push_back(std::move(other));
    }
    SINEW_RETURN_IF_ERROR(Describe(planned));
    for (size_t i = 0; i < planned.networks.size(); ++i) LogPlan(planned.networks[i], options_.resolutions[i]);
    SINEW_RETURN_IF_ERROR(LogSteps(planned));
    if (tuner_) {
      Log("tuned     {} measurements, {} of them new: {}", tuner_->asked(), tuner_->measured(),
          options_.tuning_file.string());
      SINEW_RETURN_IF_ERROR(tuner_->Save());
    }
    if (description_) model.description = program::PackDescription(*description_);
    for (plan::PlannedNetwork& network : planned.networks)
      model.plans.push_back(std::make_unique<program::PlanT>(std::move(network.plan)));
    const program::BlobPool& pool = planned.weights.pool();
    report_.nodes_read = imported.report.nodes_read;
    report_.steps = static_cast<int>(model.plans[0]->steps.size());
    report_.weight_bytes = pool.total_bytes();
    SINEW_ASSIGN_OR_RETURN(report_.artifact_bytes, program::WriteArtifact(std::move(model), pool, destination));
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Log("wrote     {}: {:.1f} MB, weights {:.1f} MB, for {}, in {:.2f} s", destination.string(),
        report_.artifact_bytes / kMegabyte, report_.weight_bytes / kMegabyte,
        runs_here() ? simd::TargetName(target_) : backend_->name(), report_.seconds);
    return report_;
  }

 private:
  // Plans that share their weights, and the limit that they were made within.
  struct Planned {
    double max_layer_error;
    plan::PackedWeights weights;
    std::vector<plan::PlannedNetwork> networks;
  };

  template <class... Args>
  void Log(fmt::format_string<Args...> format, Args&&... args) {
    if (options_.log) options_.log(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string DefaultName() const {
    const std::filesystem::path absolute = std::filesystem::absolute(source_).lexically_normal();
    const std::string stem = absolute.stem().string();
    // TensorFlow's own file names say nothing; the folder does.
    const bool generic =
        stem == "model" || stem == "graph_opt" || stem == "graph_freeze" || stem == "graph" || stem.empty();
    return generic ? absolute.parent_path().filename().string() : stem;
  }

  void LogImport(const import::ImportReport& report) {
    Log("read      {}: {}, {} nodes", source_.string(), report.format, report.nodes_read);
    int constants = 0;
    for (const ir::Node& node : graph_.nodes()) constants += node.op == ir::OpKind::kConst;
    Log("imported  {} operations, {} constants", graph_.size() - constants, constants);
    for (const std::string& line : report.left_out) Log("left out  {}", line);
  }

  Status Dump(Resolution resolution, int index, std::string_view pass, const ir::Graph& graph) const {
    if (options_.dump_ir.empty()) return Status();
    const std::filesystem::path folder = options_.dump_ir / ToText(resolution);
    SINEW_RETURN_IF_ERROR(MakeFolder(folder));
    return WriteFile(folder / fmt::format("{:02}-{}.ir", index, pass), ir::PrintGraph(graph));
  }

  // Whether plans are for the CPU, and can be tried while compiling.
  bool runs_here() const { return backend_ == &cpu::CpuBackend(); }

  // Settles what the artifact says of the model.
  Status Describe(const Planned& planned) {
    if (options_.description) {
      description_ = options_.description;
      SINEW_RETURN_IF_ERROR(description_->Validate());
      for (const plan::PlannedNetwork& network : planned.networks) {
        SINEW_RETURN_IF_ERROR(program::CheckOutputs(*description_, network.plan));
      }
    }
    if (!description_) {
      Log("described not known as a pose network");
      return Status();
    }
    for (const plan::PlannedNetwork& network : planned.networks) {
      if (const Status status = program::CheckOutputs(*description_, network.plan); !status.ok()) {
        description_.reset();
        Log("described not as a pose network: {}", status.message());
        return Status();
      }
    }
    Log("described {}: {} keypoints, {} limbs, a cell every {} pixels", description_->skeleton.name,
        description_->skeleton.keypoints.size(), description_->skeleton.limbs.size(), description_->heads.stride);
    return Status();
  }

  Status OpenTuner() {
    if (options_.tuning_file.empty()) return Status();
    if (!runs_here())
      return InvalidArgument("cannot tune for the backend \"{}\": its devices tune themselves", backend_->name());
    if (!simd::IsSupported(target_)) {
      return InvalidArgument("cannot tune for {} on a processor without it", simd::TargetName(target_));
    }
    SINEW_ASSIGN_OR_RETURN(tuner_, plan::Tuner::Open(options_.tuning_file, target_));
    return Status();
  }

  // Whether layers may be of several types: then all are chosen together (see plan/error_budget.h).
  bool has_budget() const {
    return !options_.exact && types_.Contains(program::DataType::BF16) && HasNarrowTypes(target_);
  }

  // By a trial in single precision.
  Result<plan::ErrorBudget> MeasureBudgetInFloats() {
    Planned planned{.max_layer_error = options_.max_error, .weights = {}, .networks = {}};
    const plan::DataTypes types = std::exchange(types_, {program::DataType::F32});
    const Result<plan::PlannedNetwork> trial = Plan(TrialPicture(), planned.max_layer_error, nullptr, &planned);
    types_ = types;
    if (!trial.ok()) return trial.status();
    return MeasureBudget(trial->plan, planned.weights.pool(), TrialTarget());
  }

  // Plans the first resolution for the least time within the limit, as trial runs measure the error.
  Result<Planned> PlanWithinBudget() {
    SINEW_ASSIGN_OR_RETURN(budget_, MeasureBudgetInFloats());
    const Resolution resolution = options_.resolutions[0];
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(graph_, 1, resolution.height, resolution.width));
    SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, Rewrite(bound, resolution));
    // Sensitivities are measured with noise on one picture, and never exact.
    constexpr int kTries = 6;
    double allowed = options_.max_error;
    for (int i = 0; i < kTries; ++i) {
      SINEW_RETURN_IF_ERROR(SetPrice(rewritten.graph, MakePlanOptions(allowed, nullptr), allowed, &*budget_));
      Planned planned{.max_layer_error = allowed, .weights = {}, .networks = {}};
      SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork network, Plan(resolution, allowed, nullptr, &planned));
      SINEW_ASSIGN_OR_RETURN(report_.error, TrialError(network.plan, &planned));
      if (report_.error <= options_.max_error) {
        planned.networks.push_back(std::move(network));
        return planned;
      }
      Log("rejected  relative RMS error {:.2g}, more than {:.2g}: planning again with more precise algorithms",
          report_.error, options_.max_error);
      allowed *= 0.9 * options_.max_error / report_.error;
    }
    // Single precision alone, then.
    types_ = {program::DataType::F32};
    budget_.reset();
    return PlanWithinError();
  }

  // Plans the first resolution with ever more precise algorithms until a trial run is within the limit.
  Result<Planned> PlanWithinError() {
    if (has_budget()) return PlanWithinBudget();
    double max_layer_error = options_.exact ? kExactLayerError : options_.max_error;
    while (true) {
      Planned planned{.max_layer_error = max_layer_error, .weights = {}, .networks = {}};
      SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork network,
                             Plan(options_.resolutions[0], max_layer_error, nullptr, &planned));
      if (runs_here()) {
        SINEW_ASSIGN_OR_RETURN(report_.error, TrialError(network.plan, &planned));
      }
      if (report_.error <= options_.max_error) {
        planned.networks.push_back(std::move(network));
        return planned;
      }
      SINEW_ASSIGN_OR_RETURN(const double coarsest, CoarsestError(network.plan));
      if (coarsest == 0) {
        return Unsupported(
            "{}: its relative RMS error is {:.2g} with the most precise algorithms, more than --max-error {:.2g}",
            source_.string(), report_.error, options_.max_error);
      }
      Log("rejected  relative RMS error {:.2g}, more than {:.2g}: planning again with more precise algorithms",
          report_.error, options_.max_error);
      max_layer_error = std::nextafter(coarsest, 0);
    }
  }

  // A small picture, but for the sides that the graph itself fixes.
  Resolution TrialPicture() const {
    const ir::Shape& shape = graph_.node(graph_.input()).shape;
    const Resolution wanted = options_.resolutions[0];
    const Resolution small = TrialResolution(wanted);
    return {shape[2] == ir::kUnknown ? small.width : wanted.width,
            shape[1] == ir::kUnknown ? small.height : wanted.height};
  }

  // Errors hardly depend on the instruction set: where the processor lacks the plan's, its own will do. With AVX-512,
  // it does what others have for narrow types in software.
  simd::Target TrialTarget() const {
    const bool in_software =
        target_ > simd::Target::kAvx512 && simd::IsSupported(simd::Target::kAvx512) && target_ != simd::Target::kNeon;
    return simd::IsSupported(target_) || in_software ? target_ : simd::SupportedTargets().back();
  }

  Result<double> TrialError(const program::PlanT& plan, Planned* planned) {
    const Resolution resolution = TrialPicture();
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(graph_, 1, resolution.height, resolution.width));
    SINEW_ASSIGN_OR_RETURN(const plan::PlannedNetwork trial,
                           Plan(resolution, planned->max_layer_error, &plan, planned));
    return MeasureError(bound, trial.plan, planned->weights.pool(), TrialTarget());
  }

  // The largest error of an algorithm that the plan uses.
  Result<double> CoarsestError(const program::PlanT& plan) const {
    double coarsest = 0;
    for (const auto& step : plan.steps) {
      SINEW_ASSIGN_OR_RETURN(const double error, AlgorithmError(*backend_, *step, plan.target));
      coarsest = std::max(coarsest, error);
    }
    return coarsest;
  }

  plan::PlanOptions MakePlanOptions(double max_layer_error, const program::PlanT* sibling) {
    return {.backend = backend_,
            .target = runs_here() ? simd::TargetName(target_) : program::kAnyTarget,
            .sibling = sibling,
            .max_layer_error = max_layer_error,
            .budget = budget_ ? &*budget_ : nullptr,
            .types = types_,
            .tuner = tuner_ ? &*tuner_ : nullptr};
  }

  Result<plan::PlannedNetwork> Plan(Resolution resolution, double max_layer_error, const program::PlanT* sibling,
                                    Planned* planned) {
    const auto plan = [&]() -> Result<plan::PlannedNetwork> {
      SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, ir::BindInput(graph_, 1, resolution.height, resolution.width));
      SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, Rewrite(bound, resolution));
      if (resolution == options_.resolutions[0]) description_ = DescribeModel(rewritten.graph, framework_);
      return plan::PlanNetwork(rewritten.graph, MakePlanOptions(max_layer_error, sibling), &planned->weights);
    };
    Result<plan::PlannedNetwork> network = plan();
    if (!network.ok()) return Prefixed(fmt::format("{} at {}", source_.string(), ToText(resolution)), network.status());
    return network;
  }

  Result<passes::PipelineResult> Rewrite(const ir::Graph& bound, Resolution resolution) {
    const bool asked_for = std::count(options_.resolutions.begin(), options_.resolutions.end(), resolution) > 0;
    passes::PipelineOptions pipeline;
    pipeline.skip = options_.skip_passes;
    pipeline.observe = [&](int index, std::string_view pass, const ir::Graph& after) {
      return asked_for ? Dump(resolution, index, pass, after) : Status();
    };
    SINEW_ASSIGN_OR_RETURN(passes::PipelineResult rewritten, passes::RunPipeline(bound, pipeline));
    if (!passes_logged_) LogPasses(rewritten.reports);
    return rewritten;
  }

  void LogPasses(const std::vector<passes::PassReport>& reports) {
    passes_logged_ = true;
    for (const passes::PassReport& pass : reports) {
      if (pass.skipped) {
        Log("skipped   {}", pass.name);
      } else if (pass.changes > 0) {
        Log("{:<27} {:>4} changed, {:>4} nodes left", pass.name, pass.changes, pass.nodes_after);
      }
    }
  }

  void LogPlan(const plan::PlannedNetwork& network, Resolution resolution) {
    int64_t multiply_adds = 0;
    for (const auto& step : network.plan.steps) multiply_adds += step->multiply_adds;
    report_.arena_bytes.push_back(network.plan.arena_bytes);
    Log("planned   {}: {} steps, {:.2f} billion multiply-adds, arena {:.1f} MB ({:.1f} MB without reuse)",
        ToText(resolution), network.plan.steps.size(), multiply_adds / 1e9, network.plan.arena_bytes / kMegabyte,
        network.arena_bytes_without_reuse / kMegabyte);
  }

  // The first resolution's steps with their times, and what else is the same for all.
  Status LogSteps(const Planned& planned) {
    if (!options_.log) return Status();
    const plan::PlannedNetwork& network = planned.networks[0];
    const auto& steps = network.plan.steps;
    const int threads = runtime::AvailableProcessors();
    std::vector<double> measured;
    if (runs_here() && simd::IsSupported(target_)) {
      SINEW_ASSIGN_OR_RETURN(measured, MeasureSteps(network.plan, planned.weights.pool(), target_, threads));
    }
    Log("step                      predicted  measured    error  {} thread{}; errors as they arrive at the output",
        threads, threads == 1 ? "" : "s");
    for (size_t i = 0; i < steps.size(); ++i) {
      const std::string time = measured.empty() ? "-" : fmt::format("{:.3f} ms", measured[i] * 1e3);
      SINEW_ASSIGN_OR_RETURN(const double error, AlgorithmError(*backend_, *steps[i], network.plan.target));
      Log("  {:<21} {:>8.3f} ms {:>11} {:>7.1g}  {}", steps[i]->algorithm, network.seconds[i] / threads * 1e3, time,
          budget_ ? budget_->Share(steps[i]->name, error) : error, steps[i]->name);
    }
    const double all_predicted = std::accumulate(network.seconds.begin(), network.seconds.end(), 0.0) / threads;
    Log("  {:<21} {:>8.1f} ms {:>11}", "together", all_predicted * 1e3,
        measured.empty() ? "-"
                         : fmt::format("{:.1f} ms", std::accumulate(measured.begin(), measured.end(), 0.0) * 1e3));
    Log("placed    {} of {} steps on the native runtime", steps.size(), steps.size());
    Log("concat    {} in the graph, {} by writing into channel slices, {} copies", network.concatenations,
        network.concatenations - std::min(network.copies, network.concatenations), network.copies);
    if (!runs_here()) return Status();
    Log("error     relative RMS {:.2g} of the output against double precision, on a trial picture of {}; {:.2g} "
        "allowed",
        report_.error, ToText(TrialPicture()), options_.max_error);
    return Status();
  }

  const std::filesystem::path& source_;
  const CompileOptions& options_;
  const backends::Backend* backend_ = nullptr;
  simd::Target target_ = simd::Target::kScalar;
  plan::DataTypes types_ = {program::DataType::F32};
  std::optional<plan::ErrorBudget> budget_;
  ir::Graph graph_;
  import::Framework framework_ = import::Framework::kTensorFlow;
  std::optional<plan::Tuner> tuner_;
  std::optional<ModelDescription> description_;  // of the first resolution's graph, then of the artifact
  bool passes_logged_ = false;
  CompileReport report_;
};

}  // namespace

Result<CompileReport> Compile(const std::filesystem::path& graph, const std::filesystem::path& artifact,
                              const CompileOptions& options) {
  return Compilation(graph, options).Run(artifact);
}

}  // namespace sinew
