// What was served: counts, seconds by stage and their distribution, for reports in any form.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serving/error.h"

namespace sinew::serving {

// Seconds of one request, by stage.
struct StageSeconds {
  double queue = 0, read = 0, resize = 0, network = 0, decode = 0, draw = 0;
  double compute() const { return read + resize + network + decode + draw; }
};

// Counts of values up to each bound, and of all beyond the last.
struct Histogram {
  std::vector<double> bounds;
  std::vector<uint64_t> counts;  // one more than bounds
  double sum = 0;
  uint64_t count = 0;

  explicit Histogram(std::vector<double> upper = {}) : bounds(std::move(upper)), counts(bounds.size() + 1) {}
  void Add(double value);
};

struct ModelFigures {
  uint64_t succeeded = 0, failed = 0;
  uint64_t pictures = 0;  // of requests that succeeded
  double succeeded_seconds = 0, failed_seconds = 0;
  StageSeconds stages;                       // sums
  int64_t last_milliseconds = 0;             // since 1970, of the last request; 0: none
  std::map<std::string, uint64_t> failures;  // by kind: "overloaded", ...
  std::array<Histogram, 7> seconds;          // by kStageNames
  Histogram people, batch;
  ModelFigures();
};

// What `seconds` holds: all of a request, then its stages.
inline constexpr std::array<std::string_view, 7> kStageNames = {"all",     "queue",  "read", "resize",
                                                                "network", "decode", "draw"};

std::string_view ErrorKindName(ErrorKind kind);  // "overloaded"

// Thread-safe.
class Statistics {
 public:
  void AddSuccess(const std::string& model, const StageSeconds& stages, size_t pictures, size_t people);
  void AddFailure(const std::string& model, ErrorKind kind, double seconds);
  // Of the models that were asked for, by name.
  std::map<std::string, ModelFigures> Figures() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ModelFigures> figures_;
};

}  // namespace sinew::serving
