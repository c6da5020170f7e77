// Sums and histograms under one lock: a request takes it once.
#include "serving/statistics.h"

#include <algorithm>
#include <chrono>

namespace sinew::serving {
namespace {

// From what a tiny network takes to what nobody waits for, by steps of 2 to 2.5.
const std::vector<double> kSecondsBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const std::vector<double> kPeopleBounds = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55};
const std::vector<double> kBatchBounds = {1, 2, 4, 8, 16, 32, 64};

int64_t MillisecondsNow() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void Histogram::Add(double value) {
  const size_t bucket = static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
  ++counts[bucket];
  sum += value;
  ++count;
}

ModelFigures::ModelFigures() : people(kPeopleBounds), batch(kBatchBounds) { seconds.fill(Histogram(kSecondsBounds)); }

std::string_view ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBadInput:
      return "bad_input";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kTooLarge:
      return "too_large";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kOverloaded:
      return "overloaded";
    case ErrorKind::kLate:
      return "late";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kStopping:
      return "stopping";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

void Statistics::AddSuccess(const std::string& model, const StageSeconds& stages, size_t pictures, size_t people) {
  const std::lock_guard lock(mutex_);
  ModelFigures& figures = figures_[model];
  ++figures.succeeded;
  figures.pictures += pictures;
  const double all = stages.queue + stages.compute();
  figures.succeeded_seconds += all;
  const std::array<double, 7> values = {all,           stages.queue, stages.read, stages.resize, stages.network,
                                        stages.decode, stages.draw};
  for (size_t i = 0; i < values.size(); ++i) figures.seconds[i].Add(values[i]);
  figures.stages.queue += stages.queue;
  figures.stages.read += stages.read;
  figures.stages.resize += stages.resize;
  figures.stages.network += stages.network;
  figures.stages.decode += stages.decode;
  figures.stages.draw += stages.draw;
  figures.people.Add(static_cast<double>(people));
  figures.batch.Add(static_cast<double>(pictures));
  figures.last_milliseconds = MillisecondsNow();
}

void Statistics::AddFailure(const std::string& model, ErrorKind kind, double seconds) {
  const std::lock_guard lock(mutex_);
  ModelFigures& figures = figures_[model];
  ++figures.failed;
  figures.failed_seconds += seconds;
  ++figures.failures[std::string(ErrorKindName(kind))];
  figures.last_milliseconds = MillisecondsNow();
}

std::map<std::string, ModelFigures> Statistics::Figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace sinew::serving
