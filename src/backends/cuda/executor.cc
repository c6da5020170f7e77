// Binds a plan to a device and captures it.
#include "backends/cuda/executor.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

size_t U(int i) { return static_cast<size_t>(i); }

std::string LayoutText(const Layout& layout) {
  std::string text;
  for (const Segment& segment : layout) text += fmt::format("{}@{},", segment.channels, segment.at);
  return text;
}

}  // namespace

Result<std::unique_ptr<Executor>> Executor::Create(std::shared_ptr<Device> device,
                                                   std::shared_ptr<const Network> network,
                                                   std::shared_ptr<Weights> weights, Tuner* tuner,
                                                   const ExecutorOptions& options) {
  std::unique_ptr<Executor> executor(new Executor(std::move(device), std::move(network), std::move(weights)));
  SINEW_RETURN_IF_ERROR(executor->Prepare(tuner, options));
  return executor;
}

Status Executor::Prepare(Tuner* tuner, const ExecutorOptions& options) {
  SINEW_ASSIGN_OR_RETURN(plan_, MakePlan(*network_, {options.precision, options.batch, options.max_lanes}));
  bound_.resize(plan_.steps.size());
  std::vector<TuningTask> tasks;
  std::vector<size_t> convs;
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    if (plan_.steps[i].kind != StepKind::kConv) continue;
    tasks.push_back({plan_.steps[i].problem, plan_.steps[i].alike});
    convs.push_back(i);
  }
  SINEW_ASSIGN_OR_RETURN(const std::vector<Tuner::Chosen> chosen, tuner->Choose(tasks));
  for (size_t i = 0; i < convs.size(); ++i) {
    bound_[convs[i]].conv = chosen[i].algorithm;
    bound_[convs[i]].algorithm_name = chosen[i].choice.algorithm;
  }
  SINEW_RETURN_IF_ERROR(AllocateBuffers());
  SINEW_RETURN_IF_ERROR(AllocateScratch());
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    if (Status status = Bind(i); !status.ok()) return Prefixed(fmt::format("step \"{}\"", plan_.steps[i].name), status);
  }
  return CaptureAll();
}

Status Executor::AllocateBuffers() {
  const auto allocate = [&](size_t bytes, DeviceMemory* memory) -> Status {
    SINEW_ASSIGN_OR_RETURN(*memory, AllocateOn(device_, std::max<size_t>(bytes, 1)));
    memory_bytes_ += bytes;
    return Status();
  };
  SINEW_RETURN_IF_ERROR(allocate(plan_.arena_bytes, &arena_));
  const size_t input_bytes = plan_.buffers[U(plan_.input_buffer)].bytes;
  SINEW_RETURN_IF_ERROR(allocate(input_bytes, &input_));
  outputs_.resize(plan_.output_buffers.size());
  for (size_t i = 0; i < outputs_.size(); ++i) {
    SINEW_RETURN_IF_ERROR(allocate(plan_.buffers[U(plan_.output_buffers[i])].bytes, &outputs_[i]));
  }
  return Status();
}

Status Executor::AllocateScratch() {
  std::vector<size_t> bytes(U(plan_.lanes), 0);
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    size_t needed = 0;
    if (bound_[i].conv != nullptr) needed = bound_[i].conv->workspace_bytes();
    if (step.kind == StepKind::kNormalize)
      needed = MomentScratchFloats(plan_.batch, step.output.channels) * sizeof(float);
    bytes[U(step.lane)] = std::max(bytes[U(step.lane)], needed);
  }
  scratch_.resize(bytes.size());
  for (size_t lane = 0; lane < bytes.size(); ++lane) {
    SINEW_ASSIGN_OR_RETURN(scratch_[lane], AllocateOn(device_, std::max<size_t>(bytes[lane], 1)));
    memory_bytes_ += bytes[lane];
  }
  return Status();
}

View Executor::Resolve(const Place& place) const {
  View view = plan_.ViewOf(place);
  const Buffer& buffer = plan_.buffers[U(place.buffer)];
  std::byte* base = nullptr;
  switch (buffer.kind) {
    case Buffer::Kind::kArena:
      base = static_cast<std::byte*>(arena_.get()) + buffer.offset;
      break;
    case Buffer::Kind::kInput:
      base = static_cast<std::byte*>(input_.get());
      break;
    case Buffer::Kind::kOutput:
      base = static_cast<std::byte*>(outputs_[U(buffer.output)].get());
      break;
  }
  view.data = base + U(place.first) * SizeOf(buffer.type);
  return view;
}

Result<const float*> Executor::Parameters(const Step& step, const char* what, const std::vector<float>& values) {
  const size_t bytes = values.size() * sizeof(float);
  const std::string key =
      fmt::format("{}/{}/{}", network_->operations[U(step.operation)].name, what, LayoutText(step.out_layout));
  SINEW_ASSIGN_OR_RETURN(const void* uploaded,
                         weights_->Get(key, bytes, [&](void* to) { std::memcpy(to, values.data(), bytes); }));
  return static_cast<const float*>(uploaded);
}

Status Executor::BindConv(const Step& step, Bound* bound) {
  const Operation& operation = network_->operations[U(step.operation)];
  const Conv& conv = std::get<Conv>(operation.what);
  const std::string key = fmt::format("{}/{}/{}/{}/{}", operation.name, PrecisionName(plan_.precision),
                                      bound->conv->packing(), LayoutText(step.in_layout), LayoutText(step.out_layout));
  SINEW_ASSIGN_OR_RETURN(bound->args.weights, weights_->Get(key, bound->conv->packed_bytes(), [&](void* to) {
    bound->conv->PackWeights(StoredKernel(conv, step.in_layout, step.out_layout).data(),
                             StoredChannelValues(conv.bias, step.out_layout).data(), to);
  }));
  bound->args.in = Resolve(step.inputs[0]).data;
  bound->args.out = Resolve(step.output).data;
  bound->args.workspace = scratch_[U(step.lane)].get();
  return Status();
}

Result<KernelCall> Executor::MakeCall(const Step& step) {
  const View in = Resolve(step.inputs[0]), out = Resolve(step.output);
  if (step.kind == StepKind::kCopy) {
    CopyCall call{.in = in, .out = out, .pad_top = step.pad_top, .pad_left = step.pad_left};
    bool plain = step.source.size() <= U(in.channels);
    for (size_t c = 0; c < step.source.size(); ++c) plain = plain && step.source[c] == static_cast<int32_t>(c);
    if (plain) return KernelCall(call);
    std::string key = "channels/";
    for (const int32_t c : step.source) key += fmt::format("{},", c);
    const size_t bytes = step.source.size() * sizeof(int32_t);
    SINEW_ASSIGN_OR_RETURN(const void* source,
                           weights_->Get(key, bytes, [&](void* to) { std::memcpy(to, step.source.data(), bytes); }));
    call.source = static_cast<const int32_t*>(source);
    return KernelCall(call);
  }
  const What& what = network_->operations[U(step.operation)].what;
  const Layout& layout = step.out_layout;
  switch (step.kind) {
    case StepKind::kDepthwise: {
      const Depthwise& depthwise = std::get<Depthwise>(what);
      SINEW_ASSIGN_OR_RETURN(const float* kernel, Parameters(step, "kernel", StoredKernel(depthwise, layout)));
      SINEW_ASSIGN_OR_RETURN(const float* bias, Parameters(step, "bias", StoredChannelValues(depthwise.bias, layout)));
      return KernelCall(DepthwiseCall{in, out, depthwise.window, depthwise.activation, kernel, bias});
    }
    case StepKind::kPool:
      return KernelCall(PoolCall{in, out, std::get<Pool>(what).window});
    case StepKind::kResize: {
      const Resize& resize = std::get<Resize>(what);
      return KernelCall(ResizeCall{in, out, resize.align_corners, resize.half_pixel_centers});
    }
    case StepKind::kNormalize: {
      const Normalize& normalize = std::get<Normalize>(what);
      SINEW_ASSIGN_OR_RETURN(const float* gamma,
                             Parameters(step, "gamma", StoredChannelValues(normalize.gamma, layout)));
      SINEW_ASSIGN_OR_RETURN(const float* beta, Parameters(step, "beta", StoredChannelValues(normalize.beta, layout)));
      return KernelCall(NormalizeCall{in, out, normalize.epsilon, normalize.activation, gamma, beta,
                                      static_cast<float*>(scratch_[U(step.lane)].get())});
    }
    case StepKind::kAdd:
      return KernelCall(AddCall{in, Resolve(step.inputs[1]), out, std::get<Add>(what).activation});
    case StepKind::kScaleShift: {
      const ScaleShift& affine = std::get<ScaleShift>(what);
      SINEW_ASSIGN_OR_RETURN(const float* scale, Parameters(step, "scale", StoredChannelValues(affine.scale, layout)));
      SINEW_ASSIGN_OR_RETURN(const float* shift, Parameters(step, "shift", StoredChannelValues(affine.shift, layout)));
      return KernelCall(ScaleShiftCall{in, out, affine.activation, scale, shift});
    }
    default:
      return Internal("no kernel for this kind of step");
  }
}

Status Executor::Bind(size_t index) {
  const Step& step = plan_.steps[index];
  Bound& bound = bound_[index];
  if (step.kind == StepKind::kConv) return BindConv(step, &bound);
  bound.algorithm_name = StepKindName(step.kind);
  SINEW_ASSIGN_OR_RETURN(bound.call, MakeCall(step));
  return Status();
}

Status Executor::EnqueueStep(size_t index, Stream* stream) {
  const Bound& bound = bound_[index];
  const Status status =
      bound.conv != nullptr ? bound.conv->Enqueue(bound.args, stream) : device_->Launch(bound.call, stream);
  return status.ok() ? status
                     : Prefixed(fmt::format("step \"{}\" ({})", plan_.steps[index].name, bound.algorithm_name), status);
}

// All steps on their lanes' streams. Lane 0 begins and ends it: the others wait for `fork` first, and it for them last.
Status Executor::EnqueueAll(std::span<const OwnedEvent> ends, Event* fork) {
  Stream* first = lanes_[0].get();
  SINEW_RETURN_IF_ERROR(device_->Record(fork, first));
  std::vector<int> last(lanes_.size(), -1);
  std::vector<bool> awaited(plan_.steps.size(), false);
  for (const Step& step : plan_.steps) {
    for (const int wait : step.waits) awaited[U(wait)] = true;
  }
  for (size_t i = 0; i < plan_.steps.size(); ++i) last[U(plan_.steps[i].lane)] = static_cast<int>(i);
  for (size_t lane = 1; lane < lanes_.size(); ++lane) awaited[U(last[lane])] = true;
  std::vector<bool> begun(lanes_.size(), false);
  begun[0] = true;
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    Stream* stream = lanes_[U(step.lane)].get();
    if (!begun[U(step.lane)]) {
      begun[U(step.lane)] = true;
      SINEW_RETURN_IF_ERROR(device_->Wait(stream, fork));
    }
    for (const int wait : step.waits) SINEW_RETURN_IF_ERROR(device_->Wait(stream, ends[U(wait)].get()));
    SINEW_RETURN_IF_ERROR(EnqueueStep(i, stream));
    if (awaited[i]) SINEW_RETURN_IF_ERROR(device_->Record(ends[i].get(), stream));
  }
  for (size_t lane = 1; lane < lanes_.size(); ++lane)
    SINEW_RETURN_IF_ERROR(device_->Wait(first, ends[U(last[lane])].get()));
  return Status();
}

Status Executor::CaptureAll() {
  std::vector<OwnedEvent> ends;
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    SINEW_ASSIGN_OR_RETURN(OwnedStream stream, NewStreamOn(device_));
    lanes_.push_back(std::move(stream));
  }
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(OwnedEvent event, NewEventOn(device_));
    ends.push_back(std::move(event));
  }
  SINEW_ASSIGN_OR_RETURN(const OwnedEvent fork, NewEventOn(device_));
  // Once without a capture: loads code, and meets errors where they happen.
  Stream* first = lanes_[0].get();
  SINEW_RETURN_IF_ERROR(device_->Fill(input_.get(), 0, plan_.buffers[U(plan_.input_buffer)].bytes, first));
  SINEW_RETURN_IF_ERROR(EnqueueAll(ends, fork.get()));
  SINEW_RETURN_IF_ERROR(device_->Synchronize(first));
  SINEW_ASSIGN_OR_RETURN(graph_, Capture(device_, first, [&] { return EnqueueAll(ends, fork.get()); }));
  return Status();
}

Status Executor::Enqueue(Stream* stream) { return device_->Replay(graph_.get(), stream); }

Status Executor::Run(std::span<const float> pictures, std::span<float> results) {
  const size_t input_bytes = plan_.buffers[U(plan_.input_buffer)].bytes,
               output_bytes = plan_.buffers[U(plan_.output_buffers[0])].bytes;
  if (pictures.size_bytes() != input_bytes || results.size_bytes() != output_bytes) {
    return InvalidArgument("a run takes {} floats in and gives {} out, not {} and {}", input_bytes / sizeof(float),
                           output_bytes / sizeof(float), pictures.size(), results.size());
  }
  if (!staged_input_) {
    SINEW_ASSIGN_OR_RETURN(staged_input_, AllocatePinnedOn(device_, input_bytes));
    SINEW_ASSIGN_OR_RETURN(staged_output_, AllocatePinnedOn(device_, output_bytes));
  }
  Stream* stream = lanes_[0].get();
  std::memcpy(staged_input_.get(), pictures.data(), input_bytes);
  SINEW_RETURN_IF_ERROR(device_->CopyToDevice(input_.get(), staged_input_.get(), input_bytes, stream));
  SINEW_RETURN_IF_ERROR(Enqueue(stream));
  SINEW_RETURN_IF_ERROR(device_->CopyToHost(staged_output_.get(), outputs_[0].get(), output_bytes, stream));
  SINEW_RETURN_IF_ERROR(device_->Synchronize(stream));
  std::memcpy(results.data(), staged_output_.get(), output_bytes);
  return Status();
}

Result<std::vector<StepTime>> Executor::Profile(int repeats) {
  Stream* stream = lanes_[0].get();
  std::vector<OwnedEvent> events;
  for (size_t i = 0; i <= plan_.steps.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(OwnedEvent event, NewEventOn(device_, true));
    events.push_back(std::move(event));
  }
  std::vector<std::vector<double>> times(plan_.steps.size());
  for (int repeat = 0; repeat < std::max(repeats, 1); ++repeat) {
    SINEW_RETURN_IF_ERROR(device_->Record(events[0].get(), stream));
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      SINEW_RETURN_IF_ERROR(EnqueueStep(i, stream));
      SINEW_RETURN_IF_ERROR(device_->Record(events[i + 1].get(), stream));
    }
    SINEW_RETURN_IF_ERROR(device_->Synchronize(stream));
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      SINEW_ASSIGN_OR_RETURN(const double milliseconds, device_->Milliseconds(events[i].get(), events[i + 1].get()));
      times[i].push_back(milliseconds);
    }
  }
  std::vector<StepTime> steps;
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    std::vector<double>& t = times[i];
    std::nth_element(t.begin(), t.begin() + static_cast<ptrdiff_t>(t.size() / 2), t.end());
    const Step& step = plan_.steps[i];
    steps.push_back({step.name, bound_[i].algorithm_name, t[t.size() / 2],
                     step.kind == StepKind::kConv ? step.problem.multiply_adds() : 0, step.lane});
  }
  return steps;
}

}  // namespace sinew::cuda
