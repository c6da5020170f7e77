// sinew eval: how good a configuration is, by annotations or by comparison with another one.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "command.h"
#include "device_flags.h"
#include "eval_report.h"
#include "people_progress.h"
#include "pose/decode.h"
#include "print.h"
#include "service/description_json.h"
#include "service/evaluation.h"
#include "service/model_cache.h"

namespace sinew::cli {
namespace {

// What a side of a comparison may say for itself; the reference takes over what it does not.
struct SideFlags {
  std::string model;  // or a file of JSON lines
  std::optional<std::string> resolution, resize_mode, compat, device, precision;
  std::optional<int> smoothing;
  std::optional<double> ratio;
};

struct EvalFlags {
  SideFlags side, against;
  std::vector<std::string> inputs;
  bool recursive = false;
  std::string skeleton, prototxt;  // of both, as of `sinew run`
  std::optional<int> min_parts;    // of both; else as --compat has it
  std::optional<double> min_score;
  int threads = 1, cores = 0;
  evaluate::AgreementOptions agreement;
  double min_agreement = 0;
  std::string annotations, images, results;
  bool json = false, quiet = false;

  bool compares() const {
    return !against.model.empty() || against.resolution || against.resize_mode || against.compat || against.smoothing ||
           against.ratio || against.device || against.precision;
  }
};

bool IsResults(const std::string& path) { return path.ends_with(".jsonl"); }

SideFlags ReferenceFlags(const EvalFlags& options) {
  SideFlags side = options.against;
  const auto inherit = [](auto* value, const auto& from) {
    if (!*value) *value = from;
  };
  if (side.model.empty()) side.model = options.side.model;
  inherit(&side.resolution, options.side.resolution);
  inherit(&side.resize_mode, options.side.resize_mode);
  inherit(&side.compat, options.side.compat);
  inherit(&side.smoothing, options.side.smoothing);
  inherit(&side.ratio, options.side.ratio);
  inherit(&side.device, options.side.device);
  inherit(&side.precision, options.side.precision);
  return side;
}

Result<service::Configuration> ToConfiguration(const EvalFlags& options, const SideFlags& side) {
  service::Configuration configuration;
  configuration.model = side.model;
  configuration.cores = options.cores;
  pipeline::AnalysisOptions& analysis = configuration.analysis;
  if (side.resolution) {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, ParseResolutionOrFit(*side.resolution));
  }
  const std::string compat = side.compat.value_or("none");
  if (compat == "tf-pose") analysis.decode.compat = DecodeOptions::Compat::kTfPose;
  if (compat == "openpose") analysis.decode = OpenPoseDecodeOptions();
  analysis.fit =
      side.resize_mode.value_or(compat == "openpose" ? "pad" : "stretch") == "pad" ? Fit::kPad : Fit::kStretch;
  analysis.threads = options.threads;
  if (options.min_parts) analysis.decode.min_parts = *options.min_parts;
  if (options.min_score) analysis.decode.min_score = static_cast<float>(*options.min_score);
  if (side.smoothing) analysis.decode.smoothing_taps = *side.smoothing;
  if (side.ratio) analysis.decode.resize_out_ratio = *side.ratio;
  SINEW_RETURN_IF_ERROR(pose::ValidateDecodeOptions(analysis.decode));
  SINEW_ASSIGN_OR_RETURN(const ChosenDevice chosen,
                         OpenDevice({side.device.value_or("cpu"), side.precision.value_or("auto")}));
  analysis.device = chosen.device;
  analysis.precision = chosen.precision;
  return configuration;
}

service::EvaluationOptions MakeEvaluationOptions(const EvalFlags& options) {
  return {options.agreement,
          [quiet = options.quiet](const service::Configuration& configuration, const std::vector<media::Input>& inputs,
                                  const service::ModelCache& models, const std::string& label) {
            return FindPeopleWithProgress(configuration, inputs, models, label, quiet);
          }};
}

// A configuration, or a file of results.
Result<service::EvaluatedSide> ToSide(const EvalFlags& options, const SideFlags& flags) {
  if (IsResults(flags.model)) return service::EvaluatedSide{{}, flags.model};
  SINEW_ASSIGN_OR_RETURN(service::Configuration configuration, ToConfiguration(options, flags));
  return service::EvaluatedSide{std::move(configuration), {}};
}

Result<service::ModelCache::Options> CacheOptions(const EvalFlags& options) {
  service::ModelCache::Options cache{.log = CompileLog(options.quiet)};
  cache.prototxt = options.prototxt;
  if (options.skeleton.empty()) return cache;
  Result<ModelDescription> given = service::ReadModelDescription(options.skeleton);
  if (!given.ok()) return Prefixed("--skeleton", given.status());
  cache.description = *std::move(given);
  return cache;
}

// Failures are told, all of them where they are few.
void PrintFailures(const std::vector<std::string>& failures) {
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < failures.size() && i < kShown; ++i) PrintError("sinew: {}\n", failures[i]);
  if (failures.size() > kShown) PrintError("sinew: ... and {} more\n", failures.size() - kShown);
}

Result<int> Compare(const EvalFlags& options) {
  const SideFlags reference = ReferenceFlags(options);
  const bool runs_model = !IsResults(options.side.model) || !IsResults(reference.model);
  if (runs_model && options.inputs.empty())
    return InvalidArgument("name the pictures, folders or videos to compare on");
  if (!runs_model && !options.inputs.empty())
    return InvalidArgument("{}: both sides are files of results already, which say what they are of",
                           options.inputs[0]);
  const std::vector<media::Input> inputs = ExpandInputs(options.inputs, {options.recursive}, options.quiet);
  SINEW_ASSIGN_OR_RETURN(const service::EvaluatedSide expected, ToSide(options, reference));
  SINEW_ASSIGN_OR_RETURN(const service::EvaluatedSide found, ToSide(options, options.side));
  SINEW_ASSIGN_OR_RETURN(service::ModelCache::Options cache, CacheOptions(options));
  const service::ModelCache models(std::move(cache));
  SINEW_ASSIGN_OR_RETURN(const service::EvaluationReport report,
                         service::EvaluateAgreement(found, expected, inputs, models, MakeEvaluationOptions(options)));
  PrintFailures(report.failures);
  const evaluate::Agreement& agreement = *report.evaluation.agreement;
  if (options.json) {
    PrintJson(documents::ToJson(report.evaluation));
  } else {
    PrintAgreement(agreement, report.name, report.reference_name);
  }
  if (agreement.pictures == 0) return int{kFailure};
  if (agreement.f1 < options.min_agreement) {
    PrintError("sinew: the agreement is {:.4f}, at least {} was asked for\n", agreement.f1, options.min_agreement);
    return int{kFailure};
  }
  return int{report.failures.empty() ? kSuccess : kPartly};
}

Result<int> Annotated(const EvalFlags& options) {
  service::EvaluatedSide side{{}, options.results};
  if (options.results.empty()) {
    SINEW_ASSIGN_OR_RETURN(side.configuration, ToConfiguration(options, options.side));
  }
  SINEW_ASSIGN_OR_RETURN(service::ModelCache::Options cache, CacheOptions(options));
  const service::ModelCache models(std::move(cache));
  SINEW_ASSIGN_OR_RETURN(
      const service::EvaluationReport report,
      service::EvaluateAnnotated(side, options.annotations, options.images, models, MakeEvaluationOptions(options)));
  PrintFailures(report.failures);
  options.json ? PrintJson(documents::ToJson(report.evaluation)) : PrintCoco(report.evaluation, report.name);
  return int{report.failures.empty() ? kSuccess : kPartly};
}

Result<int> RunEval(const EvalFlags& options) {
  if (options.annotations.empty()) {
    if (!options.results.empty() || !options.images.empty())
      return InvalidArgument("--results and --images need --annotations");
    if (options.side.model.empty()) return InvalidArgument("name a model, or a file of results (.jsonl)");
    if (!options.compares())
      return InvalidArgument("nothing to compare with: give --annotations, or --against and what it changes");
    return Compare(options);
  }
  if (options.compares()) return InvalidArgument("--annotations and --against: one at a time");
  if (!options.inputs.empty())
    return InvalidArgument("{}: the annotations say which pictures are evaluated", options.inputs[0]);
  if (options.results.empty() == options.side.model.empty())
    return InvalidArgument("--annotations needs a model, or --results");
  if (!options.side.model.empty() && options.images.empty())
    return InvalidArgument("--annotations with a model needs --images, the folder of the pictures");
  if (IsResults(options.side.model))
    return InvalidArgument("{}: give COCO results with --results (`sinew run --write-coco-json`)", options.side.model);
  return Annotated(options);
}

void AddSideFlags(CLI::App* command, const std::string& prefix, SideFlags* side, const std::string& suffix) {
  CLI::Option_group* group =
      command->add_option_group(prefix.empty() ? "Configuration" : "Reference: as the configuration, but for");
  group
      ->add_option("--" + prefix + "net-resolution" + (prefix.empty() ? ",--resize" : ""), side->resolution,
                   "Network input" + suffix)
      ->type_name("WxH");
  group->add_option("--" + prefix + "resize-mode", side->resize_mode, "stretch or pad" + suffix)
      ->check(CLI::IsMember({"stretch", "pad"}));
  group->add_option("--" + prefix + "smoothing", side->smoothing,
                    "Taps of the Gaussian that smooths the heat maps" + suffix);
  group->add_option("--" + prefix + "resize-out-ratio", side->ratio,
                    "Pixels of the upsampled maps per pixel of the network's output" + suffix);
  group->add_option("--" + prefix + "device", side->device, "cpu, cuda, cuda:N or auto" + suffix);
  group->add_option("--" + prefix + "precision", side->precision,
                    "auto, fp32, bf16, int8, on GPUs tf32 and fp16" + suffix);
  group
      ->add_option("--" + prefix + "compat", side->compat,
                   "tf-pose: like tf-pose-estimation; openpose: by OpenPose's rules and thresholds, padded" + suffix)
      ->check(CLI::IsMember({"none", "tf-pose", "openpose"}));
}

}  // namespace

void AddEvalCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<EvalFlags>();
  CLI::App* command = app.add_subcommand("eval", "Measure how accurate the people found are");
  command->add_option("MODEL", options->side.model,
                      "Artifact (.sinew), graph, or name of a model; or JSON lines of a run (.jsonl)");
  command->add_option("INPUT", options->inputs, "Pictures, folders, patterns, videos to compare on");
  command->add_flag("--recursive", options->recursive, "Search folders within folders");
  AddSideFlags(command, "", &options->side, "");
  command
      ->add_option("--against", options->against.model,
                   "The reference: another model, or JSON lines; default: the same model")
      ->type_name("MODEL");
  AddSideFlags(command, "against-", &options->against, " of the reference");
  command
      ->add_option("--skeleton", options->skeleton,
                   "What the numbers of a model of your own mean: a description as `sinew model describe` prints it")
      ->type_name("FILE.json");
  command->add_option("--prototxt", options->prototxt, "Network of a .caffemodel, as in `sinew compile`")
      ->type_name("FILE");
  command->add_option("--min-parts", options->min_parts, "People with fewer keypoints are dropped (default: 4)");
  command->add_option("--min-score", options->min_score, "People with a lower score are dropped (default: 0.3)");
  command
      ->add_option("--min-oks", options->agreement.min_oks, "Two people may be the same from this similarity (OKS) on")
      ->capture_default_str();
  command->add_option("--min-agreement", options->min_agreement, "Exit code 1 where F1 is below")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--annotations", options->annotations,
                   "COCO's person_keypoints_*.json: average precision and recall")
      ->type_name("FILE");
  command->add_option("--images", options->images, "The folder of the annotated pictures")->type_name("DIR");
  command->add_option("--results", options->results, "COCO results to evaluate instead of a model")->type_name("FILE");
  command->add_option("--threads", options->threads, "Threads of each network")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--cores", options->cores, "Networks side by side (default: processors / threads)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--json", options->json, "Print JSON");
  command->add_flag("-q,--quiet", options->quiet, "Print errors and figures only");
  command->footer(
      "Two people are the same where their object keypoint similarity (OKS) is high enough; F1 is 2 same / (found + "
      "expected).\n"
      "Examples:\n"
      "  sinew eval mobilenet_thin photos/ --smoothing 5 --against-smoothing 25\n"
      "  sinew eval fast.sinew photos/ --against exact.sinew --json >results/fast.eval.json\n"
      "  sinew eval mobilenet_thin photos/ --resize 432x368 --against-net-resolution 656x368\n"
      "  sinew eval today.jsonl --against yesterday.jsonl --min-agreement 0.99\n"
      "  sinew eval pose_iter_584000.caffemodel photos/ --compat openpose --against cmu\n"
      "  sinew eval mobilenet_thin --annotations person_keypoints_val2017.json --images val2017\n"
      "  sinew eval --results people.json --annotations person_keypoints_val2017.json");
  command->callback([=] {
    *action = [=] {
      const Result<int> code = RunEval(*options);
      return code.ok() ? *code : Fail(code.status());
    };
  });
}

}  // namespace sinew::cli
