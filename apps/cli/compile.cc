// sinew compile: a graph to an artifact, and its verification.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/npy.h"
#include "base/output_check.h"
#include "base/scratch_file.h"
#include "command.h"
#include "compiler/add_plans.h"
#include "compiler/passes/pipeline.h"
#include "interrupt.h"
#include "people_progress.h"
#include "print.h"
#include "runtime/model_access.h"
#include "service/calibration_pictures.h"
#include "service/description_json.h"
#include "service/find_people.h"
#include "service/model_files.h"
#include "service/people_agreement.h"
#include "service/user_folders.h"
#include "simd/target.h"
#include "sinew/compiler.h"

namespace sinew::cli {
namespace {

struct CompileFlags {
  std::string graph, artifact;
  std::vector<std::string> resolutions;
  CompileOptions compile;
  std::string dump_ir, skeleton;
  bool verify = false, quiet = false, tune = false, add = false;
  std::string tuning_file;
  std::string precision = "auto";
  std::optional<double> max_error, given_tolerance;  // none: as the precision has it
  std::string verify_input;
  std::vector<std::string> images;
  double tolerance = 1e-3;
  std::optional<double> min_agreement;
  std::vector<std::string> calibrate;
  int threads = 0;
};

// The artifact's own resolution that fits an input tensor, with its values.
Result<VerifyOptions> MakeVerifyOptions(const CompileFlags& options, Resolution resolution) {
  VerifyOptions verify;
  verify.resolution = resolution;
  verify.tolerance = options.tolerance;
  verify.threads = options.threads;
  verify.outputs = options.compile.outputs;
  verify.prototxt = options.compile.prototxt;
  if (options.verify_input.empty()) return verify;
  SINEW_ASSIGN_OR_RETURN(NpyArray array, ReadNpy(options.verify_input));
  if (array.shape.size() != 4 || array.shape[3] != 3) {
    return InvalidArgument("{}: has {} dimensions, (N, H, W, 3) is needed", options.verify_input, array.shape.size());
  }
  constexpr int64_t kMostSide = 1 << 16;
  if (array.shape[1] > kMostSide || array.shape[2] > kMostSide)
    return TooLarge("{}: {}x{} pixels are beyond what networks take", options.verify_input, array.shape[2],
                    array.shape[1]);
  verify.resolution = {static_cast<int>(array.shape[2]), static_cast<int>(array.shape[1])};
  verify.input = std::move(array.values);
  return verify;
}

Result<bool> VerifyTensors(const CompileFlags& options, const Model& model) {
  std::vector<Resolution> resolutions = model.resolutions();
  if (!options.verify_input.empty()) resolutions.resize(1);  // the input says which
  bool good = true;
  if (options.compile.targets.size() > 1) Print("verified  the plans for {}:\n", model.target());
  for (const Resolution resolution : resolutions) {
    SINEW_ASSIGN_OR_RETURN(const VerifyOptions verify, MakeVerifyOptions(options, resolution));
    SINEW_ASSIGN_OR_RETURN(const VerifyReport report, Verify(model, options.graph, verify));
    Print("verified  {}: maximum difference {:.3g}, relative RMS {:.3g}, tolerance {:.3g}: {}\n",
          ToString(verify.resolution), report.max_difference, report.relative_rms_difference, options.tolerance,
          report.within_tolerance ? "ok" : "FAILED");
    if (!report.first_failing_step.empty()) Print("          first off: {}\n", report.first_failing_step);
    good = good && report.within_tolerance;
  }
  return good;
}

service::EvaluationOptions FindOptions(const CompileFlags& options) {
  return {{},
          [quiet = options.quiet](const service::Configuration& configuration, const std::vector<media::Input>& inputs,
                                  const service::ModelCache& models, const std::string& label) {
            return FindPeopleWithProgress(configuration, inputs, models, label, quiet);
          }};
}

// The people that the artifact finds in pictures, against those of exact algorithms.
Result<bool> VerifyPeople(const CompileFlags& options, const service::PeopleAgreement& people,
                          const std::filesystem::path& artifact) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<evaluate::Agreement> agreements, people.Compare(artifact));
  bool good = true;
  for (size_t i = 0; i < agreements.size(); ++i) {
    const evaluate::Agreement& agreement = agreements[i];
    const bool agrees = agreement.f1 >= options.compile.min_agreement;
    Print(
        "verified  {}: {} people in {} pictures, F1 {:.4f}, mean OKS {:.4f}, keypoints off by {:.3f} pixels at most, "
        "at least {} wanted: {}\n",
        ToString(options.compile.resolutions[i]), agreement.found, agreement.pictures, agreement.f1, agreement.mean_oks,
        agreement.pixels.most, options.compile.min_agreement, agrees ? "ok" : "FAILED");
    good = good && agrees;
  }
  return good;
}

// It gets its name, or comes into what has it.
Status Accept(const CompileFlags& options, ScratchFile* compiled) {
  if (!options.add) return compiled->Accept(options.artifact);
  SINEW_ASSIGN_OR_RETURN(const AddedPlans added, AddPlans(compiled, options.artifact));
  if (!options.quiet) {
    Print("added     {} plan{} to {}: {:.1f} MB now; {:.1f} MB of weights were there\n", added.plans,
          added.plans == 1 ? "" : "s", options.artifact, static_cast<double>(added.artifact_bytes) / 1e6,
          static_cast<double>(added.shared_bytes) / 1e6);
  }
  return Status();
}

// What was compiled gets its name when it has passed, where it is to pass anything.
Result<bool> CompileAndVerify(const CompileFlags& options, const service::PeopleAgreement* people) {
  SINEW_ASSIGN_OR_RETURN(ScratchFile compiled, ScratchFile::CreateBeside(options.artifact));
  const RemovedOnSignal remove_compiled(compiled.path());
  CompileOptions compile = options.compile;
  compile.artifact_name = options.artifact;
  SINEW_RETURN_IF_ERROR(Compile(options.graph, compiled.path(), compile).status());
  SINEW_RETURN_IF_ERROR(compiled.Hold());
  const bool verifies = options.verify || !options.verify_input.empty();
  if (verifies) {
    std::vector<std::string> targets = options.compile.targets;
    // Plans for what this processor lacks were tried as they were compiled, and can do no more here.
    std::erase_if(targets, [](const std::string& name) {
      const Result<simd::Target> target = simd::ParseTarget(name);
      return !target.ok() || !simd::IsSupported(*target);
    });
    if (targets.empty()) targets.emplace_back();
    for (const std::string& target : targets) {
      SINEW_ASSIGN_OR_RETURN(const Model model, runtime::ModelAccess::Load(compiled.path(), target));
      SINEW_ASSIGN_OR_RETURN(const bool good, VerifyTensors(options, model));
      if (!good) return false;
    }
  }
  if (verifies && people != nullptr) {
    SINEW_ASSIGN_OR_RETURN(const bool good, VerifyPeople(options, *people, compiled.path()));
    if (!good) return false;
  }
  SINEW_RETURN_IF_ERROR(Accept(options, &compiled));
  return true;
}

// Nothing that is read may be written.
Status CheckFiles(const CompileFlags& options) {
  std::vector<NamedFile> read = {{"--verify-input", options.verify_input},
                                 {"--prototxt", options.compile.prototxt},
                                 {"--skeleton", options.skeleton}};
  AppendModelFiles("the graph", options.graph, &read);
  std::vector<media::SkippedFile> skipped;  // named when the pictures are read
  for (const media::Input& input : media::ExpandInputs(options.images, {}, &skipped))
    read.push_back({"--images", input.location});
  for (const media::Input& input : media::ExpandInputs(options.calibrate, {}, &skipped))
    read.push_back({"--calibrate", input.location});
  const NamedFile written[] = {{"-o", options.artifact}, {"--tuning-file", options.compile.tuning_file}};
  return CheckOutputs(read, written);
}

// What the pictures of --calibrate are made into: inputs of the network.
Status SetCalibration(CompileFlags* options) {
  if (options->calibrate.empty()) return Status();
  const Precision precision = options->compile.precision;
  if (precision != Precision::kInt8 && precision != Precision::kBf16)
    return InvalidArgument("--calibrate is for --precision int8 and bf16");
  InputConvention convention;
  if (options->compile.description) {
    convention = options->compile.description->input;
  } else if (const auto known = DescribeSource(options->graph, options->compile.prototxt); known.ok()) {
    convention = known->input;
  }
  options->compile.calibration = service::CalibrationPictures(ExpandInputs(options->calibrate), convention);
  return Status();
}

// With --images, the people in them; where a least agreement was asked for, they also decide what is planned.
Result<std::optional<service::PeopleAgreement>> SetAgreement(CompileFlags* options) {
  // Of --verify, where --min-agreement says nothing.
  constexpr double kVerified = 0.99;
  options->compile.min_agreement = options->min_agreement.value_or(kVerified);
  if (options->images.empty()) {
    if (options->min_agreement) return InvalidArgument("--min-agreement needs --images, pictures with people");
    return std::optional<service::PeopleAgreement>();
  }
  if (!options->verify && !options->min_agreement)
    return InvalidArgument("--images are for --verify and --min-agreement");
  SINEW_ASSIGN_OR_RETURN(service::PeopleAgreement people,
                         service::PeopleAgreement::Create(options->graph, options->artifact, options->compile,
                                                          ExpandInputs(options->images), std::max(1, options->threads),
                                                          FindOptions(*options)));
  return std::optional(std::move(people));
}

int RunCompile(CompileFlags& options) {
  Result<std::vector<Resolution>> resolutions = ParseResolutions(options.resolutions);
  if (!resolutions.ok()) return Fail(resolutions.status());
  options.compile.resolutions = *resolutions;
  options.compile.dump_ir = options.dump_ir;
  const Result<Precision> precision = ParsePrecision(options.precision);
  if (!precision.ok()) return Fail(precision.status());
  options.compile.precision = *precision;
  options.compile.max_error = options.max_error.value_or(DefaultMaxError(*precision));
  options.tolerance = options.given_tolerance.value_or(options.compile.max_error);
  if (options.tune || !options.tuning_file.empty()) {
    options.compile.tuning_file = options.tuning_file;
    if (options.tuning_file.empty()) {
      const Result<std::filesystem::path> cache = service::UserCacheFolder();
      if (!cache.ok()) return Fail(cache.status());
      options.compile.tuning_file = *cache / "tuning.json";
    }
  }
  if (!options.quiet) {
    options.compile.log = [](std::string_view line) { Print("{}\n", line); };
  }
  if (!options.skeleton.empty()) {
    Result<ModelDescription> description = service::ReadModelDescription(options.skeleton);
    if (!description.ok()) return Fail(Prefixed("--skeleton", description.status()));
    options.compile.description = *std::move(description);
  }
  const Result<service::ModelFile> graph = service::FindModelFile(options.graph);
  if (!graph.ok()) return Fail(graph.status());
  // Of a model that was named, the file says less.
  if (graph->path != options.graph && options.compile.name.empty()) options.compile.name = options.graph;
  options.graph = graph->path.string();
  if (const Status status = CheckFiles(options); !status.ok()) return Fail(status);
  // The first one to be added is alone there.
  std::error_code error;
  if (options.add && std::filesystem::exists(options.artifact, error)) {
    if (const Status status = CheckCanAdd(options.artifact, options.compile); !status.ok()) return Fail(status);
  }
  if (const Status status = SetCalibration(&options); !status.ok()) return Fail(status);
  const Result<std::optional<service::PeopleAgreement>> people = SetAgreement(&options);
  if (!people.ok()) return Fail(people.status());
  if (*people && options.min_agreement)
    options.compile.agreement = [&](const std::filesystem::path& artifact) { return (*people)->Judge(artifact); };
  if (!options.verify && options.verify_input.empty() && !options.add) {
    const Result<CompileReport> report = Compile(options.graph, options.artifact, options.compile);
    return report.ok() ? kSuccess : Fail(report.status());
  }
  const Result<bool> good = CompileAndVerify(options, *people ? &**people : nullptr);
  if (!good.ok()) return Fail(good.status());
  if (!*good) PrintError("sinew: {}: not written, as it failed the verification\n", options.artifact);
  return *good ? kSuccess : kFailure;
}

std::string PassList() {
  std::string text = "Passes (for --skip-pass):\n";
  for (const passes::Pass& pass : passes::Pipeline()) text += fmt::format("  {:<27} {}\n", pass.name, pass.summary);
  return text;
}

}  // namespace

void AddCompileCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<CompileFlags>();
  CLI::App* command = app.add_subcommand("compile", "Compile a TensorFlow or Caffe model for this processor");
  command
      ->add_option("GRAPH", options->graph,
                   "Frozen GraphDef (.pb), TensorFlow.js folder or model.json, .caffemodel, or name of a model")
      ->required();
  command->add_option("-o,--output", options->artifact, "The artifact to write")->required();
  command->add_option("--net-resolution", options->resolutions, "Network input WIDTHxHEIGHT; repeat for several")
      ->required()
      ->type_name("WxH")
      ->allow_extra_args(false);
  command->add_flag("--add", options->add,
                    "Add these resolutions to the artifact, if there is one: weights that are packed alike are shared");
  command->add_option("--name", options->compile.name, "Name kept in the artifact");
  command
      ->add_option(
          "--target", options->compile.targets,
          "Instruction set: amx, avx512_bf16, avx512, avx2, sse4, scalar, neon (default: this processor's best). "
          "Several, with commas between: one artifact for all, of which a processor runs the best it has")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--device", options->compile.backend,
                   "What runs the model: cpu, or cuda, GPUs that choose their algorithms where it is opened")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  command
      ->add_option("--output-node", options->compile.outputs,
                   "Node to compute (default: Openpose/concat_stage7, else all that nothing reads)")
      ->allow_extra_args(false);
  command->add_option("--prototxt", options->compile.prototxt,
                      "Network of a .caffemodel (default: the .prototxt of the same name, or the only one beside it)");
  command
      ->add_option("--skeleton", options->skeleton,
                   "What the outputs of a network of your own mean: a description as `sinew model describe` prints it")
      ->type_name("FILE.json");
  command->add_option("--skip-pass", options->compile.skip_passes, "Skip a pass; repeat for several")
      ->allow_extra_args(false);
  command->add_option("--dump-ir", options->dump_ir, "Folder for the IR as text after every pass");
  command
      ->add_option(
          "--precision", options->precision,
          "auto, fp32, bf16 or int8: what layers may be multiplied in. auto takes bf16, and three products of halves "
          "(bf16x3), as --max-error lets it; bf16 and int8 allow more")
      ->capture_default_str();
  command
      ->add_option(
          "--max-error", options->max_error,
          "Relative RMS error that the outputs may have (default: 1e-3; with --precision bf16 0.1, with int8 0.3)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--tune", options->tune, "Choose algorithms by measuring them on this machine");
  command->add_option("--tuning-file", options->tuning_file,
                      "Where --tune keeps its times (default: the user's cache folder)");
  command
      ->add_option_function<std::string>(
          "--optimize",
          [options](const std::string& what) {
            options->compile.optimize = what == "memory" ? Optimize::kMemory : Optimize::kSpeed;
          },
          "memory: only algorithms with small weights, for disks and memories that are short; slower")
      ->check(CLI::IsMember({"speed", "memory"}))
      ->default_str("speed");
  command->add_flag("--exact", options->compile.exact,
                    "Only algorithms as precise as a direct computation in single precision");
  command->add_flag(
      "--verify", options->verify,
      "Compare with the double precision reference; above the tolerance, there is no artifact and the exit code is 1");
  command->add_option("--verify-input", options->verify_input,
                      "Tensor (N,H,W,3) in .npy to verify on (default: random pixels)");
  command->add_option("--images", options->images,
                      "Pictures or folders: the people found must be those of exact algorithms");
  command
      ->add_option("--min-agreement", options->min_agreement,
                   "F1 that the people of --images must reach: layers are computed more precisely until they do "
                   "(with --verify alone, 0.99 and no second try)")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--calibrate", options->calibrate,
                      "Pictures or folders to calibrate int8 and bf16 by: channels are made even, biases corrected, "
                      "errors measured on them");
  command->add_option("--tolerance", options->given_tolerance,
                      "Relative RMS difference allowed by --verify (default: --max-error)");
  command->add_option("--threads", options->threads, "Threads of --verify (default: one a processor)");
  command->add_flag("-q,--quiet", options->quiet, "Print no log");
  command->footer(
      PassList() +
      "Example:\n  sinew compile graph_opt.pb --net-resolution 656x368 --net-resolution 432x368 -o model.sinew "
      "--verify\n  sinew compile graph_opt.pb --net-resolution 496x368 -o model.sinew --add\n"
      "  sinew compile graph_opt.pb --net-resolution 656x368 -o model.sinew --tune --max-error 1e-4\n"
      "  sinew compile graph_opt.pb --net-resolution 656x368 -o model.sinew --verify --images photos/\n"
      "  sinew compile mobilenet_thin --net-resolution 432x368 -o int8.sinew --precision int8 --calibrate photos/ "
      "--min-agreement 0.97 --images photos/\n"
      "  sinew compile graph_opt.pb --net-resolution 656x368 -o model.sinew --target avx2,avx512,amx\n"
      "  sinew compile pose_iter_584000.caffemodel --prototxt pose_deploy.prototxt --net-resolution 656x368 -o "
      "body25.sinew");
  command->callback([=] { *action = [=] { return RunCompile(*options); }; });
}

}  // namespace sinew::cli
