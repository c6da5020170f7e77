// Where the time of a network, or of a picture's whole way from file to file, goes.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "measure/plan_figures.h"
#include "measure/statistics.h"
#include "sinew/decode_options.h"
#include "sinew/model.h"
#include "sinew/pose.h"

namespace sinew::measure {

struct ProfileOptions {
  PoseOptions pose;      // ProfileNetwork looks at its session alone; no further scales, no flip_average
  int warmup = 2;        // calls that are not measured
  int repeats = 20;      // calls that are profiled, and as many that are not, in turns
  int traced_calls = 0;  // the first ones whose spans are kept
};

struct StepProfile {
  std::string name, kind, algorithm;
  Summary seconds;                                     // of a call
  double idle_share = 0;                               // of the threads' time, while the step ran
  double direct_multiply_adds = 0, multiply_adds = 0;  // as done directly; as done
  StepFigures figures;
};

// A part of a call. The parts are disjoint and complete: the last one is what the others do not explain.
struct StageProfile {
  std::string name;
  Summary seconds;
};

// What one thread did in a traced call; thread 0 is the calling one.
struct Span {
  std::string name, category;
  size_t thread = 0;
  std::chrono::steady_clock::time_point begin, end;
};

struct Profile {
  Resolution resolution;
  int threads = 0, repeats = 0;
  uint64_t arena_bytes = 0, weight_bytes = 0;
  std::vector<StageProfile> stages;
  std::vector<StepProfile> steps;  // in the order of the plan
  Summary wall;                    // seconds of a profiled call
  Summary plain;                   // of one that is not
  std::vector<Span> spans;

  // What profiling adds to a call, as a share of it. Noise makes it negative at times.
  double overhead() const { return wall.p50 / plain.p50 - 1; }
};

// The network alone, on a random picture. On a GPU the network is one stage, with the way of picture and maps over the
// bus, and steps are timed by themselves (gpu_steps.h). Errors: kInvalidArgument for options out of range, else those
// of Session::Create.
Result<Profile> ProfileNetwork(const Model& model, const ProfileOptions& options);

// Pictures on their way from a file to a file with the people drawn, one after another. Errors also of reading and
// writing the pictures.
Result<Profile> ProfilePictures(const Model& model, std::span<const std::filesystem::path> pictures,
                                const ProfileOptions& options);

}  // namespace sinew::measure
