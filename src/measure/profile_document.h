// A profile as the document that `sinew profile` prints.
#pragma once

#include "measure/documents/documents.h"
#include "measure/profile.h"

namespace sinew::measure {

// `with_pictures`: the way of pictures was profiled, not the network alone. `machine`: this one, with the share that
// others used meanwhile. `target`: TargetName.
documents::Profile MakeProfileDocument(const Profile& profile, const Model& model, bool with_pictures,
                                       const std::string& target, const documents::Machine& machine);

// Billions of floating point operations a second; 0 where no time passed.
double Gflops(double multiply_adds, double seconds);

}  // namespace sinew::measure
