// Execution of a plan: an arena, the bound steps, and the threads that run them.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "artifact/reader.h"
#include "base/aligned_buffer.h"
#include "base/check.h"
#include "base/error.h"
#include "runtime/bind.h"
#include "runtime/thread_pool.h"
#include "sinew/model.h"

namespace sinew {
namespace {

constexpr int kMaxThreads = 1024;

Result<size_t> FindPlan(const artifact::ModelT& model, Resolution wanted) {
  if (wanted == Resolution{}) return size_t{0};
  std::string known;
  for (size_t i = 0; i < model.plans.size(); ++i) {
    const artifact::Slice& input = *model.plans[i]->input;
    if (static_cast<int>(input.width()) == wanted.width && static_cast<int>(input.height()) == wanted.height) return i;
    known += fmt::format(" {}x{}", input.width(), input.height());
  }
  return NotFound("the model is not compiled for {}x{}; it has:{}", wanted.width, wanted.height, known);
}

// The instruction set that the plan was made for, unless SINEW_FORCE_TARGET names another.
Result<kernels::Target> TargetFor(const artifact::ModelT& model) {
  if (std::getenv("SINEW_FORCE_TARGET") != nullptr) return kernels::DefaultTarget();
  return kernels::ParseTarget(model.target);
}

size_t RoundUpToCacheLine(size_t floats) {
  constexpr size_t kFloats = kCacheLineBytes / sizeof(float);
  return (floats + kFloats - 1) / kFloats * kFloats;
}

}  // namespace

struct Session::State {
  static Result<std::unique_ptr<State>> Create(std::shared_ptr<const artifact::Artifact> artifact, const artifact::PlanT& plan,
                                               kernels::Target target, int threads);
  State(std::shared_ptr<const artifact::Artifact> artifact_in, const artifact::PlanT& plan_in, int threads)
      : artifact(std::move(artifact_in)), plan(plan_in), pool(threads), arena(plan_in.arena_floats) {}

  std::shared_ptr<const artifact::Artifact> artifact;
  const artifact::PlanT& plan;
  runtime::ThreadPool pool;
  AlignedBuffer<float> arena;
  AlignedBuffer<float> scratch;  // pool.threads() times scratch_stride
  size_t scratch_stride = 0;
  std::vector<runtime::BoundStep> steps;

  TensorView ViewOf(const artifact::Slice& slice) const {
    return {arena.data() + slice.offset(), static_cast<int>(slice.height()), static_cast<int>(slice.width()),
            static_cast<int>(slice.channels()), slice.pixel_stride()};
  }
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::Create(const Model& model, const SessionOptions& options) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return InvalidArgument("{} threads: give 1 to {}, or 0 for one a processor", options.threads, kMaxThreads);
  }
  const artifact::ModelT& description = model.artifact_->model();
  SINEW_ASSIGN_OR_RETURN(const size_t plan_index, FindPlan(description, options.resolution));
  SINEW_ASSIGN_OR_RETURN(const kernels::Target target, TargetFor(description));
  const artifact::PlanT& plan = *description.plans[plan_index];
  if (plan.input->pixel_stride() != plan.input->channels()) return Corrupt("the plan's input is not dense");

  const int threads = options.threads > 0 ? options.threads : runtime::AvailableProcessors();
  try {
    SINEW_ASSIGN_OR_RETURN(auto state, State::Create(model.artifact_, plan, target, threads));
    return Session(std::move(state));
  } catch (const std::bad_alloc&) {
    return TooLarge("not enough memory for an arena of {} bytes: use a smaller resolution", plan.arena_floats * sizeof(float));
  }
}

Result<std::unique_ptr<Session::State>> Session::State::Create(std::shared_ptr<const artifact::Artifact> artifact,
                                                               const artifact::PlanT& plan, kernels::Target target,
                                                               int threads) {
  auto state = std::make_unique<State>(std::move(artifact), plan, threads);
  size_t scratch_floats = 0;
  for (const auto& step : plan.steps) {
    SINEW_ASSIGN_OR_RETURN(runtime::BoundStep bound, runtime::BindStep(*state->artifact, *step, target, state->arena.data()));
    scratch_floats = std::max(scratch_floats, bound.scratch_floats);
    state->steps.push_back(std::move(bound));
  }
  state->scratch_stride = RoundUpToCacheLine(scratch_floats);
  state->scratch = AlignedBuffer<float>(state->scratch_stride * static_cast<size_t>(threads));
  return state;
}

Resolution Session::resolution() const {
  return {static_cast<int>(state_->plan.input->width()), static_cast<int>(state_->plan.input->height())};
}

int Session::threads() const { return state_->pool.threads(); }

uint64_t Session::arena_bytes() const { return (state_->arena.size() + state_->scratch.size()) * sizeof(float); }

std::span<float> Session::input() {
  const artifact::Slice& input = *state_->plan.input;
  return {state_->arena.data() + input.offset(), size_t{input.height()} * input.width() * input.channels()};
}

void Session::Run(const std::function<void(size_t step)>& after_step) {
  State& state = *state_;
  for (size_t i = 0; i < state.steps.size(); ++i) {
    const runtime::BoundStep& step = state.steps[i];
    state.pool.ForEachRange(step.task_count, [&](size_t worker, size_t first, size_t last) {
      step.run(first, last, state.scratch.data() + worker * state.scratch_stride);
    });
    if (after_step) after_step(i);
  }
}

size_t Session::output_count() const { return state_->plan.outputs.size(); }

TensorView Session::output(size_t index) const {
  SINEW_CHECK(index < output_count());
  return state_->ViewOf(*state_->plan.outputs[index]->slice);
}

TensorView Session::step_output(size_t index) const {
  SINEW_CHECK(index < state_->plan.steps.size());
  return state_->ViewOf(*state_->plan.steps[index]->output);
}

Status Session::RunBatch(std::span<const float> pictures, std::span<float> results) {
  const std::span<float> in = input();
  const TensorView out = output();
  const size_t out_pixels = static_cast<size_t>(out.height) * static_cast<size_t>(out.width);
  const size_t out_channels = static_cast<size_t>(out.channels);
  const size_t batch = pictures.size() / in.size();
  if (pictures.size() % in.size() != 0) {
    return InvalidArgument("{} floats are no whole number of {}x{}x3 pictures", pictures.size(), resolution().height,
                           resolution().width);
  }
  if (results.size() != batch * out_pixels * out_channels) {
    return InvalidArgument("room for {} floats of results, needs {}", results.size(), batch * out_pixels * out_channels);
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
