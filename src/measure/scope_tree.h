// The steps of a plan as a tree by the scopes in their names ("Openpose/MConv_Stage1_L1_1"), with totals, like
// TensorFlow's `scope` view.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "measure/profile.h"

namespace sinew::measure {

struct Scope {
  std::string name;    // the last part
  size_t steps = 0;    // of it and everything below, as are the others
  double seconds = 0;  // mean of a call
  double direct_multiply_adds = 0, multiply_adds = 0;
  uint64_t output_bytes = 0, weight_bytes = 0, parameters = 0;
  std::vector<Scope> children;  // those with the most time first
};

// The root has no name. Parts that have one child only, and no step of their own, are joined with it ("a/b").
Scope ScopeTree(const std::vector<StepProfile>& steps);

}  // namespace sinew::measure
