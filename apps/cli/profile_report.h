// What `sinew profile` prints.
#pragma once

#include <string>

#include "measure/profile.h"
#include "sinew/model.h"

namespace sinew::cli {

struct ProfileTitle {
  std::string model, target;
  uint64_t model_xxh3 = 0;
  bool pipeline = false;  // pictures were profiled, not the network alone
  double others_share = 0;
};

void PrintProfileHead(const measure::Profile& profile, const ProfileTitle& title);
// The parts of a call.
void PrintStages(const measure::Profile& profile);
// The `top` steps that take longest; 0: all.
void PrintSteps(const measure::Profile& profile, size_t top);
// Totals by scope, at most `depth` levels; 0: all.
void PrintScopes(const measure::Profile& profile, int depth);
void PrintProfileJson(const measure::Profile& profile, const ProfileTitle& title);

}  // namespace sinew::cli
