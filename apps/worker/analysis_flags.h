// What is done with every picture: the flags that `sinew worker` and `sinew submit` share.
#pragma once

#include <string>

#include "pipeline/pose_worker.h"
#include "service/model_cache.h"
#include "sinew/model_description.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::worker {

struct AnalysisFlags {
  std::string model, resolution, resize_mode = "stretch", compat = "none";
  pipeline::AnalysisOptions analysis;
};

void AddAnalysisFlags(CLI::App* command, AnalysisFlags* flags);

// The same for the same flags, wherever they are given.
struct Pinned {
  std::string options, artifact;  // hashes
};

// Fills the structures from what was given as text, and the resolution from the model.
Status Complete(const service::ModelCache& models, AnalysisFlags* flags);
// After Complete. The artifact's hash is that of its weights: plans for other processors share it.
Result<Pinned> Pin(const service::ModelCache& models, const AnalysisFlags& flags);

}  // namespace sinew::worker
