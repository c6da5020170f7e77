// Times of algorithms on this machine, measured on demand and kept in a file.
//
// The file is JSON and names the processor it was made on:
//   {"sinew_tuning": 1, "processor": "...", "version": "0.1.0", "seconds": {"avx512": {"PROBLEM ALGORITHM": 0.0058}}}
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <type_traits>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/separable/separable.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew::plan {

class Tuner {
 public:
  // Starts with what `path` holds; a file that is not there is an empty one, and so is one of another version of sinew,
  // whose kernels may be faster. kIncompatible where it was made on another processor, kCorrupt where it is no such
  // file.
  static Result<Tuner> Open(std::filesystem::path path, simd::Target target);

  template <class Problem>
  static constexpr bool Measures() {
    return std::is_same_v<Problem, cpu::ConvProblem> || std::is_same_v<Problem, cpu::SeparableProblem>;
  }
  // Seconds that one thread takes, with inputs in the caches and weights not. The target must be supported.
  double Seconds(const cpu::ConvProblem& problem, const cpu::ConvAlgorithm& algorithm);
  double Seconds(const cpu::SeparableProblem& problem, const cpu::SeparableAlgorithm& algorithm);

  int asked() const { return asked_; }        // times given by this object
  int measured() const { return measured_; }  // those that were not in the file
  Status Save() const;

 private:
  Tuner(std::filesystem::path path, simd::Target target) : path_(std::move(path)), target_(target) {}
  Status Read(const std::string& text);
  // The time in the file under `key`, or that of measure().
  template <class Measure>
  double Remembered(const std::string& key, const Measure& measure);

  std::filesystem::path path_;
  simd::Target target_;
  std::map<std::string, std::map<std::string, double>> seconds_;  // by target and key
  int asked_ = 0, measured_ = 0;
};

}  // namespace sinew::plan
