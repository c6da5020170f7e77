// Checks of a network.
#include "backends/cuda/network.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::cuda {
namespace {

constexpr int kMaxSide = 1 << 16;  // of a picture, and of a window's values
constexpr int kMaxChannels = 1 << 16;
constexpr int64_t kMaxPicture = int64_t{1} << 31;  // elements: kernels index one picture with int

class Checker {
 public:
  Checker(const Network& network, const Operation& operation) : network_(network), operation_(operation) {}

  Status Run() const {
    const size_t inputs = operation_.inputs.size();
    if (std::holds_alternative<Add>(operation_.what)      ? inputs != 2
        : std::holds_alternative<Concat>(operation_.what) ? inputs < 1
                                                          : inputs != 1) {
      return InvalidArgument("it has {} inputs", inputs);
    }
    return std::visit([this](const auto& what) { return Check(what); }, operation_.what);
  }

 private:
  const Shape& in(size_t i = 0) const { return network_.values[static_cast<size_t>(operation_.inputs[i])]; }
  const Shape& out() const { return network_.values[static_cast<size_t>(operation_.output)]; }

  static Status CheckCount(const char* what, Floats floats, int64_t count) {
    if (static_cast<int64_t>(floats.size()) == count) return Status();
    return InvalidArgument("its {} has {} values, needs {}", what, floats.size(), count);
  }
  Status CheckSameShape(const Shape& a) const {
    if (a == out()) return Status();
    return InvalidArgument("its input is {}x{}x{}, its result {}x{}x{}: they must be equal", a.height, a.width,
                           a.channels, out().height, out().width, out().channels);
  }
  Status CheckWindow(const Window& w) const {
    for (const int value : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.dilation_h, w.dilation_w}) {
      if (value < 1 || value > kMaxSide)
        return InvalidArgument("its window has a side, stride or dilation of {}", value);
    }
    if (w.pad_top < 0 || w.pad_left < 0 || w.pad_top > kMaxSide || w.pad_left > kMaxSide) {
      return InvalidArgument("its padding is {}, {}", w.pad_top, w.pad_left);
    }
    const auto reaches = [](int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
      return pad <= (kernel - 1) * dilation && (out - 1) * stride - pad < in;
    };
    if (!reaches(in().height, out().height, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top) ||
        !reaches(in().width, out().width, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left)) {
      return InvalidArgument("its window lies outside its input of {}x{} for a result of {}x{}", in().height,
                             in().width, out().height, out().width);
    }
    return Status();
  }
  Status CheckSameChannels() const {
    if (in().channels == out().channels) return Status();
    return InvalidArgument("its input has {} channels, its result {}", in().channels, out().channels);
  }

  Status Check(const Conv& conv) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(conv.window));
    if (conv.groups < 1 || in().channels % conv.groups != 0 || out().channels % conv.groups != 0) {
      return InvalidArgument("{} groups do not divide its {} input and {} output channels", conv.groups, in().channels,
                             out().channels);
    }
    const Window& w = conv.window;
    SINEW_RETURN_IF_ERROR(
        CheckCount("kernel", conv.kernel,
                   static_cast<int64_t>(w.kernel_h) * w.kernel_w * (in().channels / conv.groups) * out().channels));
    return CheckCount("bias", conv.bias, out().channels);
  }
  Status Check(const Depthwise& depthwise) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(depthwise.window));
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    const Window& w = depthwise.window;
    SINEW_RETURN_IF_ERROR(
        CheckCount("kernel", depthwise.kernel, static_cast<int64_t>(w.kernel_h) * w.kernel_w * out().channels));
    return CheckCount("bias", depthwise.bias, out().channels);
  }
  Status Check(const Pool& pool) const {
    SINEW_RETURN_IF_ERROR(CheckWindow(pool.window));
    if (pool.window.dilation_h != 1 || pool.window.dilation_w != 1)
      return InvalidArgument("it pools with a dilated window");
    return CheckSameChannels();
  }
  Status Check(const Resize&) const { return CheckSameChannels(); }
  Status Check(const Normalize& normalize) const {
    if (!(normalize.epsilon >= 0 && normalize.epsilon < 1e6f))
      return InvalidArgument("its epsilon is {}", normalize.epsilon);
    SINEW_RETURN_IF_ERROR(CheckSameShape(in()));
    SINEW_RETURN_IF_ERROR(CheckCount("gamma", normalize.gamma, out().channels));
    return CheckCount("beta", normalize.beta, out().channels);
  }
  Status Check(const Add&) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape(in(0)));
    return CheckSameShape(in(1));
  }
  Status Check(const ScaleShift& affine) const {
    SINEW_RETURN_IF_ERROR(CheckSameShape(in()));
    SINEW_RETURN_IF_ERROR(CheckCount("scale", affine.scale, out().channels));
    return CheckCount("shift", affine.shift, out().channels);
  }
  Status Check(const Pad& pad) const {
    SINEW_RETURN_IF_ERROR(CheckSameChannels());
    if (pad.top < 0 || pad.left < 0 || in().height > out().height - pad.top || in().width > out().width - pad.left) {
      return InvalidArgument("its input of {}x{} at {}, {} does not fit into its result of {}x{}", in().height,
                             in().width, pad.top, pad.left, out().height, out().width);
    }
    return Status();
  }
  Status Check(const Concat&) const {
    int64_t channels = 0;
    for (size_t i = 0; i < operation_.inputs.size(); ++i) {
      if (in(i).height != out().height || in(i).width != out().width)
        return InvalidArgument("its inputs differ in size");
      channels += in(i).channels;
    }
    if (channels == out().channels) return Status();
    return InvalidArgument("its inputs have {} channels together, its result {}", channels, out().channels);
  }
  Status Check(const Slice& slice) const {
    if (in().height != out().height || in().width != out().width)
      return InvalidArgument("its input and result differ in size");
    if (slice.first < 0 || slice.first > in().channels - out().channels) {
      return InvalidArgument("its channels {} to {} are outside its input's {}", slice.first,
                             slice.first + out().channels, in().channels);
    }
    return Status();
  }

  const Network& network_;
  const Operation& operation_;
};

}  // namespace

const char* WhatName(const What& what) {
  constexpr const char* kNames[] = {"conv", "depthwise",   "pool", "resize", "normalize",
                                    "add",  "scale-shift", "pad",  "concat", "slice"};
  static_assert(std::size(kNames) == std::variant_size_v<What>);
  return kNames[what.index()];
}

ValueId Network::Append(std::string name, What what, std::vector<ValueId> inputs, Shape shape) {
  values.push_back(shape);
  const ValueId output = static_cast<ValueId>(values.size()) - 1;
  operations.push_back({std::move(name), std::move(what), std::move(inputs), output});
  return output;
}

Status Network::Check() const {
  if (values.empty()) return InvalidArgument("the network has no input");
  for (size_t i = 0; i < values.size(); ++i) {
    const Shape& s = values[i];
    if (s.height < 1 || s.width < 1 || s.channels < 1 || s.height > kMaxSide || s.width > kMaxSide ||
        s.channels > kMaxChannels ||
        static_cast<int64_t>(s.height) * s.width * (s.channels + kChannelMultiple) >= kMaxPicture) {
      return InvalidArgument(
          "value {} of the network is {}x{}x{}: sides go to {}, channels to {}, a picture to {} values", i, s.height,
          s.width, s.channels, kMaxSide, kMaxChannels, kMaxPicture);
    }
  }
  std::vector<bool> made(values.size(), false);
  made[0] = true;
  for (const Operation& operation : operations) {
    const auto failed = [&](const Status& status) {
      return Prefixed(fmt::format("operation \"{}\" ({})", operation.name, WhatName(operation.what)), status);
    };
    const auto known = [&](ValueId id) { return id >= 0 && id < static_cast<ValueId>(values.size()); };
    if (!known(operation.output) || made[static_cast<size_t>(operation.output)]) {
      return failed(InvalidArgument("its result is value {}, which is not there or made twice", operation.output));
    }
    for (const ValueId input : operation.inputs) {
      if (!known(input) || !made[static_cast<size_t>(input)])
        return failed(InvalidArgument("it reads value {}, which is not made before", input));
    }
    if (Status status = Checker(*this, operation).Run(); !status.ok()) return failed(status);
    made[static_cast<size_t>(operation.output)] = true;
  }
  if (outputs.empty()) return InvalidArgument("the network has no output");
  for (const NetworkOutput& output : outputs) {
    if (output.value < 0 || output.value >= static_cast<ValueId>(values.size()) ||
        !made[static_cast<size_t>(output.value)]) {
      return InvalidArgument("output \"{}\" is value {}, which nothing makes", output.name, output.value);
    }
  }
  return Status();
}

}  // namespace sinew::cuda
