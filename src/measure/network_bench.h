// Closed-loop benchmark of a network alone: each replica starts a call when its last one has ended.
#pragma once

#include <vector>

#include "sinew/model.h"

namespace sinew::measure {

struct NetworkBenchOptions {
  Resolution resolution;  // of the model; 0x0: its first
  int threads = 0;        // of each replica; 0: one a processor
  int replicas = 1;       // sessions that run side by side and share the weights
  int batch = 1;          // pictures a call
  int warmup = 2;         // calls of each replica that are not measured
  int repeats = 20;       // calls of each replica that are
  double seconds = 0;     // if positive: measure for that long instead
};

struct NetworkBenchResult {
  int threads = 0;                    // of each replica
  Resolution resolution;
  std::vector<double> call_seconds;   // of all replicas
  double wall_seconds = 0;            // from the first measured call's start to the last one's end
  int64_t pictures = 0;               // measured
};

// Random pictures in, results dropped. kInvalidArgument for options out of range; else the errors of Session::Create.
Result<NetworkBenchResult> BenchNetwork(const Model& model, const NetworkBenchOptions& options);

}  // namespace sinew::measure
