// A session's plan on a GPU: pictures go there and maps come back through pinned memory, on a stream of its own.
#pragma once

#include <memory>
#include <vector>

#include "backends/cuda/executor.h"
#include "backends/cuda/handles.h"
#include "program/program_generated.h"
#include "runtime/gpu.h"
#include "runtime/plan_executor.h"

namespace sinew::runtime {

class GpuExecutor final : public PlanExecutor {
 public:
  // `plan` is the network's and must outlive the executor. Errors: those of cuda::Executor::Create.
  static Result<std::unique_ptr<GpuExecutor>> Create(const program::PlanT& plan, GpuNetwork network,
                                                     cuda::Precision precision);

  int threads() const override { return 1; }
  size_t memory_bytes() const override { return executor_->memory_bytes(); }
  std::span<float> input() override;
  Status Run(const RunHooks& hooks) override;
  TensorView output(size_t index) const override;
  TensorView step_output(size_t) override { return {}; }
  double step_multiply_adds(size_t index) const override;

  cuda::Executor& executor() { return *executor_; }

 private:
  GpuExecutor(const program::PlanT& plan, GpuNetwork network) : plan_(plan), network_(std::move(network)) {}
  Status Allocate();

  const program::PlanT& plan_;
  GpuNetwork network_;
  std::unique_ptr<cuda::Executor> executor_;
  cuda::OwnedStream stream_;
  cuda::PinnedMemory input_;
  std::vector<cuda::PinnedMemory> outputs_;
};

}  // namespace sinew::runtime
