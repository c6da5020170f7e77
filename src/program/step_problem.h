// From a step of a program to the problem that kernels solve: the one way there, for the planner, the tuner, backends
// and benchmarks.
#pragma once

#include "program/kernel_problem.h"
#include "program/program_generated.h"
#include "sinew/status.h"

namespace sinew::program {

// Reads what the step is and the sizes of its inputs and output; not where they lie, nor its algorithm, blobs or data
// types. kCorrupt where they contradict one another: everything that kernel_problem.h promises is checked here.
Result<kernels::Problem> MakeProblem(const StepT& step);

}  // namespace sinew::program
