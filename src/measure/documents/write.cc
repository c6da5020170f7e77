// Documents to JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "measure/documents/documents.h"

namespace sinew::documents {
namespace {

using OrderedJson = nlohmann::ordered_json;

template <class T>
OrderedJson OrNull(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

OrderedJson MachineJson(const Machine& machine) {
  OrderedJson json = {{"processor", machine.processor},           {"processors", machine.processors},
                      {"memory_bytes", machine.memory_bytes},     {"megahertz", machine.megahertz},
                      {"used_by_others", machine.used_by_others}, {"instance", nullptr}};
  if (const auto& instance = machine.instance)
    json["instance"] = {{"provider", instance->provider}, {"type", instance->type}, {"region", instance->region}};
  if (!machine.gpu.empty()) json["gpu"] = machine.gpu;
  return json;
}

OrderedJson ConfigurationJson(const EvaluatedConfiguration& configuration) {
  if (!configuration.results.empty()) return {{"results", configuration.results}};
  return {{"model", configuration.model},
          {"model_xxh3", configuration.model_xxh3},
          {"target", configuration.target},
          {"resolution", configuration.resolution},
          {"smoothing_taps", configuration.smoothing_taps},
          {"resize_out_ratio", configuration.resize_out_ratio},
          {"resize_mode", configuration.resize_mode}};
}

OrderedJson PercentilesJson(const evaluate::Percentiles& values) {
  return {{"p50", values.p50}, {"p90", values.p90}, {"p95", values.p95}, {"p99", values.p99}, {"max", values.most}};
}

OrderedJson AgreementJson(const evaluate::Agreement& a) {
  return {{"expected", a.expected},
          {"found", a.found},
          {"matched", a.matched},
          {"precision", a.precision},
          {"recall", a.recall},
          {"f1", a.f1},
          {"mean_oks", a.mean_oks},
          {"common_keypoints", a.common_keypoints},
          {"missing_keypoints", a.missing_keypoints},
          {"surplus_keypoints", a.surplus_keypoints},
          {"pixels", PercentilesJson(a.pixels)},
          {"relative", PercentilesJson(a.relative)}};
}

// Null where nobody counts.
OrderedJson CocoJson(const evaluate::CocoFigures& f) {
  const auto figure = [](double value) { return value < 0 ? OrderedJson() : OrderedJson(value); };
  return {{"ap", figure(f.ap)},
          {"ap50", figure(f.ap50)},
          {"ap75", figure(f.ap75)},
          {"ap_medium", figure(f.ap_medium)},
          {"ap_large", figure(f.ap_large)},
          {"ar", figure(f.ar)},
          {"ar50", figure(f.ar50)},
          {"ar75", figure(f.ar75)},
          {"ar_medium", figure(f.ar_medium)},
          {"ar_large", figure(f.ar_large)}};
}

void AddTimes(const ProfileEntry& entry, OrderedJson* json) {
  json->update(OrderedJson{
      {"p50_ms", entry.p50_ms}, {"mad_ms", entry.mad_ms}, {"mean_ms", entry.mean_ms}, {"share", entry.share}});
}

OrderedJson StageJson(const ProfileEntry& stage) {
  OrderedJson json = {{"stage", stage.name}, {"ms", stage.mean_ms}};
  AddTimes(stage, &json);
  return json;
}

OrderedJson StepJson(const ProfileEntry& step) {
  OrderedJson json = {{"name", step.name}, {"kind", step.kind}, {"algorithm", step.algorithm}, {"calls", step.calls}};
  AddTimes(step, &json);
  json.update(OrderedJson{{"idle_share", step.idle_share},
                          {"direct_gflops", step.direct_gflops},
                          {"actual_gflops", step.actual_gflops},
                          {"direct_multiply_adds", step.direct_multiply_adds},
                          {"actual_multiply_adds", step.actual_multiply_adds},
                          {"bytes", step.bytes},
                          {"output_bytes", step.output_bytes},
                          {"input_type", step.input_type},
                          {"output_type", step.output_type},
                          {"weight_bytes", step.weight_bytes},
                          {"parameters", step.parameters}});
  return json;
}

}  // namespace

OrderedJson ToJson(const Bench& bench) {
  OrderedJson json = {{"bench_format", kFormat},
                      {"version", bench.version},
                      {"measured_at", bench.measured_at},
                      {"model", bench.model},
                      {"model_xxh3", bench.model_xxh3},
                      {"target", bench.target},
                      {"resolution", bench.resolution},
                      {"workload", bench.workload},
                      {"picture", bench.picture},
                      {"loop", bench.rate ? "open" : "closed"},
                      {"rate", OrNull(bench.rate)},
                      {"threads", bench.threads},
                      {"replicas", bench.replicas},
                      {"batch", bench.batch},
                      {"smoothing_taps", OrNull(bench.smoothing_taps)},
                      {"resize_out_ratio", OrNull(bench.resize_out_ratio)},
                      {"load_ms", bench.load_ms},
                      {"create_ms", bench.create_ms},
                      {"repeats", bench.repeats},
                      {"min_ms", bench.min_ms},
                      {"p50_ms", bench.p50_ms},
                      {"p90_ms", bench.p90_ms},
                      {"p95_ms", bench.p95_ms},
                      {"p99_ms", bench.p99_ms},
                      {"max_ms", bench.max_ms},
                      {"mean_ms", bench.mean_ms},
                      {"mad_ms", bench.mad_ms},
                      {"quantiles_ms", bench.quantiles_ms},
                      {"pictures_per_second", bench.pictures_per_second},
                      {"seconds_per_image", bench.seconds_per_image()},
                      {"stages_ms", nullptr},
                      {"direct_gflops", bench.direct_gflops},
                      {"fma_peak_gflops", bench.fma_peak_gflops},
                      {"share_of_peak", bench.share_of_peak},
                      {"peak_rss_mb", bench.peak_rss_mb},
                      {"overloaded", bench.overloaded},
                      {"machine", MachineJson(bench.machine)}};
  if (const auto& stages = bench.stages) {
    json["stages_ms"] = {
        {"read", stages->read}, {"resize", stages->resize}, {"network", stages->network}, {"decode", stages->decode}};
  }
  return json;
}

OrderedJson ToJson(const Evaluation& evaluation) {
  OrderedJson json = {{"eval_format", kFormat},
                      {"version", evaluation.version},
                      {"kind", evaluation.coco ? "coco" : "agreement"},
                      {"configuration", ConfigurationJson(evaluation.configuration)},
                      {"reference", nullptr},
                      {"pictures", evaluation.pictures},
                      {"failed", evaluation.failed}};
  if (evaluation.reference) json["reference"] = ConfigurationJson(*evaluation.reference);
  if (evaluation.agreement) json["agreement"] = AgreementJson(*evaluation.agreement);
  if (evaluation.coco) {
    json["people"] = evaluation.people;
    json["coco"] = CocoJson(*evaluation.coco);
  }
  return json;
}

OrderedJson ToJson(const Profile& profile) {
  OrderedJson steps = OrderedJson::array(), stages = OrderedJson::array();
  for (const ProfileEntry& step : profile.steps) steps.push_back(StepJson(step));
  for (const ProfileEntry& stage : profile.stages) stages.push_back(StageJson(stage));
  return {{"profile_format", kFormat},
          {"version", profile.version},
          {"model", profile.model},
          {"model_xxh3", profile.model_xxh3},
          {"target", profile.target},
          {"resolution", profile.resolution},
          {"threads", profile.threads},
          {"repeats", profile.repeats},
          {"machine", MachineJson(profile.machine)},
          {"wall_ms_p50", profile.wall_ms_p50},
          {"wall_ms_mean", profile.wall_ms_mean},
          {"plain_ms_p50", profile.plain_ms_p50},
          {"overhead", profile.overhead},
          {"arena_bytes", profile.arena_bytes},
          {"weight_bytes", profile.weight_bytes},
          {"workload", profile.workload},
          {"steps", steps},
          {"pipeline", stages}};
}

std::string DescribeDisturbance(const Machine& machine) {
  if (machine.used_by_others <= kDisturbedShare) return "";
  return fmt::format("others used {:.0f} % of the machine meanwhile", 100 * machine.used_by_others);
}

std::string Bench::Disturbance() const {
  if (overloaded) return "more calls arrived than could be served";
  return DescribeDisturbance(machine);
}

}  // namespace sinew::documents
