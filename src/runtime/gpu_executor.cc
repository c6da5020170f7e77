// Pictures to a GPU, maps back.
#include "runtime/gpu_executor.h"

#include "base/error.h"

namespace sinew::runtime {
namespace {

size_t CountValues(const cuda::Shape& shape) {
  return static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width) * static_cast<size_t>(shape.channels);
}

}  // namespace

Result<std::unique_ptr<GpuExecutor>> GpuExecutor::Create(const program::PlanT& plan, GpuNetwork network,
                                                         cuda::Precision precision) {
  const std::shared_ptr<Gpu> gpu = network.gpu;
  std::unique_ptr<GpuExecutor> made(new GpuExecutor(plan, std::move(network)));
  SINEW_ASSIGN_OR_RETURN(made->executor_,
                         cuda::Executor::Create(gpu->device(), made->network_.network, made->network_.weights,
                                                gpu->tuner(), {.precision = precision}));
  gpu->KeepTuning();
  SINEW_RETURN_IF_ERROR(made->Allocate());
  return made;
}

Status GpuExecutor::Allocate() {
  const std::shared_ptr<cuda::Device>& device = network_.gpu->device();
  SINEW_ASSIGN_OR_RETURN(stream_, cuda::NewStreamOn(device));
  SINEW_ASSIGN_OR_RETURN(input_, cuda::AllocatePinnedOn(device, CountValues(executor_->input_shape()) * sizeof(float)));
  for (size_t i = 0; i < executor_->output_count(); ++i) {
    SINEW_ASSIGN_OR_RETURN(cuda::PinnedMemory output,
                           cuda::AllocatePinnedOn(device, CountValues(executor_->output_shape(i)) * sizeof(float)));
    outputs_.push_back(std::move(output));
  }
  return Status();
}

std::span<float> GpuExecutor::input() {
  return {static_cast<float*>(input_.get()), CountValues(executor_->input_shape())};
}

Status GpuExecutor::Run(const RunHooks&) {
  const std::shared_ptr<cuda::Device>& device = network_.gpu->device();
  const auto enqueue = [&]() -> Status {
    SINEW_RETURN_IF_ERROR(
        device->CopyToDevice(executor_->device_input(), input_.get(), input().size_bytes(), stream_.get()));
    SINEW_RETURN_IF_ERROR(executor_->Enqueue(stream_.get()));
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const size_t bytes = CountValues(executor_->output_shape(i)) * sizeof(float);
      SINEW_RETURN_IF_ERROR(device->CopyToHost(outputs_[i].get(), executor_->device_output(i), bytes, stream_.get()));
    }
    return Status();
  };
  const Status enqueued = enqueue();
  const Status done = device->Synchronize(stream_.get());  // in any case: part of it may have been queued
  return enqueued.ok() ? done : enqueued;
}

TensorView GpuExecutor::output(size_t index) const {
  const cuda::Shape shape = executor_->output_shape(index);
  return {static_cast<const float*>(outputs_[index].get()), shape.height, shape.width, shape.channels,
          static_cast<size_t>(shape.channels)};
}

// Those of the plan: what cuDNN's algorithms do instead, nobody says.
double GpuExecutor::step_multiply_adds(size_t index) const {
  return static_cast<double>(plan_.steps[index]->multiply_adds);
}

}  // namespace sinew::runtime
