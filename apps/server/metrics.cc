// Families of figures, written by prometheus-cpp.
#include "metrics.h"

#include <dirent.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

namespace sinew::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  void Add(const char* name, const char* help, MetricType type, Labels labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    Family(name, help, type).metric.push_back(std::move(metric));
  }
  void Add(const char* name, const char* help, Labels labels, const serving::Histogram& histogram) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_count = histogram.count;
    metric.histogram.sample_sum = histogram.sum;
    uint64_t below = 0;
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
      below += histogram.counts[i];
      const double bound = i < histogram.bounds.size() ? histogram.bounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({below, bound});
    }
    Family(name, help, MetricType::Histogram).metric.push_back(std::move(metric));
  }
  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  MetricFamily& Family(const char* name, const char* help, MetricType type) {
    for (MetricFamily& family : families_) {
      if (family.name == name) return family;
    }
    MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    families_.push_back(std::move(family));
    return families_.back();
  }
  std::vector<MetricFamily> families_;
};

void AddModel(const std::string& name, const std::string& version, const serving::ModelFigures& figures,
              Families* out) {
  constexpr MetricType kCounter = MetricType::Counter;
  const Labels labels = {{"model", name}, {"version", version}};
  const auto count = [&](const char* metric, const char* help, double value) {
    out->Add(metric, help, kCounter, labels, value);
  };
  const auto microseconds = [&](const char* metric, const char* help, double seconds) {
    count(metric, help, seconds * 1e6);
  };
  count("nv_inference_request_success", "Requests that succeeded", static_cast<double>(figures.succeeded));
  for (const auto& [reason, failures] : figures.failures) {
    Labels with_reason = labels;
    with_reason.push_back({"reason", reason});
    out->Add("nv_inference_request_failure", "Requests that failed, by reason", kCounter, with_reason,
             static_cast<double>(failures));
  }
  count("nv_inference_count", "Pictures of requests that succeeded", static_cast<double>(figures.pictures));
  count("nv_inference_exec_count", "Runs of the network", static_cast<double>(figures.pictures));
  microseconds("nv_inference_request_duration_us", "Time of requests that succeeded", figures.succeeded_seconds);
  microseconds("nv_inference_queue_duration_us", "Time that they waited", figures.stages.queue);
  microseconds("nv_inference_compute_input_duration_us", "Reading and resizing pictures",
               figures.stages.read + figures.stages.resize);
  microseconds("nv_inference_compute_infer_duration_us", "The network", figures.stages.network);
  microseconds("nv_inference_compute_output_duration_us", "Finding people on the maps, and drawing",
               figures.stages.decode + figures.stages.draw);
  for (size_t i = 0; i < serving::kStageNames.size(); ++i) {
    out->Add("sinew_stage_seconds", "Seconds of requests that succeeded, by stage",
             {{"model", name}, {"stage", std::string(serving::kStageNames[i])}}, figures.seconds[i]);
  }
  out->Add("sinew_people", "People found by a request", {{"model", name}}, figures.people);
  out->Add("sinew_batch_pictures", "Pictures in a request", {{"model", name}}, figures.batch);
}

int64_t CountEntries(const char* folder) {
  DIR* const entries = opendir(folder);
  if (entries == nullptr) return 0;
  int64_t count = 0;
  while (const dirent* entry = readdir(entries)) count += entry->d_name[0] != '.';
  closedir(entries);
  return count;
}

double ResidentBytes() {
  long total = 0, resident = 0;
  FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  std::fclose(file);
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void AddProcess(Families* out) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  out->Add("process_cpu_seconds_total", "Processor time", MetricType::Counter, {},
           seconds(usage.ru_utime) + seconds(usage.ru_stime));
  out->Add("process_resident_memory_bytes", "Memory", MetricType::Gauge, {}, ResidentBytes());
  // The folder that is being read is one of them.
  out->Add("process_open_fds", "File descriptors", MetricType::Gauge, {},
           static_cast<double>(CountEntries("/proc/self/fd") - 1));
  out->Add("process_threads", "Threads", MetricType::Gauge, {}, static_cast<double>(CountEntries("/proc/self/task")));
}

}  // namespace

std::string MetricsText(const serving::PoseService& service, const RequestCounts& counts) {
  Families families;
  const auto figures = service.statistics().Figures();
  double refused = 0;
  for (const auto& [name, model] : figures) {
    const auto found = model.failures.find("overloaded");
    if (found != model.failures.end()) refused += static_cast<double>(found->second);
  }
  for (const serving::ModelState& state : service.models().States()) {
    const auto found = figures.find(state.name);
    AddModel(state.name, std::to_string(state.version),
             found == figures.end() ? serving::ModelFigures() : found->second, &families);
    families.Add("sinew_model_ready", "Whether the model is loaded", MetricType::Gauge, {{"model", state.name}},
                 state.ready);
  }
  const serving::Scheduler& scheduler = service.scheduler();
  constexpr MetricType kGauge = MetricType::Gauge;
  families.Add("nv_inference_pending_request_count", "Requests that wait", kGauge, {},
               static_cast<double>(scheduler.waiting()));
  families.Add("sinew_queue_depth", "Requests that wait", kGauge, {}, static_cast<double>(scheduler.waiting()));
  families.Add("sinew_working", "Requests that are worked on", kGauge, {}, scheduler.working());
  families.Add("sinew_wide_turns_total", "Requests that had all processors", MetricType::Counter, {},
               static_cast<double>(scheduler.wide_turns()));
  families.Add("sinew_rejected_total", "Requests refused because the queue was full", MetricType::Counter, {}, refused);
  families.Add("sinew_sequences", "Sequences that are followed", kGauge, {},
               static_cast<double>(service.sequences().count()));
  families.Add("sinew_http_connections", "Open connections", kGauge, {},
               static_cast<double>(counts.connections.load()));
  families.Add("sinew_http_streams", "Open WebSockets", kGauge, {}, static_cast<double>(counts.streams.load()));
  for (const auto& [status, count] : counts.by_status())
    families.Add("sinew_http_requests_total", "Responses by status", MetricType::Counter,
                 {{"code", std::to_string(status)}}, static_cast<double>(count));
  for (const auto& [status, count] : counts.by_grpc_status())
    families.Add("sinew_grpc_requests_total", "Calls over gRPC by status", MetricType::Counter, {{"code", status}},
                 static_cast<double>(count));
  AddProcess(&families);
  return prometheus::TextSerializer().Serialize(families.Take());
}

}  // namespace sinew::server
