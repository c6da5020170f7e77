// What `sinew profile` prints for people.
#pragma once

#include "measure/documents/documents.h"
#include "measure/profile.h"

namespace sinew::cli {

void PrintProfileHead(const documents::Profile& profile);
// The parts of a call.
void PrintStages(const documents::Profile& profile);
// The `top` steps that take longest; 0: all.
void PrintSteps(const documents::Profile& profile, size_t top);
// Totals by scope, at most `depth` levels; 0: all.
void PrintScopes(const measure::Profile& profile, int depth);

}  // namespace sinew::cli
