// Separable convolution whose pointwise half goes by Strassen's algorithm (gemm/strassen.h).
#pragma once

#include "backends/cpu/gemm/strassen.h"
#include "backends/cpu/separable/separable.h"

namespace sinew::cpu {

// With `levels`, 1 or 2, of the algorithm. What Algorithm asks for:
bool SupportsStrassenPatches(int levels, const SeparableProblem& p);
size_t PackedStrassenPatchesFloats(int levels, const SeparableProblem& p);
void PackStrassenPatches(int levels, const SeparableProblem& p, const float* weights, float* packed);
size_t StrassenPatchesScratch(int levels, const SeparableProblem& p);
SeparableAlgorithm::Run RunStrassen1PatchesFor(Target target);
SeparableAlgorithm::Run RunStrassen2PatchesFor(Target target);
double StrassenPatchesCost(int levels, const SeparableProblem& p);
double StrassenPatchesMultiplyAdds(int levels, const SeparableProblem& p);

}  // namespace sinew::cpu
