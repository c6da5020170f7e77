// Times of algorithms on this machine, measured on demand and kept in a file.
//
// The file is JSON and names the processor it was made on:
//   {"sinew_tuning": 1, "processor": "...", "version": "0.1.0", "seconds": {"avx512": {"PROBLEM ALGORITHM": 0.0058}}}
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "program/program_generated.h"
#include "simd/target.h"
#include "sinew/status.h"

namespace sinew::plan {

class Tuner {
 public:
  // Starts with what `path` holds; a file that is not there is an empty one, and so is one of another version of sinew,
  // whose kernels may be faster. kIncompatible where it was made on another processor, kCorrupt where it is not such
  // file.
  static Result<Tuner> Open(std::filesystem::path path, simd::Target target);

  // Whether the algorithms of such a step are measured: those of convolutions and separable convolutions.
  static bool Measures(const program::StepT& step);
  // Seconds that one thread takes for such a step with one of the CPU backend's algorithms for it, with inputs in the
  // caches and weights not. The target must be supported.
  double Seconds(const program::StepT& step, std::string_view algorithm);

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
