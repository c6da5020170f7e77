// sinew eval: how good a configuration is, by annotations or by comparison with another one.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "device_flags.h"
#include "eval_report.h"
#include "evaluate/coco_json.h"
#include "measure/target_name.h"
#include "people_progress.h"
#include "pose/decode.h"
#include "print.h"
#include "results/jsonl.h"
#include "service/compare_people.h"
#include "service/find_people.h"
#include "service/model_cache.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

constexpr uint64_t kMaxJsonBytes = uint64_t{4} << 30;

// What a side of a comparison may say for itself; the reference takes over what it does not.
struct SideFlags {
  std::string model;  // or a file of JSON lines
  std::optional<std::string> resolution, resize_mode, compat, device, precision;
  std::optional<int> smoothing;
  std::optional<double> ratio;
};

struct Options {
  SideFlags side, against;
  std::vector<std::string> inputs;
  bool recursive = false;
  DecodeOptions decode;  // of both
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

SideFlags ReferenceFlags(const Options& options) {
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

Result<service::Configuration> ToConfiguration(const Options& options, const SideFlags& side) {
  service::Configuration configuration;
  configuration.model = side.model;
  configuration.cores = options.cores;
  pipeline::AnalysisOptions& analysis = configuration.analysis;
  if (side.resolution) {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, ParseResolutionOrFit(*side.resolution));
  }
  analysis.fit = side.resize_mode.value_or("stretch") == "pad" ? Fit::kPad : Fit::kStretch;
  analysis.threads = options.threads;
  analysis.decode = options.decode;
  analysis.decode.compat =
      side.compat.value_or("none") == "tf-pose" ? DecodeOptions::Compat::kTfPose : DecodeOptions::Compat::kNone;
  if (side.smoothing) analysis.decode.smoothing_taps = *side.smoothing;
  if (side.ratio) analysis.decode.resize_out_ratio = *side.ratio;
  SINEW_RETURN_IF_ERROR(pose::ValidateDecodeOptions(analysis.decode));
  SINEW_ASSIGN_OR_RETURN(const ChosenDevice chosen,
                         OpenDevice({side.device.value_or("cpu"), side.precision.value_or("auto")}));
  analysis.device = chosen.device;
  analysis.precision = chosen.precision;
  return configuration;
}

struct Evaluated {
  std::vector<results::Record> records;
  std::string name;  // for people: "thin.sinew 432x368, 25 taps, ..."
  documents::EvaluatedConfiguration side;
  std::optional<Skeleton> skeleton;  // of a model; files of results do not tell
};

// The one skeleton of both sides.
Result<Skeleton> CommonSkeleton(const Evaluated& a, const Evaluated& b) {
  if (a.skeleton && b.skeleton && *a.skeleton != *b.skeleton) {
    return InvalidArgument("people of different skeletons cannot be compared: {} finds {}, {} finds {}", a.name,
                           a.skeleton->name, b.name, b.skeleton->name);
  }
  return a.skeleton ? *a.skeleton : b.skeleton.value_or(Coco18Skeleton());
}

// The people of one side: found now, or read from a file.
Result<Evaluated> Evaluate(const Options& options, const SideFlags& flags, const std::vector<media::Input>& inputs,
                           const std::string& label) {
  Evaluated evaluated;
  documents::EvaluatedConfiguration& side = evaluated.side;
  if (IsResults(flags.model)) {
    side.results = evaluated.name = flags.model;
    const auto keep = [&](results::Record record) {
      evaluated.records.push_back(std::move(record));
      return Status();
    };
    SINEW_RETURN_IF_ERROR(results::ReadJsonLines(flags.model, keep).status());
    return evaluated;
  }
  SINEW_ASSIGN_OR_RETURN(const service::Configuration configuration, ToConfiguration(options, flags));
  const service::ModelCache models({.log = CompileLog(options.quiet)});
  SINEW_ASSIGN_OR_RETURN(service::FoundPeople found,
                         FindPeopleWithProgress(configuration, inputs, models, label, options.quiet));
  evaluated.records = std::move(found.records);
  evaluated.skeleton = std::move(found.skeleton);
  const DecodeOptions& decode = configuration.analysis.decode;
  side.resolution = ToString(found.resolution);
  side.smoothing_taps = decode.smoothing_taps;
  side.resize_out_ratio = decode.resize_out_ratio;
  side.resize_mode = flags.resize_mode.value_or("stretch");
  // With a side of -1, the model is another one for each shape of picture; its weights are the same.
  const Device& device = configuration.analysis.device;
  service::ModelRequest request{flags.model, {}, {}, std::string(device.backend())};
  if (found.resolution.width > 0 && found.resolution.height > 0) request.resolution = found.resolution;
  SINEW_ASSIGN_OR_RETURN(const service::CachedModel cached, models.Load(request));
  side.model = cached.model.name();
  SINEW_ASSIGN_OR_RETURN(side.target,
                         measure::TargetName(cached.model, {{}, 1, device, configuration.analysis.precision}));
  side.model_xxh3 = fmt::format("{:016x}", cached.model.weights_hash());
  evaluated.name = fmt::format("{} {}{}{}, {} taps, ratio {}{}", flags.model, side.resolution,
                               device.is_gpu() ? " " + side.target : "", side.resize_mode == "pad" ? " padded" : "",
                               side.smoothing_taps, side.resize_out_ratio,
                               decode.compat == DecodeOptions::Compat::kTfPose ? ", like tf-pose-estimation" : "");
  return evaluated;
}

// Failures are told, all of them where they are few.
void PrintFailures(const std::vector<std::string>& failures) {
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < failures.size() && i < kShown; ++i) PrintError("sinew: {}\n", failures[i]);
  if (failures.size() > kShown) PrintError("sinew: ... and {} more\n", failures.size() - kShown);
}

Result<int> Compare(const Options& options) {
  const SideFlags reference = ReferenceFlags(options);
  const bool runs_model = !IsResults(options.side.model) || !IsResults(reference.model);
  if (runs_model && options.inputs.empty())
    return InvalidArgument("name the pictures, folders or videos to compare on");
  if (!runs_model && !options.inputs.empty())
    return InvalidArgument("{}: both sides are files of results already, which say what they are of",
                           options.inputs[0]);
  const std::vector<media::Input> inputs = ExpandInputs(options.inputs, {options.recursive}, options.quiet);
  SINEW_ASSIGN_OR_RETURN(const Evaluated expected, Evaluate(options, reference, inputs, "reference"));
  SINEW_ASSIGN_OR_RETURN(const Evaluated found, Evaluate(options, options.side, inputs, "pictures"));
  SINEW_ASSIGN_OR_RETURN(const Skeleton skeleton, CommonSkeleton(found, expected));
  // A file of results may hold more than what was asked for, a run just has what was.
  const bool by_found = IsResults(reference.model) && !IsResults(options.side.model);
  Result<service::Comparison> comparison =
      by_found
          ? service::ComparePeople(found.records, expected.records, reference.model, options.agreement, skeleton)
          : service::ComparePeople(expected.records, found.records, options.side.model, options.agreement, skeleton);
  if (!comparison.ok()) return comparison.status();
  evaluate::Agreement& agreement = comparison->agreement;
  if (by_found) {
    // They were counted the other way round.
    std::swap(agreement.expected, agreement.found);
    std::swap(agreement.precision, agreement.recall);
    std::swap(agreement.missing_keypoints, agreement.surplus_keypoints);
  }
  PrintFailures(comparison->failed);
  if (options.json) {
    documents::Evaluation evaluation;
    evaluation.version = kVersion;
    evaluation.configuration = found.side;
    evaluation.reference = expected.side;
    evaluation.pictures = agreement.pictures;
    evaluation.failed = static_cast<int64_t>(comparison->failed.size());
    evaluation.agreement = agreement;
    PrintJson(documents::ToJson(evaluation));
  } else {
    PrintAgreement(agreement, found.name, expected.name);
  }
  if (agreement.pictures == 0) return int{kFailure};
  if (agreement.f1 < options.min_agreement) {
    PrintError("sinew: the agreement is {:.4f}, at least {} was asked for\n", agreement.f1, options.min_agreement);
    return int{kFailure};
  }
  return int{comparison->failed.empty() ? kSuccess : kPartly};
}

// The annotated pictures within the folder.
Result<std::vector<media::Input>> AnnotatedImages(const evaluate::CocoDataset& dataset,
                                                  const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return NotFound("{}: no such folder", folder.string());
  std::vector<media::Input> inputs;
  for (const evaluate::CocoImage& image : dataset.images) {
    const std::string path = (folder / image.file_name).string();
    inputs.push_back({media::InputKind::kPicture, path, path, Status()});
  }
  return inputs;
}

Result<int> EvaluateAnnotated(const Options& options) {
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.annotations, kMaxJsonBytes));
  SINEW_ASSIGN_OR_RETURN(const evaluate::CocoDataset dataset,
                         evaluate::ParseCocoAnnotations(text, options.annotations));
  std::vector<evaluate::Detection> detections;
  std::vector<int64_t> ids;
  std::vector<std::string> failures;
  std::string name = options.results;
  documents::Evaluation evaluation;
  evaluation.version = kVersion;
  if (!options.results.empty()) {
    SINEW_ASSIGN_OR_RETURN(const std::string results, ReadFile(options.results, kMaxJsonBytes));
    SINEW_ASSIGN_OR_RETURN(detections, evaluate::ParseCocoResults(results, options.results, dataset));
    for (const evaluate::CocoImage& image : dataset.images) ids.push_back(image.id);
    evaluation.configuration.results = options.results;
  } else {
    SINEW_ASSIGN_OR_RETURN(const std::vector<media::Input> inputs, AnnotatedImages(dataset, options.images));
    SINEW_ASSIGN_OR_RETURN(const Evaluated evaluated, Evaluate(options, options.side, inputs, "pictures"));
    evaluation.configuration = evaluated.side;
    name = evaluated.name;
    // A picture has one record, and they come in order.
    for (size_t i = 0; i < evaluated.records.size(); ++i) {
      const results::Record& record = evaluated.records[i];
      if (!record.error.empty()) {
        failures.push_back(record.error);
        continue;
      }
      ids.push_back(dataset.images[i].id);
      for (const Person& person : record.people)
        detections.push_back(evaluate::ToDetection(dataset.images[i].id, person, *evaluated.skeleton));
    }
  }
  PrintFailures(failures);
  if (ids.empty())
    return NotFound("{}: none of its pictures could be read from {}", options.annotations, options.images);
  evaluation.pictures = static_cast<int64_t>(ids.size());
  evaluation.failed = static_cast<int64_t>(failures.size());
  evaluation.people = static_cast<int64_t>(detections.size());
  evaluation.coco = evaluate::EvaluateCoco(ids, dataset.people, detections);
  options.json ? PrintJson(documents::ToJson(evaluation)) : PrintCoco(evaluation, name);
  return int{failures.empty() ? kSuccess : kPartly};
}

Result<int> Run(const Options& options) {
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
  return EvaluateAnnotated(options);
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
  group->add_option("--" + prefix + "precision", side->precision, "GPUs: fp32, tf32, fp16 or bf16" + suffix);
  group->add_option("--" + prefix + "compat", side->compat, "tf-pose: like tf-pose-estimation" + suffix)
      ->check(CLI::IsMember({"none", "tf-pose"}));
}

}  // namespace

void AddEvalCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
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
      "  sinew eval mobilenet_thin --annotations person_keypoints_val2017.json --images val2017\n"
      "  sinew eval --results people.json --annotations person_keypoints_val2017.json");
  command->callback([=] {
    *action = [=] {
      const Result<int> code = Run(*options);
      return code.ok() ? *code : Fail(code.status());
    };
  });
}

}  // namespace sinew::cli
