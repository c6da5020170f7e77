// The compiler's driver: import, bind, rewrite, plan, write, and tell what was done.
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "backends/cpu/backend.h"
#include "backends/device.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "base/scratch_file.h"
#include "compiler/budget.h"
#include "compiler/calibrate/calibration.h"
#include "compiler/describe_model.h"
#include "compiler/import/import.h"
#include "compiler/ir/text.h"
#include "compiler/layer_fallback.h"
#include "compiler/passes/pipeline.h"
#include "compiler/plan/planner.h"
#include "compiler/plan/tuner.h"
#include "compiler/precision_choice.h"
#include "compiler/trial.h"
#include "program/description.h"
#include "program/writer.h"
#include "runtime/thread_pool.h"
#include "simd/target.h"
#include "simd/target_names.h"
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
constexpr size_t kTrialPictures = 4;
constexpr size_t kLayersNamed = 8;

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
    destination_ = destination;
    std::vector<NamedFile> read;
    AppendModelFiles("the graph", source_, &read);
    read.push_back({"the network", options_.prototxt});
    const NamedFile written[] = {{"the artifact", destination}, {"the tuning file", options_.tuning_file}};
    SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
    SINEW_ASSIGN_OR_RETURN(backend_, FindBackend(options_.backend));
    SINEW_ASSIGN_OR_RETURN(const std::vector<simd::Target> targets, Targets());
    // What cannot be is said before work begins.
    for (const simd::Target target : targets) SINEW_RETURN_IF_ERROR(Choose(target));
    SINEW_ASSIGN_OR_RETURN(import::ImportedModel imported,
                           import::ImportModel(source_, {.outputs = options_.outputs, .prototxt = options_.prototxt}));
    graph_ = std::move(imported.graph);
    framework_ = imported.framework;
    LogImport(imported.report);
    // As text, it has all operations, and the hashes of all constants.
    const std::string text = ir::PrintGraph(graph_);
    const uint64_t graph_xxh3 = XXH3_64bits(text.data(), text.size());
    SINEW_RETURN_IF_ERROR(Calibrate());

    program::ModelT model = EmptyModel();
    program::BlobPool pool;
    for (const simd::Target target : targets) {
      SINEW_RETURN_IF_ERROR(Choose(target));
      if (targets.size() > 1) Log("target    {}", simd::TargetName(target));
      if (runs_here() && IsKeptToFp32(options_.precision, target, options_.max_error)) {
        Log("types     fp32 alone: {} has narrower ones, which it takes a processor with AVX-512 to try",
            simd::TargetName(target));
      }
      SINEW_ASSIGN_OR_RETURN(Planned planned, PlanInAgreement());
      SINEW_RETURN_IF_ERROR(LogPlans(planned));
      const std::vector<uint32_t> numbers = pool.Absorb(std::move(planned.weights).TakePool());
      for (plan::PlannedNetwork& network : planned.networks) {
        for (const auto& step : network.plan.steps) program::RenumberBlobs(numbers, step.get());
        network.plan.precision = static_cast<program::Precision>(options_.precision);
        model.plans.push_back(std::make_unique<program::PlanT>(std::move(network.plan)));
      }
    }
    SINEW_ASSIGN_OR_RETURN(const std::string described, Describe(model));
    Log("described {}", described);
    if (description_) model.description = program::PackDescription(*description_);
    model.graph_xxh3 = graph_xxh3;
    report_.nodes_read = imported.report.nodes_read;
    report_.steps = static_cast<int>(model.plans[0]->steps.size());
    report_.weight_bytes = pool.total_bytes();
    SINEW_ASSIGN_OR_RETURN(report_.artifact_bytes,
                           program::WriteArtifact(std::move(model), pool, destination, {.name = ArtifactName()}));
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Log("wrote     {}: {:.1f} MB, weights {:.1f} MB, for {}, in {:.2f} s", ArtifactName().string(),
        report_.artifact_bytes / kMegabyte, report_.weight_bytes / kMegabyte,
        runs_here() ? simd::TargetNames(targets) : std::string(backend_->name()), report_.seconds);
    return report_;
  }

 private:
  // Plans that share their weights, and the limit that they were made within.
  struct Planned {
    double max_layer_error;
    plan::PackedWeights weights;
    std::vector<plan::PlannedNetwork> networks;
    double error = 0;  // as measured
  };

  program::ModelT EmptyModel() const {
    program::ModelT model;
    model.producer = fmt::format("sinew {}", kVersion);
    model.name = options_.name.empty() ? DefaultName() : options_.name;
    return model;
  }

  template <class... Args>
  void Log(fmt::format_string<Args...> format, Args&&... args) {
    if (options_.log) options_.log(fmt::format(format, std::forward<Args>(args)...));
  }

  const std::filesystem::path& ArtifactName() const {
    return options_.artifact_name.empty() ? destination_ : options_.artifact_name;
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

  // The instruction sets to plan for, least first; one that says nothing where the backend is not the CPU's.
  Result<std::vector<simd::Target>> Targets() const {
    if (options_.targets.empty()) {
      SINEW_ASSIGN_OR_RETURN(const simd::Target best, simd::DefaultTarget());
      return std::vector{best};
    }
    if (!runs_here()) return InvalidArgument("instruction sets are of CPUs, not of the backend {}", backend_->name());
    std::set<simd::Target> targets;
    for (const std::string& name : options_.targets) {
      SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::ParseTarget(name));
      targets.insert(target);
    }
    return std::vector(targets.begin(), targets.end());
  }

  // Makes `target` the one that is planned for.
  Status Choose(simd::Target target) {
    target_ = target;
    budget_.reset();
    limits_ = wide_layers_;
    SINEW_ASSIGN_OR_RETURN(types_, ChooseTypes(options_.precision, runs_here() ? std::optional(target_) : std::nullopt,
                                               options_.max_error));
    return OpenTuner();
  }

  // Sets what narrow numbers need beforehand: in int8, the first and last layers stay wider; with pictures to calibrate
  // by, what layers see is measured, and channels are made even.
  Status Calibrate() {
    const bool narrow = options_.precision == Precision::kInt8 || options_.precision == Precision::kBf16;
    if (!runs_here() || !narrow) return Status();
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(options_.resolutions[0]));
    SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, Rewrite(bound, options_.resolutions[0]));
    if (options_.precision == Precision::kInt8) wide_layers_ = LimitEnds(rewritten.graph);
    if (!options_.calibration) return Status();
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> pictures, options_.calibration(options_.resolutions[0]));
    const simd::Target here = simd::SupportedTargets().back();
    SINEW_ASSIGN_OR_RETURN(statistics_, MeasureChannels(rewritten.graph, pictures, here));
    int changes = 0;
    SINEW_ASSIGN_OR_RETURN(const ir::Graph even, EqualizeChannels(rewritten.graph, *statistics_, &changes));
    // The means of the channels as they are now.
    SINEW_ASSIGN_OR_RETURN(ChannelStatistics again, MeasureChannels(even, pictures, here));
    means_ = std::move(again.means);
    const size_t count =
        pictures.size() / static_cast<size_t>(ir::ElementCount(bound.node(bound.input()).shape).value());
    Log("calibrated on {} pictures: channels made even between {} pairs of convolutions", count, changes);
    return Status();
  }

  Result<ir::Graph> Bound(Resolution resolution) const {
    return ir::BindInput(graph_, 1, resolution.height, resolution.width);
  }

  // How well the plans of `planned` agree with what is expected.
  Result<double> Judge(Planned* planned) {
    SINEW_ASSIGN_OR_RETURN(ScratchFile file, ScratchFile::CreateBeside(destination_));
    program::ModelT model = EmptyModel();
    for (plan::PlannedNetwork& network : planned->networks) {
      model.plans.push_back(std::make_unique<program::PlanT>(network.plan));
      model.plans.back()->precision = static_cast<program::Precision>(options_.precision);
    }
    SINEW_RETURN_IF_ERROR(Describe(model).status());
    if (description_) model.description = program::PackDescription(*description_);
    SINEW_RETURN_IF_ERROR(
        program::WriteArtifact(std::move(model), planned->weights.pool(), file.path(), {.name = ArtifactName()})
            .status());
    SINEW_RETURN_IF_ERROR(file.Hold());
    return options_.agreement(file.path());
  }

  // Plans that agree with what is expected, with as few layers as possible more precise than the error asks for.
  Result<Planned> PlanInAgreement() {
    SINEW_ASSIGN_OR_RETURN(Planned planned, PlanResolutions());
    if (!options_.agreement || !runs_here()) return planned;
    if (!simd::IsSupported(target_)) {
      Log("agreement not known: this processor has no {}", simd::TargetName(target_));
      return planned;
    }
    SINEW_ASSIGN_OR_RETURN(double agreement, Judge(&planned));
    Log("agreement {:.4f}, at least {} wanted", agreement, options_.min_agreement);
    if (agreement < options_.min_agreement && budget_) {
      SINEW_ASSIGN_OR_RETURN(
          const std::vector<Fallback> fallbacks,
          ListFallbacks(*backend_, planned.networks[0].plan, planned.weights.pool().lookup(), *budget_));
      Log("costs most {}", DescribeFallbacks(fallbacks, kLayersNamed));
      const plan::LayerLimits before = limits_;
      const auto agrees = [&](size_t count) -> Result<bool> {
        limits_ = WithFallbacks(before, fallbacks, count);
        SINEW_ASSIGN_OR_RETURN(Planned next, PlanResolutions());
        SINEW_ASSIGN_OR_RETURN(const double reached, Judge(&next));
        Log("agreement {:.4f} with {} of {} fallbacks", reached, count, fallbacks.size());
        agreement = std::max(agreement, reached);
        if (reached < options_.min_agreement) return false;
        agreement = reached;
        planned = std::move(next);
        return true;
      };
      // The least number of them that is enough, if all are.
      size_t low = 0, high = fallbacks.size();
      SINEW_ASSIGN_OR_RETURN(const bool can, agrees(high));
      while (can && high - low > 1) {
        const size_t middle = (low + high) / 2;
        SINEW_ASSIGN_OR_RETURN(const bool enough, agrees(middle));
        (enough ? high : low) = middle;
      }
    }
    if (agreement < options_.min_agreement) {
      return Unsupported("{}: the agreement is {:.4f} with the most precise algorithms, at least {} was asked for",
                         source_.string(), agreement, options_.min_agreement);
    }
    report_.agreement = std::min(report_.agreement, agreement);
    return planned;
  }

  // Plans every resolution, the first one within the error.
  Result<Planned> PlanResolutions() {
    SINEW_ASSIGN_OR_RETURN(Planned planned, PlanWithinError());
    for (size_t i = 1; i < options_.resolutions.size(); ++i) {
      SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork other, Plan(options_.resolutions[i], planned.max_layer_error,
                                                              &planned.networks[0].plan, &planned));
      planned.networks.push_back(std::move(other));
    }
    return planned;
  }

  // What was planned for this target.
  Status LogPlans(const Planned& planned) {
    report_.error = std::max(report_.error, planned.error);
    for (size_t i = 0; i < planned.networks.size(); ++i) LogPlan(planned.networks[i], options_.resolutions[i]);
    SINEW_RETURN_IF_ERROR(LogSteps(planned));
    if (tuner_) {
      Log("tuned     {} measurements, {} of them new: {}", tuner_->asked(), tuner_->measured(),
          options_.tuning_file.string());
      SINEW_RETURN_IF_ERROR(tuner_->Save());
    }
    return Status();
  }

  // Settles what the artifact says of the model, and puts it into words.
  Result<std::string> Describe(const program::ModelT& model) {
    if (options_.description) {
      description_ = options_.description;
      SINEW_RETURN_IF_ERROR(description_->Validate());
      for (const auto& plan : model.plans) SINEW_RETURN_IF_ERROR(program::CheckOutputs(*description_, *plan));
    }
    if (!description_) return std::string("not known as a pose network");
    for (const auto& plan : model.plans) {
      if (const Status status = program::CheckOutputs(*description_, *plan); !status.ok()) {
        description_.reset();
        return fmt::format("not as a pose network: {}", status.message());
      }
    }
    return fmt::format("{}: {} keypoints, {} limbs, a cell every {} pixels", description_->skeleton.name,
                       description_->skeleton.keypoints.size(), description_->skeleton.limbs.size(),
                       description_->heads.stride);
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
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> pictures, TrialPictures());
    return MeasureBudget(trial->plan, planned.weights.pool(), TrialTarget(), pictures);
  }

  // Plans the first resolution for the least time within the limit, as trial runs measure the error.
  Result<Planned> PlanWithinBudget() {
    if (!budget_) {
      SINEW_ASSIGN_OR_RETURN(budget_, MeasureBudgetInFloats());
    }
    const Resolution resolution = options_.resolutions[0];
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(resolution));
    SINEW_ASSIGN_OR_RETURN(const passes::PipelineResult rewritten, Rewrite(bound, resolution));
    // Sensitivities are measured with noise on one picture, and never exact.
    constexpr int kTries = 6;
    double allowed = options_.max_error;
    for (int i = 0; i < kTries; ++i) {
      SINEW_RETURN_IF_ERROR(SetPrice(rewritten.graph, MakePlanOptions(allowed, nullptr), allowed, &*budget_));
      Planned planned{.max_layer_error = allowed, .weights = {}, .networks = {}};
      SINEW_ASSIGN_OR_RETURN(plan::PlannedNetwork network, Plan(resolution, allowed, nullptr, &planned));
      SINEW_ASSIGN_OR_RETURN(planned.error, TrialError(network.plan, &planned));
      if (planned.error <= options_.max_error) {
        planned.networks.push_back(std::move(network));
        return planned;
      }
      Log("rejected  relative RMS error {:.2g}, more than {:.2g}: planning again with more precise algorithms",
          planned.error, options_.max_error);
      allowed *= 0.9 * options_.max_error / planned.error;
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
        SINEW_ASSIGN_OR_RETURN(planned.error, TrialError(network.plan, &planned));
      }
      if (planned.error <= options_.max_error) {
        planned.networks.push_back(std::move(network));
        return planned;
      }
      SINEW_ASSIGN_OR_RETURN(const double coarsest, CoarsestError(network.plan));
      if (coarsest == 0) {
        return Unsupported(
            "{}: its relative RMS error is {:.2g} with the most precise algorithms, more than --max-error {:.2g}",
            source_.string(), planned.error, options_.max_error);
      }
      Log("rejected  relative RMS error {:.2g}, more than {:.2g}: planning again with more precise algorithms",
          planned.error, options_.max_error);
      max_layer_error = std::nextafter(coarsest, 0);
    }
  }

  // A small picture where the graph takes one: it may fix its input, or have branches that meet again in some sizes
  // only.
  Resolution TrialPicture() const {
    const Resolution wanted = options_.resolutions[0], small = TrialResolution(wanted);
    return ir::BindInput(graph_, 1, small.height, small.width).ok() ? small : wanted;
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
    SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(resolution));
    SINEW_ASSIGN_OR_RETURN(const plan::PlannedNetwork trial,
                           Plan(resolution, planned->max_layer_error, &plan, planned));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> pictures, TrialPictures());
    return MeasureError(bound, trial.plan, planned->weights.pool(), TrialTarget(), pictures);
  }

  // A few of those to calibrate by, since double precision takes its time; none where there are none.
  Result<std::vector<float>> TrialPictures() {
    if (!options_.calibration) return std::vector<float>();
    if (trial_pictures_.empty()) {
      const Resolution resolution = TrialPicture();
      SINEW_ASSIGN_OR_RETURN(trial_pictures_, options_.calibration(resolution));
      const ir::Shape& shape = graph_.node(graph_.input()).shape;
      const size_t floats = static_cast<size_t>(resolution.width) * static_cast<size_t>(resolution.height) *
                            static_cast<size_t>(shape[3]);
      trial_pictures_.resize(std::min(trial_pictures_.size() / floats, kTrialPictures) * floats);
    }
    return trial_pictures_;
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
            .layer_limits = &limits_,
            .budget = budget_ ? &*budget_ : nullptr,
            .types = types_,
            .means = means_ ? &*means_ : nullptr,
            .small_weights = options_.optimize == Optimize::kMemory,
            .tuner = tuner_ ? &*tuner_ : nullptr};
  }

  Result<plan::PlannedNetwork> Plan(Resolution resolution, double max_layer_error, const program::PlanT* sibling,
                                    Planned* planned) {
    const auto plan = [&]() -> Result<plan::PlannedNetwork> {
      SINEW_ASSIGN_OR_RETURN(const ir::Graph bound, Bound(resolution));
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
    if (statistics_) {
      SINEW_ASSIGN_OR_RETURN(rewritten.graph, EqualizeChannels(rewritten.graph, *statistics_, nullptr));
    }
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
    Log("error     relative RMS {:.2g} of the output against double precision, on {} of {}; {:.2g} allowed",
        planned.error, options_.calibration ? "pictures to calibrate by" : "a trial picture", ToText(TrialPicture()),
        options_.max_error);
    return Status();
  }

  const std::filesystem::path& source_;
  std::filesystem::path destination_;
  const CompileOptions& options_;
  const backends::Backend* backend_ = nullptr;
  simd::Target target_ = simd::Target::kScalar;  // of those asked for, the one that is planned for now
  plan::DataTypes types_ = {program::DataType::F32};
  std::optional<plan::ErrorBudget> budget_;
  plan::LayerLimits wide_layers_;                // those of every target
  plan::LayerLimits limits_;                     // of this target's layers
  std::optional<ChannelStatistics> statistics_;  // of the network as it was read
  std::optional<plan::ChannelMeans> means_;      // of the network made even
  std::vector<float> trial_pictures_;
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
