// The JSON that sinew's measuring commands write with --json and that `sinew cost` and `sinew report` read: benchmarks,
// evaluations and profiles. This folder is the only owner of the format: types here, write.cc, read.cc, and a test that
// what is written is read back the same.
//
// A file holds one document or an array of them. Files come from other machines and from anybody: every field is
// checked when it is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/agreement.h"
#include "evaluate/coco_eval.h"
#include "sinew/status.h"

namespace sinew::documents {

// Of each kind. A document with another one is refused.
inline constexpr int kFormat = 1;

// Share of the machine that others used above which times are not the machine's own.
inline constexpr double kDisturbedShare = 0.05;

struct Instance {
  std::string provider, type, region;
  bool operator==(const Instance&) const = default;
};

struct Machine {
  std::string processor;
  int processors = 0;  // that the process could use
  uint64_t memory_bytes = 0;
  double megahertz = 0;       // 0 where the system does not say
  double used_by_others = 0;  // share of all processor time meanwhile, 0 to 1
  std::optional<Instance> instance;
  std::string gpu;  // that the network ran on: "NVIDIA H200"; empty: on the processor
  bool operator==(const Machine&) const = default;
};

// Medians of a call, in milliseconds.
struct BenchStages {
  double read = 0, resize = 0, network = 0, decode = 0;
  bool operator==(const BenchStages&) const = default;
};

// Of `sinew bench`.
struct Bench {
  std::string model, model_xxh3, resolution;
  std::string target;    // an instruction set: "avx512"; of a GPU what it computes in: "cuda-fp16"
  std::string workload;  // "network" or "end-to-end"
  std::string picture;   // its name; "3 pictures"; "synthetic"
  std::string measured_at, version;
  std::optional<double> rate;  // of an open loop, calls a second
  int threads = 0, replicas = 0, batch = 0, repeats = 0;
  std::optional<int> smoothing_taps;  // end to end
  std::optional<double> resize_out_ratio;
  double load_ms = 0, create_ms = 0;  // of the compiled model, and of the first replica
  double min_ms = 0, p50_ms = 0, p90_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0, mean_ms = 0, mad_ms = 0;  // of a call
  std::vector<double> quantiles_ms;  // 101, from 0 to 100 %
  double pictures_per_second = 0;
  std::optional<BenchStages> stages;  // end to end
  double direct_gflops = 0;           // of what a direct computation would do, all replicas together
  double fma_peak_gflops = 0;         // of one core
  double share_of_peak = 0;
  double peak_rss_mb = 0;
  bool overloaded = false;  // an open loop with more calls than could be served: latencies grow with the time measured
  Machine machine;

  bool operator==(const Bench&) const = default;
  double seconds_per_image() const { return 1 / pictures_per_second; }
  // Why the times are not those of the machine and the configuration; empty where they are.
  std::string Disturbance() const;
};

// The model and its options, as an evaluation names them. A file of results has but that name.
struct EvaluatedConfiguration {
  std::string results;
  std::string model, model_xxh3, target, resolution, resize_mode;
  int smoothing_taps = 0;
  double resize_out_ratio = 0;
  bool operator==(const EvaluatedConfiguration&) const = default;
};

// Of `sinew eval`: agreement with a reference, or figures by annotations.
struct Evaluation {
  std::string version;
  EvaluatedConfiguration configuration;
  std::optional<EvaluatedConfiguration> reference;
  int64_t pictures = 0, failed = 0;
  std::optional<evaluate::Agreement> agreement;
  int64_t people = 0;  // found, with annotations
  std::optional<evaluate::CocoFigures> coco;
};

struct ProfileEntry {
  std::string name, kind, algorithm;  // without a kind and an algorithm: a stage of a call
  double mean_ms = 0, share = 0;      // of the call's mean
  double p50_ms = 0, mad_ms = 0;
  // Of steps.
  int64_t calls = 0;
  double idle_share = 0, direct_gflops = 0, actual_gflops = 0, direct_multiply_adds = 0, actual_multiply_adds = 0;
  uint64_t bytes = 0, output_bytes = 0, weight_bytes = 0, parameters = 0;
  std::string input_type, output_type;  // that the tensors are stored as; empty in documents of older versions
  bool operator==(const ProfileEntry&) const = default;
};

// Of `sinew profile`.
struct Profile {
  std::string version, model, model_xxh3, resolution, target;
  std::string workload;  // "network" or "pipeline"
  int threads = 0, repeats = 0;
  double wall_ms_p50 = 0, wall_ms_mean = 0, plain_ms_p50 = 0;  // of a call; without profiling
  double overhead = 0;
  uint64_t arena_bytes = 0, weight_bytes = 0;
  std::vector<ProfileEntry> stages, steps;
  Machine machine;
  bool operator==(const Profile&) const = default;
};

nlohmann::ordered_json ToJson(const Bench& bench);
nlohmann::ordered_json ToJson(const Evaluation& evaluation);
nlohmann::ordered_json ToJson(const Profile& profile);

// "disturbed" in words for people: "others used 12 % of the machine". Empty where the machine was its own.
std::string DescribeDisturbance(const Machine& machine);

struct Documents {
  std::vector<Bench> benches;
  std::vector<Evaluation> evaluations;
  std::vector<Profile> profiles;
};

// Adds what `text` holds. `name` stands in messages. kCorrupt for what is not such a document, kIncompatible for
// another format.
Status ParseDocuments(std::string_view text, std::string_view name, Documents* documents);

// Files, and of folders all files whose names end in .json, in the order of their names. kInvalidArgument where a
// folder has none.
Result<Documents> ReadDocuments(const std::vector<std::string>& paths);

}  // namespace sinew::documents
