// The documents that sinew's measuring commands write with --json: benchmarks, evaluations and profiles, read back.
//
// A file holds one document or an array of them. Files come from other machines and from anybody: every field is
// checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::price {

struct Instance {
  std::string provider, type, region;
};

struct Machine {
  std::string processor;
  int processors = 0;
  double used_by_others = 0;
  std::optional<Instance> instance;
};

// Of `sinew bench --json`.
struct Bench {
  std::string model, model_xxh3, target, resolution;
  std::string workload;  // "network" or "end-to-end"
  std::string measured_at, version;
  std::optional<double> rate;  // of an open loop, calls a second
  int threads = 0, replicas = 0, batch = 0, repeats = 0;
  std::optional<int> smoothing_taps;  // end to end
  std::optional<double> resize_out_ratio;
  double p50_ms = 0, p90_ms = 0, p99_ms = 0;  // of a call
  std::vector<double> quantiles_ms;           // 101, from 0 to 100 %
  double pictures_per_second = 0;
  double peak_rss_mb = 0;
  Machine machine;

  double seconds_per_image() const { return 1 / pictures_per_second; }
};

// The model and its options, as an evaluation names them. A file of results has but that name.
struct EvaluatedConfiguration {
  std::string results;
  std::string model, model_xxh3, resolution, resize_mode;
  int smoothing_taps = 0;
  double resize_out_ratio = 0;
};

// Of `sinew eval --json`.
struct Evaluation {
  EvaluatedConfiguration configuration;
  std::optional<EvaluatedConfiguration> reference;
  int pictures = 0;
  std::optional<double> f1, mean_oks;  // agreement with the reference
  std::optional<double> ap;            // by annotations
};

struct ProfileEntry {
  std::string name, algorithm;  // without an algorithm: a stage of a call
  double mean_ms = 0, share = 0;
  double direct_gflops = 0, actual_gflops = 0;
};

// Of `sinew profile --json`.
struct Profile {
  std::string model, resolution, target, workload;
  int threads = 0;
  double wall_ms = 0;  // mean of a call
  std::vector<ProfileEntry> stages, steps;
  Machine machine;
};

struct Documents {
  std::vector<Bench> benches;
  std::vector<Evaluation> evaluations;
  std::vector<Profile> profiles;
};

// Adds what `text` holds. `name` stands in messages. kCorrupt for what is no such document, kIncompatible for a later
// format.
Status ParseDocuments(std::string_view text, std::string_view name, Documents* documents);

// Files, and of folders all files whose names end in .json, in the order of their names. kInvalidArgument where a
// folder has none.
Result<Documents> ReadDocuments(const std::vector<std::string>& paths);

}  // namespace sinew::price
