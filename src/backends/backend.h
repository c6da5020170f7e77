// What the planner asks of a backend: which algorithms can run a step, what each costs, how far it errs, what memory
// its weights take, and those weights in its own layout. A backend is the code of one kind of processor; a plan is for
// one (PlanT::backend), and nothing but that backend can run it.
//
// Running is not here: a backend binds the steps of its plans with functions and objects of its own (cpu/bind.h), as
// what a processor with shared memory and one at the end of a bus need has nothing in common but the steps themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "program/program_generated.h"
#include "program/storage.h"
#include "sinew/status.h"

namespace sinew::backends {

// One way to run a step.
struct Algorithm {
  std::string_view name;                            // stands in artifacts; valid for the life of the program
  program::DataType type = program::DataType::F32;  // that it multiplies, and of its packed weights
  // Which of the step's pictures may be bf16.
  kernels::Storage storage = kernels::Storage::kF32;
  // That the step is predicted to take on one thread, its pictures of the types that it says; 0 for one that only moves
  // pictures, and where the backend does not predict.
  double seconds = 0;
  // Relative RMS error that it adds to a layer beyond that of summing in single precision.
  double error = 0;
  size_t weight_bytes = 0;  // packed; a multiple of a float's size
};

// Stateless: any number of threads may call one.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;  // PlanT::backend

  // Every algorithm that can run `step`, of which kind, sizes and types are read (see program::MakeProblem), on
  // `target` (PlanT::target); none where the backend does not do such a step in one. kCorrupt where the step
  // contradicts itself.
  virtual Result<std::vector<Algorithm>> AlgorithmsFor(const program::StepT& step, std::string_view target) const = 0;

  // Lays weights out as `algorithm`, one of AlgorithmsFor that has weights, reads them. `weights` is the plain
  // layout: RSCK of a convolution, first one kernel and then the other of a pair; RSC of a depthwise one, followed by
  // CK of the pointwise one in a separable step. `packed` has weight_bytes.
  virtual void Pack(const program::StepT& step, std::string_view algorithm, std::span<const float> weights,
                    float* packed) const = 0;

  // Predicted seconds of one thread for moving `bytes` from one picture to another; 0 where the backend does not
  // predict.
  virtual double SecondsToMove(double bytes) const = 0;
};

}  // namespace sinew::backends
