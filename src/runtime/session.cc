// A session: an artifact, one of its plans, and the executor of that plan.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "program/reader.h"
#include "runtime/executor.h"
#include "runtime/find_plan.h"
#include "runtime/gpu.h"
#include "runtime/gpu_executor.h"
#include "runtime/thread_pool.h"
#include "sinew/model.h"

namespace sinew {
namespace {

constexpr int kMaxThreads = 1024;

// The instruction set that the plan was made for, unless SINEW_FORCE_TARGET names another.
Result<simd::Target> TargetFor(const program::PlanT& plan) {
  SINEW_ASSIGN_OR_RETURN(const simd::Target planned, simd::ParseTarget(plan.target));
  return simd::ForcedTargetOr(planned);
}

// Whether all that a plan multiplies is in single precision, whatever it was allowed.
bool IsFp32(const program::Artifact& artifact, const program::PlanT& plan) {
  return std::all_of(plan.steps.begin(), plan.steps.end(), [&](const auto& step) {
    const std::optional<uint32_t> weights = program::WeightBlob(*step);
    return !weights || artifact.blob(*weights).type == program::DataType::F32;
  });
}

// What a processor computes in was chosen when the model was compiled.
Status CheckPrecision(const program::Artifact& artifact, const program::PlanT& plan, Precision wanted) {
  const Precision has = static_cast<Precision>(plan.precision);
  if (wanted == Precision::kAuto || wanted == has) return Status();
  if (wanted == Precision::kFp32 && IsFp32(artifact, plan)) return Status();
  if (wanted == Precision::kTf32 || wanted == Precision::kFp16)
    return InvalidArgument("precision {}: CPUs have auto, fp32, bf16 and int8", PrecisionName(wanted));
  return InvalidArgument(
      "precision {}: the model is compiled already, with precision {}: give the graph that it was made of, or compile "
      "that with --precision {}",
      PrecisionName(wanted), PrecisionName(has), PrecisionName(wanted));
}

Result<std::unique_ptr<runtime::PlanExecutor>> MakeCpuExecutor(const program::Artifact& artifact,
                                                               const program::PlanT& plan,
                                                               const SessionOptions& options) {
  SINEW_RETURN_IF_ERROR(CheckPrecision(artifact, plan, options.precision));
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, TargetFor(plan));
  const int threads = options.threads > 0 ? options.threads : runtime::AvailableProcessors();
  const auto blobs = [&](uint32_t index) { return artifact.blob(index); };
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<runtime::Executor> executor,
                         runtime::Executor::Create(plan, blobs, target, threads));
  return std::unique_ptr<runtime::PlanExecutor>(std::move(executor));
}

Result<std::unique_ptr<runtime::PlanExecutor>> MakeGpuExecutor(const Model& model, const program::PlanT& plan,
                                                               const SessionOptions& options) {
  SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, runtime::GpuPrecision(options.precision));
  SINEW_ASSIGN_OR_RETURN(runtime::GpuNetwork network, runtime::LoadOnGpu(model, options.resolution, options.device));
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<runtime::GpuExecutor> executor,
                         runtime::GpuExecutor::Create(plan, std::move(network), precision));
  return std::unique_ptr<runtime::PlanExecutor>(std::move(executor));
}

}  // namespace

struct Session::State {
  std::shared_ptr<const program::Artifact> artifact;
  const program::PlanT& plan;  // the artifact's
  std::unique_ptr<runtime::PlanExecutor> executor;
  Device device;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::Create(const Model& model, const SessionOptions& options) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return InvalidArgument("{} threads: give 1 to {}, or 0 for one a processor", options.threads, kMaxThreads);
  }
  const program::ModelT& description = model.artifact_->model();
  SINEW_ASSIGN_OR_RETURN(const size_t index, runtime::FindPlan(description, options.resolution, options.device));
  const program::PlanT& plan = *description.plans[index];
  const auto make = [&]() -> Result<std::unique_ptr<runtime::PlanExecutor>> {
    if (options.device.is_gpu()) return MakeGpuExecutor(model, plan, options);
    return MakeCpuExecutor(*model.artifact_, plan, options);
  };
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<runtime::PlanExecutor> executor, make());
  return Session(std::make_unique<State>(State{model.artifact_, plan, std::move(executor), options.device}));
}

Resolution Session::resolution() const {
  return {static_cast<int>(state_->plan.input->width()), static_cast<int>(state_->plan.input->height())};
}

const Device& Session::device() const { return state_->device; }

int Session::threads() const { return state_->executor->threads(); }

uint64_t Session::arena_bytes() const { return state_->executor->memory_bytes(); }

std::span<float> Session::input() { return state_->executor->input(); }

Status Session::Run(const RunHooks& hooks) { return state_->executor->Run(hooks); }

size_t Session::output_count() const { return state_->plan.outputs.size(); }

TensorView Session::output(size_t index) const {
  SINEW_CHECK(index < output_count());
  return state_->executor->output(index);
}

TensorView Session::step_output(size_t index) const {
  SINEW_CHECK(index < state_->plan.steps.size());
  return state_->executor->step_output(index);
}

double Session::step_multiply_adds(size_t index) const {
  SINEW_CHECK(index < state_->plan.steps.size());
  return state_->executor->step_multiply_adds(index);
}

Status Session::RunBatch(std::span<const float> pictures, std::span<float> results) {
  const std::span<float> in = input();
  const TensorView out = output();
  const size_t out_pixels = static_cast<size_t>(out.height) * static_cast<size_t>(out.width);
  const size_t out_channels = static_cast<size_t>(out.channels);
  const size_t batch = pictures.size() / in.size();
  if (pictures.size() % in.size() != 0) {
    return InvalidArgument("{} floats are not a whole number of {}x{}x3 pictures", pictures.size(), resolution().height,
                           resolution().width);
  }
  if (results.size() != batch * out_pixels * out_channels) {
    return InvalidArgument("room for {} floats of results, needs {}", results.size(),
                           batch * out_pixels * out_channels);
  }
  float* result = results.data();
  for (size_t n = 0; n < batch; ++n) {
    std::copy_n(pictures.data() + n * in.size(), in.size(), in.data());
    SINEW_RETURN_IF_ERROR(Run());
    for (size_t p = 0; p < out_pixels; ++p, result += out_channels) {
      std::copy_n(out.data + p * out.pixel_stride, out_channels, result);
    }
  }
  return Status();
}

}  // namespace sinew
