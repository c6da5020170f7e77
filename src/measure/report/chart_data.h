// What the charts of a report are drawn from.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "measure/report/report.h"

namespace sinew::report {

// "machines": a bar for each row of costs; "latency": quantiles of each benchmark; "threads", "cores" and "batches":
// throughput by their number, for those that differ in nothing else; "profiles": stages and steps.
nlohmann::ordered_json ChartData(const Report& report);

}  // namespace sinew::report
