// The people on all inputs in memory: what evaluations compare.
#pragma once

#include <string>
#include <vector>

#include "media/inputs.h"
#include "pipeline/pose_worker.h"
#include "results/record.h"
#include "sinew/model.h"

namespace sinew::cli {

// A model and how it is applied.
struct Configuration {
  std::string model;                   // artifact, graph, or name
  pipeline::AnalysisOptions analysis;  // resolution 0x0: the model's own
  int cores = 0;                       // networks side by side; 0: one a processor
};

struct Found {
  std::vector<results::Record> records;  // every picture and frame has one, in the order of the inputs
  Resolution resolution;                 // as wished; -1 where a side followed the pictures
};

// Runs the configuration on all processors, with a progress bar on a terminal unless `quiet`. What is wrong with a
// picture stands in its record. kUnavailable where the user interrupted it; else the errors of loading or compiling the
// model.
Result<Found> FindPeople(const Configuration& configuration, const std::vector<media::Input>& inputs,
                         const std::string& label, bool quiet);

}  // namespace sinew::cli
