// A frame on its way through the pipeline.
#pragma once

#include <string>
#include <vector>

#include "media/source.h"
#include "results/record.h"
#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// Maps of one frame, dense: height x width x channels floats.
struct Maps {
  int height = 0, width = 0, channels = 0;
  std::vector<float> values;

  TensorView view() const {
    return {values.empty() ? nullptr : values.data(), height, width, channels, static_cast<size_t>(channels)};
  }
};

struct Task {
  int64_t number = 0;  // in the order of the input
  media::Frame frame;
  results::Record record;
  std::string name;    // of the frame's files
  bool known = false;  // its record, and its files, are those of an earlier run
  Maps maps;           // where outputs need them: of the region that was looked at
  Status status;       // why the run cannot go on
};

// Makes the frame one whose people could not be found, or could not be written, through no fault of the others.
void SetError(const Status& status, Task* task);

}  // namespace sinew::pipeline
