// Which algorithm solves which convolution fastest, as measured on a card, and the file that remembers it.
//
// The file is text, a measurement a line: card, cuDNN's version, problem, how many of it run at once, algorithm,
// microseconds. Lines of other cards and versions are kept; a line that does not read so makes the file an error.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "backends/cuda/device.h"

namespace sinew::cuda {

struct Choice {
  std::string algorithm;
  double microseconds = 0;  // for one of `alike` problems: what all of them took at once, divided by their number
  bool operator==(const Choice&) const = default;
};

class TuningTable {
 public:
  static Result<TuningTable> Parse(std::string_view text, std::string_view name);
  std::string Print() const;

  // "NVIDIA_H200|91900|fp16/...|x2"
  static std::string Key(const DeviceInfo& device, const ConvProblem& problem, int alike);
  const Choice* Find(const std::string& key) const;
  void Set(const std::string& key, Choice choice) { choices_[key] = std::move(choice); }
  size_t size() const { return choices_.size(); }

 private:
  std::map<std::string, Choice> choices_;
};

struct TuningTask {
  ConvProblem problem;
  int alike = 1;
};

struct TunerOptions {
  bool measure = true;  // otherwise what is unknown gets the first candidate that can be made
  int threads = 0;      // that make algorithms at once; 0: as many as processors
  // Candidates that are measured for one problem, from the front of the device's list.
  int max_candidates = 32;
  std::string without;  // leaves out algorithms whose names begin so, unless it is empty
};

// Chooses algorithms for a device. Thread-safe; measurements are made one at a time.
class Tuner {
 public:
  // `file`: read if it exists; written by Save. Empty: none.
  static Result<std::unique_ptr<Tuner>> Open(std::shared_ptr<Device> device, std::filesystem::path file,
                                             const TunerOptions& options = {});

  // An algorithm for each task, in order. Algorithms of equal problems are shared.
  struct Chosen {
    Choice choice;
    std::shared_ptr<const ConvAlgorithm> algorithm;
  };
  Result<std::vector<Chosen>> Choose(std::span<const TuningTask> tasks);
  Status Save() const;
  size_t measured() const { return measured_; }
  // Everything that was measured since Open: key, algorithm, microseconds.
  struct Measurement {
    std::string key, algorithm;
    double microseconds;
  };
  const std::vector<Measurement>& measurements() const { return measurements_; }

 private:
  Tuner(std::shared_ptr<Device> device, std::filesystem::path file, const TunerOptions& options)
      : device_(std::move(device)), file_(std::move(file)), options_(options) {}
  using Made = std::vector<std::pair<std::string, std::shared_ptr<const ConvAlgorithm>>>;
  Result<std::vector<std::string>> NamesFor(const ConvProblem& problem) const;
  Result<Chosen> ChooseOne(const TuningTask& task, const Made& made);

  std::shared_ptr<Device> device_;
  std::filesystem::path file_;
  TunerOptions options_;
  mutable std::mutex mutex_;
  TuningTable table_;
  std::map<std::string, Chosen> chosen_;  // by key
  std::vector<Measurement> measurements_;
  size_t measured_ = 0;
};

}  // namespace sinew::cuda
