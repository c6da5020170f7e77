// Offering calls to a system, and measuring how long each took.
//
// Closed loop: every replica starts a call when its last one has ended; what is measured is the system at its capacity.
// Open loop: calls arrive when they do, whether the system is ready or not, as those of independent users: at
// exponentially distributed intervals (a Poisson process). A call's latency counts from its arrival, the time in the
// queue included, so that a slow call is not hidden by the calls that it kept from starting ("coordinated omission").
//   Source: Schroeder, Wierman & Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006; Tene, "How NOT to
//   Measure Latency", 2013
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sinew/status.h"

namespace sinew::measure {

struct LoadOptions {
  int warmup = 2;      // calls of each replica that are not measured
  int repeats = 20;    // measured calls: of each replica with a closed loop, in all with an open one
  double seconds = 0;  // if positive: measure for that long instead
  double rate = 0;     // if positive: an open loop of this many calls a second
  uint64_t seed = 1;   // of the arrivals
};

struct LoadResult {
  std::vector<double> latency_seconds;  // in no particular order
  double wall_seconds = 0;              // from the start to the end of the last call
  double offered_seconds = 0;           // open loop: when the last call arrived
};

// kInvalidArgument for what is out of range.
Status CheckLoadOptions(const LoadOptions& options);

// Seconds from the start, increasing: `count` of them if `seconds` is 0, else as many as arrive by then, at least one.
std::vector<double> PoissonArrivals(double rate, int count, double seconds, uint64_t seed);

// Each function is a replica: called by one thread at a time, different ones side by side. All are warm before the
// first measured call begins. Arrived calls are served in order, by whichever replica is free.
// kUnavailable where the system does not allow a thread for each replica; what a function throws, as a Status.
Result<LoadResult> OfferLoad(std::span<const std::function<void()>> replicas, const LoadOptions& options);

}  // namespace sinew::measure
