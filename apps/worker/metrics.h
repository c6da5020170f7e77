// A worker's counts for Prometheus: a file in its text format, as the node exporter collects them.
#pragma once

#include <filesystem>

#include "sinew/status.h"
#include "worker.h"

namespace sinew::worker {

std::string MetricsText(const WorkerCounts& counts, const std::string& stream);

}  // namespace sinew::worker
