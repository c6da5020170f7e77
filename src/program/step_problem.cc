// Checks and conversions, one a kind of step.
#include "program/step_problem.h"

#include <cmath>
#include <initializer_list>

#include "base/error.h"
#include "program/program.h"

namespace sinew::program {
namespace {

using kernels::Problem;

// Limits that no sane network reaches: kernels may add, subtract and multiply two of them as int. That longer products
// fit is each algorithm's own check.
constexpr uint32_t kMaxSize = 1 << 16;
constexpr uint32_t kMaxWindow = 1 << 10;

static_assert(static_cast<int>(Function::MAX) == static_cast<int>(kernels::Function::kTanh) &&
              static_cast<int>(Function::HardSwish) == static_cast<int>(kernels::Function::kHardSwish) &&
              static_cast<int>(Operation::MAX) == static_cast<int>(kernels::Operation::kDivide) &&
              static_cast<int>(Rounding::MAX) == static_cast<int>(kernels::Rounding::kHalfUp));
static_assert(static_cast<int>(Activation::None) == static_cast<int>(kernels::Activation::kNone) &&
              static_cast<int>(Activation::Relu) == static_cast<int>(kernels::Activation::kRelu) &&
              static_cast<int>(Activation::Relu6) == static_cast<int>(kernels::Activation::kRelu6));

kernels::Activation ToKernel(Activation activation) { return static_cast<kernels::Activation>(activation); }

int Int(uint32_t value) { return static_cast<int>(value); }

struct Picture {
  uint32_t height, width, channels;
  bool operator==(const Picture&) const = default;
};

Picture MakePicture(const Slice& slice) { return {slice.height(), slice.width(), slice.channels()}; }

Status CheckPicture(const Picture& picture) {
  for (const uint32_t size : {picture.height, picture.width, picture.channels}) {
    if (size < 1 || size > kMaxSize) {
      return Corrupt("a picture of {}x{}x{} is out of range", picture.height, picture.width, picture.channels);
    }
  }
  return Status();
}

Status CheckActivation(std::initializer_list<Activation> activations) {
  for (const Activation activation : activations) {
    if (activation > Activation::MAX) return Corrupt("unknown activation {}", static_cast<int>(activation));
  }
  return Status();
}

Status CheckWindow(const Window& w) {
  for (const uint32_t value :
       {w.kernel_h(), w.kernel_w(), w.stride_h(), w.stride_w(), w.dilation_h(), w.dilation_w()}) {
    if (value < 1 || value > kMaxWindow) return Corrupt("its window is out of range");
  }
  if (w.pad_top() > kMaxWindow || w.pad_left() > kMaxWindow)
    return Corrupt("its window has a padding that is out of range");
  return Status();
}

kernels::ConvProblem FillConv(const Picture& in, const Picture& out, const Window& w, Activation activation) {
  return {.in_h = Int(in.height),
          .in_w = Int(in.width),
          .in_c = Int(in.channels),
          .out_h = Int(out.height),
          .out_w = Int(out.width),
          .out_k = Int(out.channels),
          .kernel_h = Int(w.kernel_h()),
          .kernel_w = Int(w.kernel_w()),
          .stride_h = Int(w.stride_h()),
          .stride_w = Int(w.stride_w()),
          .dilation_h = Int(w.dilation_h()),
          .dilation_w = Int(w.dilation_w()),
          .pad_top = Int(w.pad_top()),
          .pad_left = Int(w.pad_left()),
          .activation = ToKernel(activation)};
}

kernels::DepthwiseProblem FillDepthwise(const Picture& in, const Picture& out, const Window& w, Activation activation) {
  return {.in_h = Int(in.height),
          .in_w = Int(in.width),
          .channels = Int(in.channels),
          .out_h = Int(out.height),
          .out_w = Int(out.width),
          .kernel_h = Int(w.kernel_h()),
          .kernel_w = Int(w.kernel_w()),
          .stride_h = Int(w.stride_h()),
          .stride_w = Int(w.stride_w()),
          .dilation_h = Int(w.dilation_h()),
          .dilation_w = Int(w.dilation_w()),
          .pad_top = Int(w.pad_top()),
          .pad_left = Int(w.pad_left()),
          .activation = ToKernel(activation)};
}

// Whether no window of a pool lies outside the input altogether.
bool WindowsMeetInput(uint32_t in, uint32_t out, uint32_t window, uint32_t stride, uint32_t pad) {
  return pad < window && (int64_t{out} - 1) * stride - pad < int64_t{in};
}

struct Maker {
  const StepT& step;
  const Picture in = MakePicture(step.inputs[0]);
  const Picture out = MakePicture(*step.output);

  Status CheckSameChannels() const {
    return in.channels == out.channels ? Status() : Corrupt("its input and output differ in channels");
  }
  Status CheckSameShape() const {
    for (const Slice& input : step.inputs) {
      if (MakePicture(input) != out) return Corrupt("its input and output differ in shape");
    }
    return Status();
  }

  // A convolution from `from` to the step's output, by way of the picture that it pools where there is one.
  Result<kernels::ConvProblem> ConvToOutput(const Picture& from, const Window& window, Activation activation,
                                            const Size* unpooled) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(window));
    SINEW_RETURN_IF_ERROR(CheckActivation({activation}));
    if (unpooled == nullptr) return FillConv(from, out, window, activation);
    const auto is_half = [](uint32_t size, uint32_t pooled) {
      return pooled == size / 2 || pooled - 1 == (size - 1) / 2;
    };
    const Picture large = {unpooled->height(), unpooled->width(), out.channels};
    SINEW_RETURN_IF_ERROR(CheckPicture(large));
    if (!is_half(large.height, out.height) || !is_half(large.width, out.width)) {
      return Corrupt("its output is not half the picture that it pools");
    }
    kernels::ConvProblem problem = FillConv(from, large, window, activation);
    problem.max_pool = true;
    return problem;
  }

  Result<Problem> operator()(const ConvStepT& s) const {
    SINEW_ASSIGN_OR_RETURN(const kernels::ConvProblem problem,
                           ConvToOutput(in, *s.window, s.activation, s.unpooled.get()));
    return Problem(problem);
  }

  Result<Problem> operator()(const ConvPairStepT& s) const {
    const Picture between = {s.between->height(), s.between->width(), s.between_channels};
    SINEW_RETURN_IF_ERROR(CheckPicture(between));
    SINEW_RETURN_IF_ERROR(CheckWindow(*s.first_window));
    SINEW_RETURN_IF_ERROR(CheckActivation({s.first_activation}));
    SINEW_ASSIGN_OR_RETURN(const kernels::ConvProblem second,
                           ConvToOutput(between, *s.window, s.activation, s.unpooled.get()));
    return Problem(kernels::ConvPairProblem{.first = FillConv(in, between, *s.first_window, s.first_activation),
                                            .second = second});
  }

  Result<Problem> operator()(const DepthwiseStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(*s.window));
    SINEW_RETURN_IF_ERROR(CheckActivation({s.activation}));
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    return Problem(FillDepthwise(in, out, *s.window, s.activation));
  }

  Result<Problem> operator()(const SeparableStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(*s.window));
    SINEW_RETURN_IF_ERROR(CheckActivation({s.depthwise_activation, s.activation}));
    return Problem(kernels::SeparableProblem{.depthwise = FillDepthwise(in, out, *s.window, s.depthwise_activation),
                                             .out_k = Int(out.channels),
                                             .activation = ToKernel(s.activation)});
  }

  Result<Problem> operator()(const PoolStepT& s) const {
    SINEW_ASSIGN_OR_RETURN(const kernels::PoolProblem problem, Pool(*s.window));
    return Problem(problem);
  }

  Result<kernels::PoolProblem> Pool(const Window& w) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(w));
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    if (w.dilation_h() != 1 || w.dilation_w() != 1) return Corrupt("its window is dilated, that of a pool never is");
    if (!WindowsMeetInput(in.height, out.height, w.kernel_h(), w.stride_h(), w.pad_top()) ||
        !WindowsMeetInput(in.width, out.width, w.kernel_w(), w.stride_w(), w.pad_left())) {
      return Corrupt("its window does not fit its input and output");
    }
    return kernels::PoolProblem{.in_h = Int(in.height),
                                .in_w = Int(in.width),
                                .channels = Int(in.channels),
                                .out_h = Int(out.height),
                                .out_w = Int(out.width),
                                .window_h = Int(w.kernel_h()),
                                .window_w = Int(w.kernel_w()),
                                .stride_h = Int(w.stride_h()),
                                .stride_w = Int(w.stride_w()),
                                .pad_top = Int(w.pad_top()),
                                .pad_left = Int(w.pad_left())};
  }

  Result<Problem> operator()(const ResizeStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    return Problem(kernels::ResizeProblem{.in_h = Int(in.height),
                                          .in_w = Int(in.width),
                                          .channels = Int(in.channels),
                                          .out_h = Int(out.height),
                                          .out_w = Int(out.width),
                                          .align_corners = s.align_corners,
                                          .half_pixel_centers = s.half_pixel_centers});
  }

  Result<Problem> operator()(const NormalizeStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    SINEW_RETURN_IF_ERROR(CheckActivation({s.activation}));
    // Written so that NaN fails.
    if (!(s.epsilon >= 0 && s.epsilon < 1e6f)) return Corrupt("its epsilon is out of range");
    return Problem(kernels::NormalizeProblem{.height = Int(out.height),
                                             .width = Int(out.width),
                                             .channels = Int(out.channels),
                                             .epsilon = s.epsilon,
                                             .activation = ToKernel(s.activation)});
  }

  Result<Problem> operator()(const AddStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    SINEW_RETURN_IF_ERROR(CheckActivation({s.activation}));
    return Problem(kernels::AddProblem{.height = Int(out.height),
                                       .width = Int(out.width),
                                       .channels = Int(out.channels),
                                       .activation = ToKernel(s.activation)});
  }

  Result<Problem> operator()(const ScaleShiftStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    SINEW_RETURN_IF_ERROR(CheckActivation({s.activation}));
    return Problem(kernels::ScaleShiftProblem{.height = Int(out.height),
                                              .width = Int(out.width),
                                              .channels = Int(out.channels),
                                              .activation = ToKernel(s.activation)});
  }

  Result<Problem> operator()(const PreluStepT&) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    return Problem(
        kernels::PreluProblem{.height = Int(out.height), .width = Int(out.width), .channels = Int(out.channels)});
  }

  Result<Problem> operator()(const CopyStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    if (uint64_t{in.height} + s.top > out.height || uint64_t{in.width} + s.left > out.width) {
      return Corrupt("its input does not fit into its output");
    }
    return Problem(kernels::CopyProblem{.in_h = Int(in.height),
                                        .in_w = Int(in.width),
                                        .channels = Int(in.channels),
                                        .out_h = Int(out.height),
                                        .out_w = Int(out.width),
                                        .pad_top = Int(s.top),
                                        .pad_left = Int(s.left)});
  }

  Result<Problem> operator()(const MapStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    if (s.function == Function::None || s.function > Function::MAX)
      return Corrupt("unknown function {}", static_cast<int>(s.function));
    if (!std::isfinite(s.alpha) || !std::isfinite(s.beta)) return Corrupt("its parameters are out of range");
    return Problem(kernels::MapProblem{.height = Int(out.height),
                                       .width = Int(out.width),
                                       .channels = Int(out.channels),
                                       .function = static_cast<kernels::Function>(s.function),
                                       .alpha = s.alpha,
                                       .beta = s.beta});
  }

  Result<Problem> operator()(const CombineStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckActivation({s.activation}));
    if (s.operation > Operation::MAX) return Corrupt("unknown operation {}", static_cast<int>(s.operation));
    const Picture second = MakePicture(step.inputs[1]);
    const auto stretches = [](uint32_t from, uint32_t to) { return from == to || from == 1; };
    for (const Picture& each : {in, second}) {
      if (!stretches(each.height, out.height) || !stretches(each.width, out.width) ||
          !stretches(each.channels, out.channels)) {
        return Corrupt("its input does not stretch to its output");
      }
    }
    return Problem(kernels::CombineProblem{.height = Int(out.height),
                                           .width = Int(out.width),
                                           .channels = Int(out.channels),
                                           .a_height = Int(in.height),
                                           .a_width = Int(in.width),
                                           .a_channels = Int(in.channels),
                                           .b_height = Int(second.height),
                                           .b_width = Int(second.width),
                                           .b_channels = Int(second.channels),
                                           .operation = static_cast<kernels::Operation>(s.operation),
                                           .activation = ToKernel(s.activation)});
  }

  Result<Problem> operator()(const AveragePoolStepT& s) const {
    SINEW_ASSIGN_OR_RETURN(const kernels::PoolProblem pool, Pool(*s.window));
    return Problem(kernels::AveragePoolProblem{.pool = pool, .count_padding = s.count_padding});
  }

  Result<Problem> operator()(const ResizeNearestStepT& s) const {
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    if (s.rounding > Rounding::MAX) return Corrupt("unknown rounding {}", static_cast<int>(s.rounding));
    return Problem(kernels::ResizeNearestProblem{.resize = {.in_h = Int(in.height),
                                                            .in_w = Int(in.width),
                                                            .channels = Int(in.channels),
                                                            .out_h = Int(out.height),
                                                            .out_w = Int(out.width),
                                                            .align_corners = s.align_corners,
                                                            .half_pixel_centers = s.half_pixel_centers},
                                                 .rounding = static_cast<kernels::Rounding>(s.rounding)});
  }

  Result<Problem> operator()(const DepthToSpaceStepT& s) const {
    constexpr uint32_t kMaxBlock = 64;
    const auto covers = [&](uint32_t from, uint32_t to) {
      return uint64_t{from} * s.block >= to && uint64_t{from} * s.block - to < s.block;
    };
    if (s.block < 1 || s.block > kMaxBlock || in.channels != uint64_t{out.channels} * s.block * s.block ||
        !covers(in.height, out.height) || !covers(in.width, out.width)) {
      return Corrupt("its blocks do not make its output of its input");
    }
    return Problem(kernels::DepthToSpaceProblem{.in_h = Int(in.height),
                                                .in_w = Int(in.width),
                                                .in_c = Int(in.channels),
                                                .out_h = Int(out.height),
                                                .out_w = Int(out.width),
                                                .block = Int(s.block),
                                                .pixels_innermost = s.pixels_innermost});
  }

  Result<Problem> operator()(const SoftmaxStepT&) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape());
    return Problem(
        kernels::SoftmaxProblem{.height = Int(out.height), .width = Int(out.width), .channels = Int(out.channels)});
  }
};

}  // namespace

Result<Problem> MakeProblem(const StepT& step) {
  if (step.what.type == StepKind::NONE || step.what.value == nullptr) {
    return Corrupt("unknown kind of step ({})", static_cast<int>(step.what.type));
  }
  const bool two = step.what.type == StepKind::Add || step.what.type == StepKind::Combine;
  const size_t inputs = two ? 2 : 1;
  if (step.inputs.size() != inputs || step.output == nullptr) {
    return Corrupt("a {} step has {} inputs, needs {}", KindName(step), step.inputs.size(), inputs);
  }
  for (const Slice& input : step.inputs) SINEW_RETURN_IF_ERROR(CheckPicture(MakePicture(input)));
  SINEW_RETURN_IF_ERROR(CheckPicture(MakePicture(*step.output)));
  return VisitStep(step, Maker{step});
}

}  // namespace sinew::program
