// Benchmarks of a model: the network alone, or from encoded pictures to people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "measure/load.h"
#include "sinew/model.h"
#include "sinew/pose.h"

namespace sinew::measure {

struct BenchOptions {
  PoseOptions pose;  // BenchNetwork looks at its session alone
  int replicas = 1;  // side by side (data-parallel); they share the weights
  int batch = 1;     // pictures a call of BenchNetwork
  LoadOptions load;
};

// Medians of a call, in seconds.
struct StageMedians {
  double read = 0, resize = 0, network = 0, decode = 0;
};

struct BenchResult {
  Resolution resolution;
  int threads = 0;            // of each replica
  double create_seconds = 0;  // to make the first replica, whose model has been loaded: memory, threads, bound steps
  LoadResult load;
  int64_t pictures = 0;  // measured
  StageMedians stages;   // of BenchPictures
};

// An encoded picture in memory.
struct EncodedPicture {
  std::string name;
  std::vector<uint8_t> bytes;
};

// Calls run the network on random pictures, results dropped. kInvalidArgument for options out of range; else the errors
// of Session::Create.
Result<BenchResult> BenchNetwork(const Model& model, const BenchOptions& options);

// Calls decode a picture, the next one each time, and find the people on it. All pictures are tried before the first
// call; errors are theirs, and those of PoseEstimator::Create.
Result<BenchResult> BenchPictures(const Model& model, std::span<const EncodedPicture> pictures,
                                  const BenchOptions& options);

}  // namespace sinew::measure
