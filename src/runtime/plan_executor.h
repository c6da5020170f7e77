// A plan ready to run, whatever it runs on: what a session needs of it.
#pragma once

#include <cstddef>
#include <span>

#include "sinew/model.h"

namespace sinew::runtime {

// One call at a time.
class PlanExecutor {
 public:
  virtual ~PlanExecutor() = default;

  virtual int threads() const = 0;
  virtual size_t memory_bytes() const = 0;
  virtual std::span<float> input() = 0;
  // Errors: those of a device; a processor has none. Hooks are called where steps are run one by one, by a processor.
  virtual Status Run(const RunHooks& hooks) = 0;
  virtual TensorView output(size_t index) const = 0;
  // Of a step of the plan, inside RunHooks::after_step; valid until the next call.
  virtual TensorView step_output(size_t index) = 0;
  virtual double step_multiply_adds(size_t index) const = 0;
};

}  // namespace sinew::runtime
