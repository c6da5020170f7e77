// Binding a whole plan, and running it.
#include "runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "backends/cpu/gemm/narrow/narrow.h"
#include "base/error.h"

namespace sinew::runtime {
namespace {

size_t RoundUpToCacheLine(size_t floats) {
  constexpr size_t kFloats = kCacheLineBytes / sizeof(float);
  return (floats + kFloats - 1) / kFloats * kFloats;
}

// What programs read and write as floats.
Status CheckType(const program::Slice& slice) {
  if (slice.type() == program::DataType::F32) return Status();
  return Incompatible("an input or output of the plan is {}, not f32: compile the model again, or update sinew",
                      program::DataTypeName(slice.type()));
}

}  // namespace

Result<std::unique_ptr<Executor>> Executor::Create(const program::PlanT& plan, const program::BlobLookup& blobs,
                                                   simd::Target target, int threads) {
  if (plan.backend != program::kCpuBackend) {
    return Unsupported("the plan is for the backend \"{}\", not for CPUs: compile the model for this machine",
                       plan.backend);
  }
  for (const auto& output : plan.outputs) SINEW_RETURN_IF_ERROR(CheckType(*output->slice));
  SINEW_RETURN_IF_ERROR(CheckType(*plan.input));
  if (plan.input->pixel_stride() != plan.input->channels()) return Corrupt("the plan's input is not dense");
  try {
    std::unique_ptr<Executor> executor(new Executor(plan, threads));
    SINEW_RETURN_IF_ERROR(executor->Bind(blobs, target));
    return executor;
  } catch (const std::bad_alloc&) {
    return TooLarge("not enough memory for an arena of {} bytes: use a smaller resolution", plan.arena_bytes);
  }
}

Status Executor::Bind(const program::BlobLookup& blobs, simd::Target target) {
  size_t scratch_floats = 0;
  for (const auto& step : plan_.steps) {
    SINEW_ASSIGN_OR_RETURN(cpu::BoundStep bound, cpu::BindStep(*step, blobs, target, arena_.data()));
    scratch_floats = std::max(scratch_floats, bound.scratch_floats);
    steps_.push_back(std::move(bound));
  }
  scratch_stride_ = RoundUpToCacheLine(scratch_floats);
  scratch_ = AlignedBuffer<float>(scratch_stride_ * static_cast<size_t>(threads()));
  return Status();
}

std::span<float> Executor::input() {
  const program::Slice& input = *plan_.input;
  return {reinterpret_cast<float*>(arena_.data() + input.offset()),
          size_t{input.height()} * input.width() * input.channels()};
}

Resolution Executor::resolution() const {
  return {static_cast<int>(plan_.input->width()), static_cast<int>(plan_.input->height())};
}

Status Executor::Run(const RunHooks& hooks) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    for (const cpu::BoundStep::Pass& pass : steps_[i].passes) {
      pool_.ForEachRange(steps_[i].task_count, [&](size_t worker, size_t first, size_t last) {
        float* const scratch = scratch_.data() + worker * scratch_stride_;
        if (!hooks.after_part) return pass(first, last, scratch);
        const auto begin = std::chrono::steady_clock::now();
        pass(first, last, scratch);
        hooks.after_part({i, worker, begin, std::chrono::steady_clock::now()});
      });
    }
    if (hooks.after_step) hooks.after_step(i);
  }
  return Status();
}

TensorView Executor::step_output(size_t index) {
  const program::Slice& slice = *plan_.steps[index]->output;
  if (slice.type() != program::DataType::BF16) return MakeView(slice);
  const size_t channels = slice.channels(), pixels = size_t{slice.height()} * slice.width();
  widened_ = AlignedBuffer<float>(pixels * channels);
  const uint16_t* from = reinterpret_cast<const uint16_t*>(arena_.data() + slice.offset());
  for (size_t p = 0; p < pixels; ++p, from += slice.pixel_stride()) {
    std::transform(from, from + channels, widened_.data() + p * channels, cpu::FromBf16);
  }
  return {widened_.data(), static_cast<int>(slice.height()), static_cast<int>(slice.width()),
          static_cast<int>(channels), channels};
}

TensorView Executor::MakeView(const program::Slice& slice) const {
  SINEW_CHECK(slice.type() == program::DataType::F32);
  return {reinterpret_cast<const float*>(arena_.data() + slice.offset()), static_cast<int>(slice.height()),
          static_cast<int>(slice.width()), static_cast<int>(slice.channels()), slice.pixel_stride()};
}

}  // namespace sinew::runtime
