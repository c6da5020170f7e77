// https://prometheus.io/docs/instrumenting/exposition_formats
#include "metrics.h"

#include <fmt/format.h>

namespace sinew::worker {

std::string MetricsText(const WorkerCounts& counts, const std::string& stream) {
  std::string text;
  const auto add = [&](const char* name, const char* type, const char* help, int64_t value) {
    text += fmt::format("# HELP sinew_worker_{} {}\n# TYPE sinew_worker_{} {}\nsinew_worker_{}{{stream=\"{}\"}} {}\n",
                        name, help, name, type, name, stream, value);
  };
  add("tasks_done_total", "counter", "Tasks whose result is stored and that are acknowledged.", counts.done);
  add("records_total", "counter", "Pictures and frames that have a record.", counts.records);
  add("failed_records_total", "counter", "Of these, those that could not be read.", counts.failed);
  add("people_total", "counter", "People found.", counts.people);
  add("tasks_dead_total", "counter", "Tasks given up.", counts.dead);
  add("tasks_given_back_total", "counter", "Tasks of other options or networks, left to other workers.",
      counts.given_back);
  add("tasks_working", "gauge", "Tasks being worked on.", counts.working);
  return text;
}

}  // namespace sinew::worker
