// The stages' names.
#include "pipeline/stage_times.h"

#include "base/check.h"

namespace sinew::pipeline {

std::string_view StageName(Stage stage) {
  static constexpr std::array<std::string_view, kStageCount> kNames = {
      "read",  "resize",  "network",      "decode",       "follow",         "draw",        "files",
      "video", "records", "reader waits", "workers wait", "finishers wait", "writer waits"};
  SINEW_CHECK(static_cast<size_t>(stage) < kNames.size());
  return kNames[static_cast<size_t>(stage)];
}

}  // namespace sinew::pipeline
