// One function a kernel family: build its problem from the step, check everything that the kernel will rely on, bind.
#include "runtime/bind.h"

#include <algorithm>
#include <memory>
#include <string>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/pair/conv_pair.h"
#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/normalize/normalize.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/resize/resize.h"
#include "backends/cpu/separable/separable.h"
#include "base/error.h"

namespace sinew::runtime {
namespace {

using program::Slice;
using program::StepT;

struct Binder {
  const StepT& step;
  const BlobLookup& blobs;
  simd::Target target;
  float* arena;

  const Slice& in(size_t i = 0) const { return step.inputs[i]; }
  const Slice& out() const { return *step.output; }
  const program::Window& window() const { return *step.window; }
  const float* blob(size_t i) const { return blobs(step.blobs[i]).data(); }

  sinew::View View(const Slice& slice) const {
    return {arena + slice.offset(), static_cast<int>(slice.height()), static_cast<int>(slice.width()),
            static_cast<int>(slice.channels()), slice.pixel_stride()};
  }
  cpu::Activation activation() const { return static_cast<cpu::Activation>(step.activation); }

  Status CheckBlob(size_t i, size_t floats) const {
    const size_t have = blobs(step.blobs[i]).size();
    if (have != floats) return Corrupt("its blob {} has {} floats, needs {}", i, have, floats);
    return Status();
  }
  Status CheckSameShape(const Slice& slice) const {
    if (slice.height() != out().height() || slice.width() != out().width() || slice.channels() != out().channels()) {
      return Corrupt("its input and output differ in shape");
    }
    return Status();
  }
  // Window values that kernels may multiply and subtract as int.
  Status CheckWindowRange() const { return CheckWindowRange(window()); }
  static Status CheckWindowRange(const program::Window& w) {
    constexpr uint32_t kMax = 1 << 24;
    for (const uint32_t value :
         {w.kernel_h(), w.kernel_w(), w.stride_h(), w.stride_w(), w.dilation_h(), w.dilation_w()}) {
      if (value < 1 || value > kMax) return Corrupt("its window is out of range");
    }
    if (w.pad_top() > kMax || w.pad_left() > kMax) return Corrupt("its padding is out of range");
    return Status();
  }
  static bool IsHalf(uint32_t size, uint32_t pooled) { return pooled == size / 2 || pooled - 1 == (size - 1) / 2; }
  // A pool takes it for granted that no window lies wholly outside the input.
  Status CheckWindowFits() const {
    const auto fits = [](int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
      const int64_t reach = (kernel - 1) * dilation;
      const int64_t last_start = (out - 1) * stride - pad;
      return pad <= reach && last_start < in;
    };
    const program::Window& w = window();
    if (!fits(in().height(), out().height(), w.kernel_h(), w.stride_h(), w.dilation_h(), w.pad_top()) ||
        !fits(in().width(), out().width(), w.kernel_w(), w.stride_w(), w.dilation_w(), w.pad_left())) {
      return Corrupt("its window does not fit its input and output");
    }
    return Status();
  }
};

static_assert(static_cast<int>(program::Activation::None) == static_cast<int>(cpu::Activation::kNone) &&
              static_cast<int>(program::Activation::Relu) == static_cast<int>(cpu::Activation::kRelu) &&
              static_cast<int>(program::Activation::Relu6) == static_cast<int>(cpu::Activation::kRelu6));

template <class Problem, class Args>
Result<BoundStep> Bind(const Binder& b, std::span<const cpu::Algorithm<Problem, Args>> table, const Problem& problem,
                       const Args& args) {
  const auto* algorithm = cpu::FindAlgorithm<Problem, Args>(table, b.step.algorithm);
  if (algorithm == nullptr) {
    return Incompatible("this sinew has no {} algorithm \"{}\": compile the model again",
                        program::EnumNameStepKind(b.step.kind), b.step.algorithm);
  }
  if (!algorithm->supports(problem)) {
    return Corrupt("algorithm \"{}\" does not solve a step of this shape", b.step.algorithm);
  }
  const size_t packed_floats = algorithm->packed_floats(problem);
  if (packed_floats > 0) {
    if (b.step.blobs.empty()) return Corrupt("algorithm \"{}\" needs weights", b.step.algorithm);
    SINEW_RETURN_IF_ERROR(b.CheckBlob(0, packed_floats));
  }
  const auto run = algorithm->run_for(b.target);
  if (run == nullptr) {
    return Incompatible("algorithm \"{}\" is not built for {}", b.step.algorithm, simd::TargetName(b.target));
  }
  BoundStep bound;
  bound.task_count = algorithm->task_count(problem);
  bound.scratch_floats = algorithm->scratch_floats(problem);
  if (algorithm->multiply_adds != nullptr) bound.multiply_adds = algorithm->multiply_adds(problem);
  const auto add_pass = [&](auto pass) {
    bound.passes.push_back([problem, args, pass](size_t first, size_t last, float* scratch) {
      pass(problem, args, first, last, scratch);
    });
  };
  if (algorithm->first_pass_for != nullptr) add_pass(algorithm->first_pass_for(b.target));
  add_pass(run);
  return bound;
}

cpu::DepthwiseProblem DepthwiseProblemOf(const Binder& b, cpu::Activation activation) {
  const program::Window& w = b.window();
  return {.in_h = static_cast<int>(b.in().height()),
          .in_w = static_cast<int>(b.in().width()),
          .channels = static_cast<int>(b.in().channels()),
          .out_h = static_cast<int>(b.out().height()),
          .out_w = static_cast<int>(b.out().width()),
          .kernel_h = static_cast<int>(w.kernel_h()),
          .kernel_w = static_cast<int>(w.kernel_w()),
          .stride_h = static_cast<int>(w.stride_h()),
          .stride_w = static_cast<int>(w.stride_w()),
          .dilation_h = static_cast<int>(w.dilation_h()),
          .dilation_w = static_cast<int>(w.dilation_w()),
          .pad_top = static_cast<int>(w.pad_top()),
          .pad_left = static_cast<int>(w.pad_left()),
          .activation = activation};
}

// Height, width and channels of a picture.
struct PictureSize {
  uint32_t height, width, channels;
};
PictureSize SizeOf(const Slice& slice) { return {slice.height(), slice.width(), slice.channels()}; }

cpu::ConvProblem ConvProblemOf(const PictureSize& in, const PictureSize& out, const program::Window& w,
                               program::Activation activation) {
  return {.in_h = static_cast<int>(in.height),
          .in_w = static_cast<int>(in.width),
          .in_c = static_cast<int>(in.channels),
          .out_h = static_cast<int>(out.height),
          .out_w = static_cast<int>(out.width),
          .out_k = static_cast<int>(out.channels),
          .kernel_h = static_cast<int>(w.kernel_h()),
          .kernel_w = static_cast<int>(w.kernel_w()),
          .stride_h = static_cast<int>(w.stride_h()),
          .stride_w = static_cast<int>(w.stride_w()),
          .dilation_h = static_cast<int>(w.dilation_h()),
          .dilation_w = static_cast<int>(w.dilation_w()),
          .pad_top = static_cast<int>(w.pad_top()),
          .pad_left = static_cast<int>(w.pad_left()),
          .activation = static_cast<cpu::Activation>(activation)};
}

// A convolution from `in` to the step's output, pooled where the step says so.
Result<cpu::ConvProblem> LastConvOf(const Binder& b, const PictureSize& in) {
  SINEW_RETURN_IF_ERROR(b.CheckWindowRange());
  PictureSize out = SizeOf(b.out());
  if (b.step.unpooled == nullptr) return ConvProblemOf(in, out, b.window(), b.step.activation);
  const program::Size& unpooled = *b.step.unpooled;
  if (!Binder::IsHalf(unpooled.height(), out.height) || !Binder::IsHalf(unpooled.width(), out.width)) {
    return Corrupt("its output is not half the picture that it pools");
  }
  out.height = unpooled.height();
  out.width = unpooled.width();
  cpu::ConvProblem problem = ConvProblemOf(in, out, b.window(), b.step.activation);
  problem.max_pool = true;
  return problem;
}

Status CheckBias(const Binder& b, size_t blob, int channels) {
  return b.CheckBlob(blob, static_cast<size_t>(cpu::RoundUpToChannelBlock(channels)));
}

Result<BoundStep> BindConv(const Binder& b) {
  SINEW_ASSIGN_OR_RETURN(const cpu::ConvProblem problem, LastConvOf(b, SizeOf(b.in())));
  SINEW_RETURN_IF_ERROR(CheckBias(b, 1, problem.out_k));
  const cpu::ConvArgs args = {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1)};
  return Bind(b, cpu::ConvAlgorithms(), problem, args);
}

Result<BoundStep> BindConvPair(const Binder& b) {
  const program::FirstConvT& first = *b.step.first;
  SINEW_RETURN_IF_ERROR(Binder::CheckWindowRange(*first.window));
  const PictureSize between = {first.output->height(), first.output->width(), first.channels};
  cpu::ConvPairProblem problem;
  problem.first = ConvProblemOf(SizeOf(b.in()), between, *first.window, first.activation);
  SINEW_ASSIGN_OR_RETURN(problem.second, LastConvOf(b, between));
  SINEW_RETURN_IF_ERROR(CheckBias(b, 1, problem.first.out_k));
  SINEW_RETURN_IF_ERROR(CheckBias(b, 2, problem.second.out_k));
  const cpu::ConvPairArgs args = {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1), b.blob(2)};
  return Bind(b, cpu::ConvPairAlgorithms(), problem, args);
}

Result<BoundStep> BindDepthwise(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckWindowRange());
  if (b.in().channels() != b.out().channels()) return Corrupt("its input and output differ in channels");
  const cpu::DepthwiseProblem problem = DepthwiseProblemOf(b, b.activation());
  SINEW_RETURN_IF_ERROR(b.CheckBlob(1, static_cast<size_t>(cpu::RoundUpToChannelBlock(problem.channels))));
  const cpu::DepthwiseArgs args = {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1)};
  return Bind(b, cpu::DepthwiseAlgorithms(), problem, args);
}

Result<BoundStep> BindSeparable(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckWindowRange());
  const cpu::SeparableProblem problem = {
      .depthwise = DepthwiseProblemOf(b, static_cast<cpu::Activation>(b.step.depthwise_activation)),
      .out_k = static_cast<int>(b.out().channels()),
      .activation = b.activation()};
  SINEW_RETURN_IF_ERROR(b.CheckBlob(1, static_cast<size_t>(cpu::RoundUpToChannelBlock(problem.depthwise.channels))));
  SINEW_RETURN_IF_ERROR(b.CheckBlob(2, static_cast<size_t>(cpu::RoundUpToChannelBlock(problem.out_k))));
  const cpu::SeparableArgs args = {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1), b.blob(2)};
  return Bind(b, cpu::SeparableAlgorithms(), problem, args);
}

Result<BoundStep> BindPool(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckWindowRange());
  SINEW_RETURN_IF_ERROR(b.CheckWindowFits());
  if (b.in().channels() != b.out().channels()) return Corrupt("its input and output differ in channels");
  const program::Window& w = b.window();
  const cpu::PoolProblem problem = {.in_h = static_cast<int>(b.in().height()),
                                    .in_w = static_cast<int>(b.in().width()),
                                    .channels = static_cast<int>(b.in().channels()),
                                    .out_h = static_cast<int>(b.out().height()),
                                    .out_w = static_cast<int>(b.out().width()),
                                    .window_h = static_cast<int>(w.kernel_h()),
                                    .window_w = static_cast<int>(w.kernel_w()),
                                    .stride_h = static_cast<int>(w.stride_h()),
                                    .stride_w = static_cast<int>(w.stride_w()),
                                    .pad_top = static_cast<int>(w.pad_top()),
                                    .pad_left = static_cast<int>(w.pad_left())};
  return Bind(b, cpu::PoolAlgorithms(), problem, {b.View(b.in()), b.View(b.out())});
}

Result<BoundStep> BindResize(const Binder& b) {
  if (b.in().channels() != b.out().channels()) return Corrupt("its input and output differ in channels");
  const cpu::ResizeProblem problem = {.in_h = static_cast<int>(b.in().height()),
                                      .in_w = static_cast<int>(b.in().width()),
                                      .channels = static_cast<int>(b.in().channels()),
                                      .out_h = static_cast<int>(b.out().height()),
                                      .out_w = static_cast<int>(b.out().width()),
                                      .align_corners = b.step.align_corners,
                                      .half_pixel_centers = b.step.half_pixel_centers};
  return Bind(b, cpu::ResizeAlgorithms(), problem, {b.View(b.in()), b.View(b.out())});
}

Result<BoundStep> BindNormalize(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckSameShape(b.in()));
  if (!(b.step.epsilon >= 0 && b.step.epsilon < 1e6f)) return Corrupt("its epsilon is out of range");
  const cpu::NormalizeProblem problem = {.height = static_cast<int>(b.out().height()),
                                         .width = static_cast<int>(b.out().width()),
                                         .channels = static_cast<int>(b.out().channels()),
                                         .epsilon = b.step.epsilon,
                                         .activation = b.activation()};
  const size_t floats = static_cast<size_t>(cpu::RoundUpToChannelBlock(problem.channels));
  SINEW_RETURN_IF_ERROR(b.CheckBlob(0, floats));
  SINEW_RETURN_IF_ERROR(b.CheckBlob(1, floats));
  const auto sums = std::make_shared<std::vector<double>>(cpu::MomentSums(problem));
  const cpu::NormalizeArgs args = {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1), sums->data()};
  SINEW_ASSIGN_OR_RETURN(BoundStep bound, Bind(b, cpu::NormalizeAlgorithms(), problem, args));
  bound.workspace = sums;
  return bound;
}

Result<BoundStep> BindAdd(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckSameShape(b.in(0)));
  SINEW_RETURN_IF_ERROR(b.CheckSameShape(b.in(1)));
  const cpu::AddProblem problem = {.height = static_cast<int>(b.out().height()),
                                   .width = static_cast<int>(b.out().width()),
                                   .channels = static_cast<int>(b.out().channels()),
                                   .activation = b.activation()};
  return Bind(b, cpu::AddAlgorithms(), problem, {b.View(b.in(0)), b.View(b.in(1)), b.View(b.out())});
}

Result<BoundStep> BindScaleShift(const Binder& b) {
  SINEW_RETURN_IF_ERROR(b.CheckSameShape(b.in()));
  const cpu::ScaleShiftProblem problem = {.height = static_cast<int>(b.out().height()),
                                          .width = static_cast<int>(b.out().width()),
                                          .channels = static_cast<int>(b.out().channels()),
                                          .activation = b.activation()};
  const size_t floats = static_cast<size_t>(cpu::RoundUpToChannelBlock(problem.channels));
  SINEW_RETURN_IF_ERROR(b.CheckBlob(0, floats));
  SINEW_RETURN_IF_ERROR(b.CheckBlob(1, floats));
  return Bind(b, cpu::ScaleShiftAlgorithms(), problem, {b.View(b.in()), b.View(b.out()), b.blob(0), b.blob(1)});
}

Result<BoundStep> BindCopy(const Binder& b) {
  const program::Window& w = b.window();
  if (b.in().channels() != b.out().channels() || b.in().height() + w.pad_top() > b.out().height() ||
      b.in().width() + w.pad_left() > b.out().width()) {
    return Corrupt("its input does not fit into its output");
  }
  const cpu::CopyProblem problem = {.in_h = static_cast<int>(b.in().height()),
                                    .in_w = static_cast<int>(b.in().width()),
                                    .channels = static_cast<int>(b.in().channels()),
                                    .out_h = static_cast<int>(b.out().height()),
                                    .out_w = static_cast<int>(b.out().width()),
                                    .pad_top = static_cast<int>(w.pad_top()),
                                    .pad_left = static_cast<int>(w.pad_left())};
  return Bind(b, cpu::CopyAlgorithms(), problem, {b.View(b.in()), b.View(b.out())});
}

Result<BoundStep> BindByKind(const Binder& b) {
  switch (b.step.kind) {
    case program::StepKind::Conv:
      return BindConv(b);
    case program::StepKind::ConvPair:
      return BindConvPair(b);
    case program::StepKind::Depthwise:
      return BindDepthwise(b);
    case program::StepKind::Separable:
      return BindSeparable(b);
    case program::StepKind::Pool:
      return BindPool(b);
    case program::StepKind::Resize:
      return BindResize(b);
    case program::StepKind::Normalize:
      return BindNormalize(b);
    case program::StepKind::Add:
      return BindAdd(b);
    case program::StepKind::ScaleShift:
      return BindScaleShift(b);
    case program::StepKind::Copy:
      return BindCopy(b);
  }
  return Corrupt("unknown kind of step");
}

}  // namespace

Result<BoundStep> BindStep(const StepT& step, const BlobLookup& blobs, simd::Target target, float* arena) {
  Result<BoundStep> bound = BindByKind({step, blobs, target, arena});
  if (!bound.ok()) return Prefixed(fmt::format("step \"{}\"", step.name), bound.status());
  return bound;
}

}  // namespace sinew::runtime
