// JSON to documents.
#include "measure/documents/documents.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "measure/documents/fields.h"

namespace sinew::documents {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxBytes = uint64_t{256} << 20;
constexpr double kLongMs = 1e12;  // a day is 8.6e7
constexpr double kMuch = 1e12;    // of anything
constexpr double kManyBytes = 1e18;
constexpr size_t kQuantiles = 101;

Machine ReadMachine(Fields fields) {
  Machine machine;
  machine.processor = fields.Text("processor");
  machine.processors = fields.Count("processors", 1);
  machine.memory_bytes = fields.WholeOr("memory_bytes", 0, kManyBytes);
  machine.megahertz = fields.NumberOr("megahertz", 0, 0, kMuch);
  machine.used_by_others = fields.NumberOr("used_by_others", 0, 0, 1);
  if (fields.Has("instance")) {
    Fields instance = fields.Object("instance");
    machine.instance = {instance.Text("provider"), instance.Text("type"), instance.TextOr("region", "")};
  }
  machine.gpu = fields.TextOr("gpu", "");
  return machine;
}

Bench ReadBench(Fields fields) {
  Bench bench;
  bench.model = fields.Text("model");
  bench.model_xxh3 = fields.Text("model_xxh3");
  bench.target = fields.Text("target");
  bench.resolution = fields.Text("resolution");
  bench.workload = fields.Text("workload");
  bench.picture = fields.TextOr("picture", "");
  bench.measured_at = fields.TextOr("measured_at", "");
  bench.version = fields.TextOr("version", "");
  bench.rate = fields.OptionalNumber("rate", 0, kMuch);
  bench.threads = fields.Count("threads", 1);
  bench.replicas = fields.Count("replicas", 1);
  bench.batch = fields.Count("batch", 1);
  bench.repeats = fields.Count("repeats", 1);
  bench.smoothing_taps = fields.OptionalCount("smoothing_taps");
  bench.resize_out_ratio = fields.OptionalNumber("resize_out_ratio", 0, kMuch);
  bench.load_ms = fields.NumberOr("load_ms", 0, 0, kLongMs);
  bench.create_ms = fields.NumberOr("create_ms", 0, 0, kLongMs);
  bench.min_ms = fields.NumberOr("min_ms", 0, 0, kLongMs);
  bench.p50_ms = fields.Number("p50_ms", 0, kLongMs);
  bench.p90_ms = fields.Number("p90_ms", 0, kLongMs);
  bench.p95_ms = fields.NumberOr("p95_ms", 0, 0, kLongMs);
  bench.p99_ms = fields.Number("p99_ms", 0, kLongMs);
  bench.max_ms = fields.NumberOr("max_ms", 0, 0, kLongMs);
  bench.mean_ms = fields.NumberOr("mean_ms", 0, 0, kLongMs);
  bench.mad_ms = fields.NumberOr("mad_ms", 0, 0, kLongMs);
  bench.quantiles_ms = fields.Numbers("quantiles_ms", 0, kLongMs);
  bench.pictures_per_second = fields.Number("pictures_per_second", 1e-9, kMuch);
  if (fields.Has("stages_ms")) {
    Fields stages = fields.Object("stages_ms");
    bench.stages = {stages.Number("read", 0, kLongMs), stages.Number("resize", 0, kLongMs),
                    stages.Number("network", 0, kLongMs), stages.Number("decode", 0, kLongMs)};
  }
  bench.direct_gflops = fields.NumberOr("direct_gflops", 0, 0, kMuch);
  bench.fma_peak_gflops = fields.NumberOr("fma_peak_gflops", 0, 0, kMuch);
  bench.share_of_peak = fields.NumberOr("share_of_peak", 0, 0, kMuch);
  bench.overloaded = fields.FlagOr("overloaded", false);
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
  configuration.target = fields.TextOr("target", "");
  configuration.resolution = fields.Text("resolution");
  configuration.resize_mode = fields.Text("resize_mode");
  configuration.smoothing_taps = fields.Count("smoothing_taps");
  configuration.resize_out_ratio = fields.Number("resize_out_ratio", 0, kMuch);
  return configuration;
}

evaluate::Percentiles ReadPercentiles(Fields fields) {
  return {fields.NumberOr("p50", 0, 0, kMuch), fields.NumberOr("p90", 0, 0, kMuch), fields.NumberOr("p95", 0, 0, kMuch),
          fields.NumberOr("p99", 0, 0, kMuch), fields.NumberOr("max", 0, 0, kMuch)};
}

evaluate::Agreement ReadAgreement(Fields fields, int64_t pictures) {
  const auto count = [&](const char* key) { return static_cast<int64_t>(fields.WholeOr(key, 0, kMuch)); };
  evaluate::Agreement agreement;
  agreement.pictures = pictures;
  agreement.expected = count("expected");
  agreement.found = count("found");
  agreement.matched = count("matched");
  agreement.precision = fields.NumberOr("precision", 0, 0, 1);
  agreement.recall = fields.NumberOr("recall", 0, 0, 1);
  agreement.f1 = fields.Number("f1", 0, 1);
  agreement.mean_oks = fields.Number("mean_oks", 0, 1);
  agreement.common_keypoints = count("common_keypoints");
  agreement.missing_keypoints = count("missing_keypoints");
  agreement.surplus_keypoints = count("surplus_keypoints");
  agreement.pixels = ReadPercentiles(fields.Object("pixels"));
  agreement.relative = ReadPercentiles(fields.Object("relative"));
  return agreement;
}

evaluate::CocoFigures ReadCoco(Fields fields) {
  const auto figure = [&](const char* key) { return fields.OptionalNumber(key, 0, 1).value_or(-1); };
  return {figure("ap"), figure("ap50"), figure("ap75"), figure("ap_medium"), figure("ap_large"),
          figure("ar"), figure("ar50"), figure("ar75"), figure("ar_medium"), figure("ar_large")};
}

Evaluation ReadEvaluation(Fields fields) {
  Evaluation evaluation;
  evaluation.version = fields.TextOr("version", "");
  evaluation.configuration = ReadConfiguration(fields.Object("configuration"));
  if (fields.Has("reference")) evaluation.reference = ReadConfiguration(fields.Object("reference"));
  evaluation.pictures = fields.Count("pictures");
  evaluation.failed = static_cast<int64_t>(fields.WholeOr("failed", 0, kMuch));
  if (fields.Has("agreement")) evaluation.agreement = ReadAgreement(fields.Object("agreement"), evaluation.pictures);
  evaluation.people = static_cast<int64_t>(fields.WholeOr("people", 0, kMuch));
  if (fields.Has("coco")) evaluation.coco = ReadCoco(fields.Object("coco"));
  return evaluation;
}

ProfileEntry ReadEntry(Fields fields, const char* name) {
  ProfileEntry entry;
  entry.name = fields.Text(name);
  entry.kind = fields.TextOr("kind", "");
  entry.algorithm = fields.TextOr("algorithm", "");
  entry.mean_ms = fields.Number("mean_ms", -kLongMs, kLongMs);
  entry.share = fields.Number("share", -kMuch, kMuch);
  entry.p50_ms = fields.NumberOr("p50_ms", 0, -kLongMs, kLongMs);
  entry.mad_ms = fields.NumberOr("mad_ms", 0, 0, kLongMs);
  entry.calls = static_cast<int64_t>(fields.WholeOr("calls", 0, kMuch));
  entry.idle_share = fields.NumberOr("idle_share", 0, -kMuch, kMuch);
  entry.direct_multiply_adds = fields.NumberOr("direct_multiply_adds", 0, 0, kManyBytes);
  entry.actual_multiply_adds = fields.NumberOr("actual_multiply_adds", 0, 0, kManyBytes);
  entry.bytes = fields.WholeOr("bytes", 0, kManyBytes);
  entry.output_bytes = fields.WholeOr("output_bytes", 0, kManyBytes);
  entry.input_type = fields.TextOr("input_type", "");
  entry.output_type = fields.TextOr("output_type", "");
  entry.weight_bytes = fields.WholeOr("weight_bytes", 0, kManyBytes);
  entry.parameters = fields.WholeOr("parameters", 0, kManyBytes);
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
  profile.version = fields.TextOr("version", "");
  profile.model_xxh3 = fields.TextOr("model_xxh3", "");
  profile.repeats = static_cast<int>(fields.WholeOr("repeats", 0, 1e9));
  profile.wall_ms_p50 = fields.NumberOr("wall_ms_p50", 0, 0, kLongMs);
  profile.wall_ms_mean = fields.Number("wall_ms_mean", 0, kLongMs);
  profile.plain_ms_p50 = fields.NumberOr("plain_ms_p50", 0, 0, kLongMs);
  profile.overhead = fields.NumberOr("overhead", 0, -kMuch, kMuch);
  profile.arena_bytes = fields.WholeOr("arena_bytes", 0, kManyBytes);
  profile.weight_bytes = fields.WholeOr("weight_bytes", 0, kManyBytes);
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
  return Corrupt("is not a result of `sinew bench`, `sinew eval` or `sinew profile` with --json");
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
  if (json.is_discarded()) return Corrupt("{}: is not JSON", name);
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

}  // namespace sinew::documents
