// People found now or before, compared.
#include "service/evaluation.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "evaluate/coco_json.h"
#include "measure/target_name.h"
#include "results/jsonl.h"
#include "service/compare_people.h"
#include "service/resolution_text.h"
#include "sinew/version.h"

namespace sinew::service {
namespace {

constexpr uint64_t kMaxJsonBytes = uint64_t{4} << 30;

// The people of one side.
struct Evaluated {
  std::vector<results::Record> records;
  std::string name;
  documents::EvaluatedConfiguration side;
  std::optional<Skeleton> skeleton;  // of a model; files of results do not tell
};

Result<Evaluated> ReadSide(const std::string& file) {
  Evaluated evaluated;
  evaluated.side.results = evaluated.name = file;
  const auto keep = [&](results::Record record) {
    evaluated.records.push_back(std::move(record));
    return Status();
  };
  SINEW_RETURN_IF_ERROR(results::ReadJsonLines(file, keep).status());
  return evaluated;
}

std::string NameOf(const Configuration& configuration, const documents::EvaluatedConfiguration& side) {
  const pipeline::AnalysisOptions& analysis = configuration.analysis;
  const DecodeOptions::Compat compat = analysis.decode.compat;
  const bool tells_target = analysis.device.is_gpu() || analysis.precision != Precision::kAuto;
  const std::string size =
      fmt::format("{} {}{}{}", configuration.model, side.resolution, tells_target ? " " + side.target : "",
                  side.resize_mode == "pad" ? " padded" : "");
  if (compat == DecodeOptions::Compat::kOpenPose) return size + ", like OpenPose";
  return fmt::format("{}, {} taps, ratio {}{}", size, side.smoothing_taps, side.resize_out_ratio,
                     compat == DecodeOptions::Compat::kTfPose ? ", like tf-pose-estimation" : "");
}

Result<Evaluated> FindSide(const Configuration& configuration, const std::vector<media::Input>& inputs,
                           const ModelCache& models, const std::string& label, const EvaluationOptions& options) {
  const pipeline::AnalysisOptions& analysis = configuration.analysis;
  SINEW_ASSIGN_OR_RETURN(FoundPeople found, options.find_people(configuration, inputs, models, label));
  Evaluated evaluated;
  evaluated.records = std::move(found.records);
  evaluated.skeleton = std::move(found.skeleton);
  documents::EvaluatedConfiguration& side = evaluated.side;
  side.resolution = ToString(found.resolution);
  side.smoothing_taps = analysis.decode.smoothing_taps;
  side.resize_out_ratio = analysis.decode.resize_out_ratio;
  side.resize_mode = analysis.fit == Fit::kPad ? "pad" : "stretch";
  // With a side of -1, the model is another one for each shape of picture; its weights are the same.
  ModelRequest request{configuration.model, {}, {}, std::string(analysis.device.backend()), analysis.precision};
  if (found.resolution.width > 0 && found.resolution.height > 0) request.resolution = found.resolution;
  SINEW_ASSIGN_OR_RETURN(const CachedModel cached, models.Load(request));
  side.model = cached.model.name();
  SINEW_ASSIGN_OR_RETURN(side.target, measure::TargetName(cached.model, {{}, 1, analysis.device, analysis.precision}));
  side.model_xxh3 = fmt::format("{:016x}", cached.model.weights_hash());
  evaluated.name = NameOf(configuration, side);
  return evaluated;
}

Result<Evaluated> Evaluate(const EvaluatedSide& side, const std::vector<media::Input>& inputs, const ModelCache& models,
                           const std::string& label, const EvaluationOptions& options) {
  return side.results.empty() ? FindSide(side.configuration, inputs, models, label, options) : ReadSide(side.results);
}

// The one skeleton of both sides.
Result<Skeleton> CommonSkeleton(const Evaluated& a, const Evaluated& b) {
  if (a.skeleton && b.skeleton && *a.skeleton != *b.skeleton) {
    return InvalidArgument("people of different skeletons cannot be compared: {} finds {}, {} finds {}", a.name,
                           a.skeleton->name, b.name, b.skeleton->name);
  }
  return a.skeleton ? *a.skeleton : b.skeleton.value_or(Coco18Skeleton());
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

}  // namespace

Result<EvaluationReport> EvaluateAgreement(const EvaluatedSide& found_side, const EvaluatedSide& reference,
                                           const std::vector<media::Input>& inputs, const ModelCache& models,
                                           const EvaluationOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const Evaluated expected, Evaluate(reference, inputs, models, "reference", options));
  SINEW_ASSIGN_OR_RETURN(const Evaluated found, Evaluate(found_side, inputs, models, "pictures", options));
  SINEW_ASSIGN_OR_RETURN(const Skeleton skeleton, CommonSkeleton(found, expected));
  // A file of results may hold more than what was asked for, a run just has what was.
  const bool by_found = !reference.results.empty() && found_side.results.empty();
  Result<Comparison> comparison =
      by_found ? ComparePeople(found.records, expected.records, expected.name, options.agreement, skeleton)
               : ComparePeople(expected.records, found.records, found.name, options.agreement, skeleton);
  if (!comparison.ok()) return comparison.status();
  evaluate::Agreement& agreement = comparison->agreement;
  if (by_found) {
    // They were counted the other way round.
    std::swap(agreement.expected, agreement.found);
    std::swap(agreement.precision, agreement.recall);
    std::swap(agreement.missing_keypoints, agreement.surplus_keypoints);
  }
  EvaluationReport report{{}, found.name, expected.name, std::move(comparison->failed)};
  report.evaluation.version = kVersion;
  report.evaluation.configuration = found.side;
  report.evaluation.reference = expected.side;
  report.evaluation.pictures = agreement.pictures;
  report.evaluation.failed = static_cast<int64_t>(report.failures.size());
  report.evaluation.agreement = agreement;
  return report;
}

Result<EvaluationReport> EvaluateAnnotated(const EvaluatedSide& side, const std::filesystem::path& annotations,
                                           const std::filesystem::path& pictures, const ModelCache& models,
                                           const EvaluationOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(annotations, kMaxJsonBytes));
  SINEW_ASSIGN_OR_RETURN(const evaluate::CocoDataset dataset,
                         evaluate::ParseCocoAnnotations(text, annotations.string()));
  EvaluationReport report;
  documents::Evaluation& evaluation = report.evaluation;
  evaluation.version = kVersion;
  std::vector<evaluate::Detection> detections;
  std::vector<int64_t> ids;
  if (!side.results.empty()) {
    SINEW_ASSIGN_OR_RETURN(const std::string results, ReadFile(side.results, kMaxJsonBytes));
    SINEW_ASSIGN_OR_RETURN(detections, evaluate::ParseCocoResults(results, side.results, dataset));
    for (const evaluate::CocoImage& image : dataset.images) ids.push_back(image.id);
    evaluation.configuration.results = report.name = side.results;
  } else {
    SINEW_ASSIGN_OR_RETURN(const std::vector<media::Input> inputs, AnnotatedImages(dataset, pictures));
    SINEW_ASSIGN_OR_RETURN(const Evaluated evaluated,
                           FindSide(side.configuration, inputs, models, "pictures", options));
    evaluation.configuration = evaluated.side;
    report.name = evaluated.name;
    // A picture has one record, and they come in order.
    for (size_t i = 0; i < evaluated.records.size(); ++i) {
      const results::Record& record = evaluated.records[i];
      if (!record.error.empty()) {
        report.failures.push_back(record.error);
        continue;
      }
      ids.push_back(dataset.images[i].id);
      for (const Person& person : record.people)
        detections.push_back(evaluate::ToDetection(dataset.images[i].id, person, *evaluated.skeleton));
    }
  }
  if (ids.empty()) {
    return NotFound("{}: none of its pictures could be read from {}{}", annotations.string(), pictures.string(),
                    report.failures.empty() ? "" : " (" + report.failures[0] + ")");
  }
  evaluation.pictures = static_cast<int64_t>(ids.size());
  evaluation.failed = static_cast<int64_t>(report.failures.size());
  evaluation.people = static_cast<int64_t>(detections.size());
  evaluation.coco = evaluate::EvaluateCoco(ids, dataset.people, detections);
  return report;
}

}  // namespace sinew::service
