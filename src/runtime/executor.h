// Execution of one plan of the CPU backend: an arena, the bound steps, and the threads that run them. Session wraps it
// for programs with an artifact; the compiler runs plans that are not yet in one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/bind.h"
#include "base/aligned_buffer.h"
#include "base/check.h"
#include "program/program.h"
#include "runtime/plan_executor.h"
#include "runtime/thread_pool.h"
#include "sinew/model.h"

namespace sinew::runtime {

class Executor final : public PlanExecutor {
 public:
  // `plan` and the blobs must outlive the executor. Errors are those of BindStep; kCorrupt where the plan's input is
  // not dense; kUnsupported for a plan of another backend; kTooLarge where the arena does not fit into memory.
  static Result<std::unique_ptr<Executor>> Create(const program::PlanT& plan, const program::BlobLookup& blobs,
                                                  simd::Target target, int threads);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  int threads() const override { return pool_.threads(); }
  size_t memory_bytes() const override { return arena_.size() + scratch_.size() * sizeof(float); }

  Resolution resolution() const;

  std::span<float> input() override;
  Status Run(const RunHooks& hooks) override;
  TensorView output(size_t index) const override { return MakeView(*plan_.outputs[index]->slice); }
  TensorView step_output(size_t index) override;
  double step_multiply_adds(size_t index) const override { return steps_[index].multiply_adds; }

  // Of an F32 slice.
  TensorView MakeView(const program::Slice& slice) const;
  // The same to write to, between steps: for what looks into a plan by disturbing it.
  float* MutableData(const program::Slice& slice) {
    SINEW_CHECK(slice.type() == program::DataType::F32);
    return reinterpret_cast<float*>(arena_.data() + slice.offset());
  }

 private:
  Executor(const program::PlanT& plan, int threads) : plan_(plan), pool_(threads), arena_(plan.arena_bytes) {}
  Status Bind(const program::BlobLookup& blobs, simd::Target target);

  const program::PlanT& plan_;
  ThreadPool pool_;
  AlignedBuffer<std::byte> arena_;
  AlignedBuffer<float> scratch_;  // threads times scratch_stride_
  size_t scratch_stride_ = 0;
  AlignedBuffer<float> widened_;  // what step_output gave last, where it is bf16 in the arena
  std::vector<cpu::BoundStep> steps_;
};

}  // namespace sinew::runtime
