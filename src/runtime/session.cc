// A session: an artifact, one of its plans, and the executor of that plan.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "program/reader.h"
#include "runtime/executor.h"
#include "runtime/thread_pool.h"
#include "sinew/model.h"

namespace sinew {
namespace {

constexpr int kMaxThreads = 1024;

Result<size_t> FindPlan(const program::ModelT& model, Resolution wanted) {
  if (wanted == Resolution{}) return size_t{0};
  std::string known;
  for (size_t i = 0; i < model.plans.size(); ++i) {
    const program::Slice& input = *model.plans[i]->input;
    if (static_cast<int>(input.width()) == wanted.width && static_cast<int>(input.height()) == wanted.height) return i;
    known += fmt::format(" {}x{}", input.width(), input.height());
  }
  return NotFound("the model is not compiled for {}x{}; it has:{}", wanted.width, wanted.height, known);
}

// The instruction set that the plan was made for, unless SINEW_FORCE_TARGET names another.
Result<simd::Target> TargetFor(const program::PlanT& plan) {
  if (plan.backend != program::kCpuBackend) {
    return Unsupported(
        "the model's plan for {}x{} is for the backend \"{}\", not for CPUs: compile it for this machine",
        plan.input->width(), plan.input->height(), plan.backend);
  }
  SINEW_ASSIGN_OR_RETURN(const simd::Target planned, simd::ParseTarget(plan.target));
  return simd::ForcedTargetOr(planned);
}

}  // namespace

struct Session::State {
  std::shared_ptr<const program::Artifact> artifact;
  const program::PlanT& plan;  // the artifact's
  std::unique_ptr<runtime::Executor> executor;
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
  SINEW_ASSIGN_OR_RETURN(const size_t plan_index, FindPlan(description, options.resolution));
  const program::PlanT& plan = *description.plans[plan_index];
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, TargetFor(plan));
  const int threads = options.threads > 0 ? options.threads : runtime::AvailableProcessors();
  const auto blobs = [&](uint32_t index) { return model.artifact_->blob(index); };
  SINEW_ASSIGN_OR_RETURN(auto executor, runtime::Executor::Create(plan, blobs, target, threads));
  return Session(std::make_unique<State>(State{model.artifact_, plan, std::move(executor)}));
}

Resolution Session::resolution() const { return state_->executor->resolution(); }

int Session::threads() const { return state_->executor->threads(); }

uint64_t Session::arena_bytes() const { return state_->executor->memory_bytes(); }

std::span<float> Session::input() { return state_->executor->input(); }

void Session::Run(const RunHooks& hooks) { state_->executor->Run(hooks); }

size_t Session::output_count() const { return state_->plan.outputs.size(); }

TensorView Session::output(size_t index) const {
  SINEW_CHECK(index < output_count());
  return state_->executor->MakeView(*state_->plan.outputs[index]->slice);
}

TensorView Session::step_output(size_t index) const {
  SINEW_CHECK(index < state_->plan.steps.size());
  return state_->executor->MakeView(*state_->plan.steps[index]->output);
}

double Session::step_multiply_adds(size_t index) const {
  SINEW_CHECK(index < state_->plan.steps.size());
  return state_->executor->step(index).multiply_adds;
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
    Run();
    for (size_t p = 0; p < out_pixels; ++p, result += out_channels) {
      std::copy_n(out.data + p * out.pixel_stride, out_channels, result);
    }
  }
  return Status();
}

}  // namespace sinew
