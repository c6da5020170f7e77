// JSON to documents.
#include "measure/price/documents.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "measure/price/fields.h"

namespace sinew::price {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxBytes = uint64_t{256} << 20;
constexpr int kFormat = 1;
constexpr double kLongMs = 1e12;  // a day is 8.6e7
constexpr double kMuch = 1e12;    // of anything
constexpr size_t kQuantiles = 101;

Machine ReadMachine(Fields fields) {
  Machine machine;
  machine.processor = fields.Text("processor");
  machine.processors = fields.Count("processors", 1);
  machine.used_by_others = fields.NumberOr("used_by_others", 0, 0, 1);
  if (fields.Has("instance")) {
    Fields instance = fields.Object("instance");
    machine.instance = {instance.Text("provider"), instance.Text("type"), instance.TextOr("region", "")};
  }
  return machine;
}

Bench ReadBench(Fields fields) {
  Bench bench;
  bench.model = fields.Text("model");
  bench.model_xxh3 = fields.Text("model_xxh3");
  bench.target = fields.Text("target");
  bench.resolution = fields.Text("resolution");
  bench.workload = fields.Text("workload");
  bench.measured_at = fields.TextOr("measured_at", "");
  bench.version = fields.TextOr("version", "");
  bench.rate = fields.OptionalNumber("rate", 0, kMuch);
  bench.threads = fields.Count("threads", 1);
  bench.replicas = fields.Count("replicas", 1);
  bench.batch = fields.Count("batch", 1);
  bench.repeats = fields.Count("repeats", 1);
  bench.smoothing_taps = fields.OptionalCount("smoothing_taps");
  bench.resize_out_ratio = fields.OptionalNumber("resize_out_ratio", 0, kMuch);
  bench.p50_ms = fields.Number("p50_ms", 0, kLongMs);
  bench.p90_ms = fields.Number("p90_ms", 0, kLongMs);
  bench.p99_ms = fields.Number("p99_ms", 0, kLongMs);
  bench.quantiles_ms = fields.Numbers("quantiles_ms", 0, kLongMs);
  bench.pictures_per_second = fields.Number("pictures_per_second", 1e-9, kMuch);
  bench.peak_rss_mb = fields.NumberOr("peak_rss_mb", 0, 0, kMuch);
  bench.machine = ReadMachine(fields.Object("machine"));
  return bench;
}

EvaluatedConfiguration ReadConfiguration(Fields fields) {
  EvaluatedConfiguration configuration;
  configuration.results = fields.TextOr("results", "");
  if (!configuration.results.empty()) return configuration;
  configuration.model = fields.Text("model");
  configuration.model_xxh3 = fields.Text("model_xxh3");
  configuration.resolution = fields.Text("resolution");
  configuration.resize_mode = fields.Text("resize_mode");
  configuration.smoothing_taps = fields.Count("smoothing_taps");
  configuration.resize_out_ratio = fields.Number("resize_out_ratio", 0, kMuch);
  return configuration;
}

Evaluation ReadEvaluation(Fields fields) {
  Evaluation evaluation;
  evaluation.configuration = ReadConfiguration(fields.Object("configuration"));
  if (fields.Has("reference")) evaluation.reference = ReadConfiguration(fields.Object("reference"));
  evaluation.pictures = fields.Count("pictures");
  if (fields.Has("agreement")) {
    Fields agreement = fields.Object("agreement");
    evaluation.f1 = agreement.Number("f1", 0, 1);
    evaluation.mean_oks = agreement.Number("mean_oks", 0, 1);
  }
  if (fields.Has("coco")) evaluation.ap = fields.Object("coco").OptionalNumber("ap", 0, 1);
  return evaluation;
}

ProfileEntry ReadEntry(Fields fields, const char* name) {
  ProfileEntry entry;
  entry.name = fields.Text(name);
  entry.algorithm = fields.TextOr("algorithm", "");
  entry.mean_ms = fields.Number("mean_ms", -kLongMs, kLongMs);
  entry.share = fields.Number("share", -kMuch, kMuch);
  entry.direct_gflops = fields.NumberOr("direct_gflops", 0, 0, kMuch);
  entry.actual_gflops = fields.NumberOr("actual_gflops", 0, 0, kMuch);
  return entry;
}

Profile ReadProfile(Fields fields) {
  Profile profile;
  profile.model = fields.Text("model");
  profile.resolution = fields.Text("resolution");
  profile.target = fields.Text("target");
  profile.workload = fields.Text("workload");
  profile.threads = fields.Count("threads", 1);
  profile.wall_ms = fields.Number("wall_ms_mean", 0, kLongMs);
  fields.ForEach("pipeline", [&](Fields stage) { profile.stages.push_back(ReadEntry(stage, "stage")); });
  fields.ForEach("steps", [&](Fields step) { profile.steps.push_back(ReadEntry(step, "name")); });
  profile.machine = ReadMachine(fields.Object("machine"));
  return profile;
}

// What decides the kind of a document.
Status CheckFormat(const Json& json, const char* key) {
  if (!json[key].is_number_integer()) return Corrupt("{} must be a whole number", key);
  if (json[key] != kFormat)
    return Incompatible("{} {} is not known to this sinew, which reads {}: use the version that wrote it", key,
                        json[key].dump(), kFormat);
  return Status();
}

Status ReadDocument(const Json& json, Documents* documents) {
  Status status;
  if (json.is_object() && json.contains("bench_format")) {
    SINEW_RETURN_IF_ERROR(CheckFormat(json, "bench_format"));
    Bench bench = ReadBench(Fields(json, "", &status));
    if (status.ok() && bench.quantiles_ms.size() != kQuantiles)
      status = Corrupt("quantiles_ms must be {} numbers", kQuantiles);
    if (status.ok()) documents->benches.push_back(std::move(bench));
    return status;
  }
  if (json.is_object() && json.contains("eval_format")) {
    SINEW_RETURN_IF_ERROR(CheckFormat(json, "eval_format"));
    Evaluation evaluation = ReadEvaluation(Fields(json, "", &status));
    if (status.ok()) documents->evaluations.push_back(std::move(evaluation));
    return status;
  }
  if (json.is_object() && json.contains("profile_format")) {
    SINEW_RETURN_IF_ERROR(CheckFormat(json, "profile_format"));
    Profile profile = ReadProfile(Fields(json, "", &status));
    if (status.ok()) documents->profiles.push_back(std::move(profile));
    return status;
  }
  return Corrupt("is no result of `sinew bench`, `sinew eval` or `sinew profile` with --json");
}

Result<std::vector<std::filesystem::path>> ListFiles(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::filesystem::path>{path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  if (error) return IoError("{}: {}", path, error.message());
  if (files.empty()) return InvalidArgument("{}: has no .json file", path);
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Status ParseDocuments(std::string_view text, std::string_view name, Documents* documents) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Corrupt("{}: is no JSON", name);
  if (!json.is_array()) {
    const Status status = ReadDocument(json, documents);
    return status.ok() ? status : Prefixed(name, status);
  }
  for (size_t i = 0; i < json.size(); ++i) {
    const Status status = ReadDocument(json[i], documents);
    if (!status.ok()) return Prefixed(fmt::format("{}: document {}", name, i), status);
  }
  return Status();
}

Result<Documents> ReadDocuments(const std::vector<std::string>& paths) {
  Documents documents;
  for (const std::string& path : paths) {
    SINEW_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, ListFiles(path));
    for (const std::filesystem::path& file : files) {
      SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxBytes));
      SINEW_RETURN_IF_ERROR(ParseDocuments(text, file.string(), &documents));
    }
  }
  return documents;
}

}  // namespace sinew::price
