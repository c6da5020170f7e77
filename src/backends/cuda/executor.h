// A network ready to run on a device, for one resolution and batch: memory, chosen algorithms, one captured graph.
//
//   auto executor = cuda::Executor::Create(device, network, weights, tuner, {.precision = Precision::kFp16, .batch =
//   8}); executor->Run(pictures, results);                       // host memory in and out
//
// or, with pictures already on the device and results wanted there:
//
//   executor->Enqueue(stream); /* work that reads device_output(0), on the same stream */
//
// One call at a time; different executors are independent and overlap. Executors of one network share its Weights.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/cuda/handles.h"
#include "backends/cuda/network.h"
#include "backends/cuda/plan.h"
#include "backends/cuda/tuning.h"
#include "backends/cuda/weights.h"

namespace sinew::cuda {

struct ExecutorOptions {
  Precision precision = Precision::kFp16;
  int batch = 1;
  int max_lanes = 4;
};

struct StepTime {
  std::string name;
  std::string algorithm;  // "cudnn:...", or the kernel's name
  double milliseconds = 0;
  double multiply_adds = 0;
  int lane = 0;
};

class Executor {
 public:
  // `network` must have passed Check. Chooses algorithms (see Tuner), uploads weights that are not there yet, captures.
  static Result<std::unique_ptr<Executor>> Create(std::shared_ptr<Device> device,
                                                  std::shared_ptr<const Network> network,
                                                  std::shared_ptr<Weights> weights, Tuner* tuner,
                                                  const ExecutorOptions& options);

  // batch x H x W x C floats on the device, dense. Enqueue reads it and leaves it as it is.
  void* device_input() const { return input_.get(); }
  Shape input_shape() const { return network_->values[0]; }
  size_t output_count() const { return network_->outputs.size(); }
  // batch x h x w x C floats on the device, dense; overwritten by the next Enqueue.
  const float* device_output(size_t index) const { return static_cast<const float*>(outputs_[index].get()); }
  Shape output_shape(size_t index) const {
    return network_->values[static_cast<size_t>(network_->outputs[index].value)];
  }

  // Puts one run of the network into a stream.
  Status Enqueue(Stream* stream);

  // Copies a batch in, runs, copies output 0 out, and waits. kInvalidArgument for spans of other sizes.
  Status Run(std::span<const float> pictures, std::span<float> results);

  // Every step by itself, one after the other, the median of `repeats` runs. Leaves the outputs of a run behind.
  Result<std::vector<StepTime>> Profile(int repeats);

  const Plan& plan() const { return plan_; }
  size_t memory_bytes() const { return memory_bytes_; }  // without weights
  const std::string& algorithm(size_t step) const { return bound_[step].algorithm_name; }

 private:
  struct Bound {
    KernelCall call;
    std::shared_ptr<const ConvAlgorithm> conv;  // null: `call` is launched
    ConvArgs args;
    std::string algorithm_name;
  };

  Executor(std::shared_ptr<Device> device, std::shared_ptr<const Network> network, std::shared_ptr<Weights> weights)
      : device_(std::move(device)), network_(std::move(network)), weights_(std::move(weights)) {}
  Status Prepare(Tuner* tuner, const ExecutorOptions& options);
  Status AllocateBuffers();
  Status AllocateScratch();
  Status Bind(size_t index);
  Status BindConv(const Step& step, Bound* bound);
  Result<KernelCall> MakeCall(const Step& step);
  View Resolve(const Place& place) const;
  Result<const float*> Parameters(const Step& step, const char* what, const std::vector<float>& values);
  Status EnqueueStep(size_t index, Stream* stream);
  Status EnqueueAll(std::span<const OwnedEvent> ends, Event* fork);
  Status CaptureAll();

  std::shared_ptr<Device> device_;
  std::shared_ptr<const Network> network_;
  std::shared_ptr<Weights> weights_;
  Plan plan_;
  std::vector<Bound> bound_;
  DeviceMemory arena_, input_;
  std::vector<DeviceMemory> outputs_;
  std::vector<DeviceMemory> scratch_;  // by lane
  std::vector<OwnedStream> lanes_;
  PinnedMemory staged_input_, staged_output_;
  OwnedGraph graph_;
  size_t memory_bytes_ = 0;
};

}  // namespace sinew::cuda
