// Networks run by the executor on the host device, in random orders, against each operation done plainly in double.
#include "backends/cuda/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "backends/cuda/testing/host_device.h"

namespace sinew::cuda {
namespace {

using ::testing::HasSubstr;

// Builds networks with random weights.
class Builder {
 public:
  explicit Builder(Shape input) {
    network_->owner = floats_;
    network_->values.push_back(input);
  }

  ValueId AddConv(ValueId in, int channels, int size, Activation activation = Activation::kRelu, int stride = 1,
                  int groups = 1) {
    const Shape from = network_->values[static_cast<size_t>(in)];
    Conv conv{.window = SameWindow(size, stride), .activation = activation, .groups = groups};
    const float most = std::sqrt(
        3.0f / static_cast<float>(size * size * from.channels / groups));  // keeps values about as large as they are
    conv.kernel = Random(size * size * (from.channels / groups) * channels, -most, most);
    conv.bias = Random(channels);
    return Append("conv", conv, {in}, {Out(from.height, stride), Out(from.width, stride), channels});
  }
  ValueId AddDepthwise(ValueId in, int stride = 1) {
    const Shape from = network_->values[static_cast<size_t>(in)];
    Depthwise depthwise{.window = SameWindow(3, stride), .activation = Activation::kRelu6};
    depthwise.kernel = Random(9 * from.channels);
    depthwise.bias = Random(from.channels);
    return Append("depthwise", depthwise, {in}, {Out(from.height, stride), Out(from.width, stride), from.channels});
  }
  ValueId Append(const std::string& name, What what, std::vector<ValueId> inputs, Shape shape) {
    return network_->Append(name + std::to_string(network_->operations.size()), std::move(what), std::move(inputs),
                            shape);
  }
  ValueId Concatenate(const std::vector<ValueId>& parts) {
    Shape shape = ShapeOf(parts[0]);
    shape.channels = 0;
    for (const ValueId part : parts) shape.channels += ShapeOf(part).channels;
    return Append("concat", Concat{}, parts, shape);
  }
  Floats Random(int count, float low = -1, float high = 1) {
    std::uniform_real_distribution<float> value(low, high);
    floats_->emplace_back();
    for (int i = 0; i < count; ++i) floats_->back().push_back(value(random_));
    return floats_->back();
  }
  Shape ShapeOf(ValueId value) const { return network_->values[static_cast<size_t>(value)]; }
  std::shared_ptr<const Network> Finish(std::vector<ValueId> outputs) {
    for (const ValueId output : outputs) network_->outputs.push_back({"out" + std::to_string(output), output});
    return network_;
  }

 private:
  static int Out(int size, int stride) { return (size + stride - 1) / stride; }
  // Zeros before as TensorFlow's SAME has them on even sizes.
  static Window SameWindow(int size, int stride) {
    const int pad = (size - stride) / 2;
    return {.kernel_h = size,
            .kernel_w = size,
            .stride_h = stride,
            .stride_w = stride,
            .pad_top = std::max(pad, 0),
            .pad_left = std::max(pad, 0)};
  }

  std::shared_ptr<Network> network_ = std::make_shared<Network>();
  std::shared_ptr<std::vector<std::vector<float>>> floats_ = std::make_shared<std::vector<std::vector<float>>>();
  std::mt19937 random_{1};
};

// --- The yardstick: one picture, dense, in double ---

using Values = std::vector<double>;

double Act(double value, Activation activation) {
  if (activation != Activation::kNone) value = std::max(value, 0.0);
  return activation == Activation::kRelu6 ? std::min(value, 6.0) : value;
}

class Yardstick {
 public:
  explicit Yardstick(const Network& network) : network_(network), values_(network.values.size()) {}

  Values Run(std::span<const float> picture, size_t output) {
    values_[0].assign(picture.begin(), picture.end());
    for (const Operation& operation : network_.operations) {
      out_ = network_.values[static_cast<size_t>(operation.output)];
      Values result(static_cast<size_t>(out_.height) * static_cast<size_t>(out_.width) *
                    static_cast<size_t>(out_.channels));
      size_t i = 0;
      for (int y = 0; y < out_.height; ++y) {
        for (int x = 0; x < out_.width; ++x) {
          for (int c = 0; c < out_.channels; ++c)
            result[i++] = std::visit([&](const auto& what) { return At(what, operation, y, x, c); }, operation.what);
        }
      }
      values_[static_cast<size_t>(operation.output)] = std::move(result);
    }
    return values_[static_cast<size_t>(network_.outputs[output].value)];
  }

 private:
  double In(ValueId id, int y, int x, int c, double outside = 0) const {
    const Shape& s = network_.values[static_cast<size_t>(id)];
    if (y < 0 || x < 0 || y >= s.height || x >= s.width) return outside;
    return values_[static_cast<size_t>(id)]
                  [(static_cast<size_t>(y) * static_cast<size_t>(s.width) + static_cast<size_t>(x)) *
                       static_cast<size_t>(s.channels) +
                   static_cast<size_t>(c)];
  }
  double At(const Conv& conv, const Operation& o, int y, int x, int k) const {
    const Window& w = conv.window;
    const int in_c = network_.values[static_cast<size_t>(o.inputs[0])].channels / conv.groups,
              first = k / (out_.channels / conv.groups) * in_c;
    double sum = conv.bias[static_cast<size_t>(k)];
    for (int r = 0; r < w.kernel_h; ++r) {
      for (int s = 0; s < w.kernel_w; ++s) {
        for (int c = 0; c < in_c; ++c) {
          sum += In(o.inputs[0], y * w.stride_h - w.pad_top + r * w.dilation_h,
                    x * w.stride_w - w.pad_left + s * w.dilation_w, first + c) *
                 conv.kernel[static_cast<size_t>(((r * w.kernel_w + s) * in_c + c) * out_.channels + k)];
        }
      }
    }
    return Act(sum, conv.activation);
  }
  double At(const Depthwise& d, const Operation& o, int y, int x, int c) const {
    const Window& w = d.window;
    double sum = d.bias[static_cast<size_t>(c)];
    for (int r = 0; r < w.kernel_h; ++r) {
      for (int s = 0; s < w.kernel_w; ++s) {
        sum += In(o.inputs[0], y * w.stride_h - w.pad_top + r * w.dilation_h,
                  x * w.stride_w - w.pad_left + s * w.dilation_w, c) *
               d.kernel[static_cast<size_t>((r * w.kernel_w + s) * out_.channels + c)];
      }
    }
    return Act(sum, d.activation);
  }
  double At(const Pool& pool, const Operation& o, int y, int x, int c) const {
    const Window& w = pool.window;
    double most = -INFINITY;
    for (int r = 0; r < w.kernel_h; ++r) {
      for (int s = 0; s < w.kernel_w; ++s)
        most = std::max(most,
                        In(o.inputs[0], y * w.stride_h - w.pad_top + r, x * w.stride_w - w.pad_left + s, c, -INFINITY));
    }
    return most;
  }
  double At(const Resize& resize, const Operation& o, int y, int x, int c) const {
    const Shape& in = network_.values[static_cast<size_t>(o.inputs[0])];
    const auto source = [&](double i, double from, double to) {
      if (resize.align_corners && to > 1) return i * (from - 1) / (to - 1);
      return resize.half_pixel_centers ? (i + 0.5) * from / to - 0.5 : i * from / to;
    };
    const double sy = source(y, in.height, out_.height), sx = source(x, in.width, out_.width);
    const auto at = [&](double yy, double xx) {
      return In(o.inputs[0], std::clamp(static_cast<int>(yy), 0, in.height - 1),
                std::clamp(static_cast<int>(xx), 0, in.width - 1), c);
    };
    const double y0 = std::floor(sy), x0 = std::floor(sx), fy = sy - y0, fx = sx - x0;
    return (at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx) * (1 - fy) +
           (at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx) * fy;
  }
  double At(const Normalize& n, const Operation& o, int y, int x, int c) const {
    double sum = 0, squares = 0;
    for (int yy = 0; yy < out_.height; ++yy) {
      for (int xx = 0; xx < out_.width; ++xx) sum += In(o.inputs[0], yy, xx, c);
    }
    const double count = static_cast<double>(out_.height) * out_.width, mean = sum / count;
    for (int yy = 0; yy < out_.height; ++yy) {
      for (int xx = 0; xx < out_.width; ++xx) squares += std::pow(In(o.inputs[0], yy, xx, c) - mean, 2);
    }
    const size_t i = static_cast<size_t>(c);
    return Act((In(o.inputs[0], y, x, c) - mean) / std::sqrt(squares / count + n.epsilon) * n.gamma[i] + n.beta[i],
               n.activation);
  }
  double At(const Add& add, const Operation& o, int y, int x, int c) const {
    return Act(In(o.inputs[0], y, x, c) + In(o.inputs[1], y, x, c), add.activation);
  }
  double At(const ScaleShift& a, const Operation& o, int y, int x, int c) const {
    return Act(In(o.inputs[0], y, x, c) * a.scale[static_cast<size_t>(c)] + a.shift[static_cast<size_t>(c)],
               a.activation);
  }
  double At(const Pad& pad, const Operation& o, int y, int x, int c) const {
    return In(o.inputs[0], y - pad.top, x - pad.left, c);
  }
  double At(const Concat&, const Operation& o, int y, int x, int c) const {
    for (const ValueId input : o.inputs) {
      const int channels = network_.values[static_cast<size_t>(input)].channels;
      if (c < channels) return In(input, y, x, c);
      c -= channels;
    }
    return NAN;
  }
  double At(const Slice& slice, const Operation& o, int y, int x, int c) const {
    return In(o.inputs[0], y, x, slice.first + c);
  }

  const Network& network_;
  std::vector<Values> values_;
  Shape out_;
};

std::vector<float> RandomPictures(const Network& network, int batch) {
  const Shape& in = network.values[0];
  std::mt19937 random(9);
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<float> pictures(static_cast<size_t>(batch * in.height * in.width * in.channels));
  for (float& p : pictures) p = value(random);
  return pictures;
}

size_t OutputFloats(const Executor& executor, int batch) {
  const Shape out = executor.output_shape(0);
  return static_cast<size_t>(batch * out.height * out.width * out.channels);
}

void ExpectAsYardstick(const std::shared_ptr<const Network>& network, int max_lanes = 4) {
  ASSERT_TRUE(network->Check().ok()) << network->Check().message();
  for (const int batch : {1, 3}) {
    const std::vector<float> pictures = RandomPictures(*network, batch);
    std::vector<float> expected;
    for (int n = 0; n < batch; ++n) {
      const size_t size = pictures.size() / static_cast<size_t>(batch);
      for (const double value :
           Yardstick(*network).Run(std::span(pictures).subspan(static_cast<size_t>(n) * size, size), 0))
        expected.push_back(static_cast<float>(value));
    }
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      const auto device = std::make_shared<HostDevice>(seed);
      const auto tuner = Tuner::Open(device, "").value();
      auto executor = Executor::Create(device, network, std::make_shared<Weights>(device), tuner.get(),
                                       {Precision::kFp32, batch, max_lanes});
      ASSERT_TRUE(executor.ok()) << executor.status().message();
      std::vector<float> actual(OutputFloats(**executor, batch));
      ASSERT_EQ(actual.size(), expected.size());
      for (int run = 0; run < 2; ++run) {  // again: memory is as the first run left it
        const Status status = (*executor)->Run(pictures, actual);
        ASSERT_TRUE(status.ok()) << status.message();
        for (size_t i = 0; i < actual.size(); ++i) {
          // Some tens of fp32 roundings of values up to some tens.
          ASSERT_NEAR(actual[i], expected[i], 1e-4 * std::max(1.0f, std::abs(expected[i])))
              << "value " << i << ", seed " << seed << ", run " << run;
        }
      }
    }
  }
}

TEST(ExecutorTest, RunsEveryOperation) {
  Builder b({9, 11, 3});
  ValueId x = b.AddConv(0, 19, 3);
  x = b.AddDepthwise(x);
  x = b.Append("pool", Pool{{.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2}}, {x}, {5, 6, 19});
  Normalize normalize{.epsilon = 1e-3f, .activation = Activation::kNone};
  normalize.gamma = b.Random(19, 0.5f, 2);
  normalize.beta = b.Random(19);
  x = b.Append("normalize", normalize, {x}, {5, 6, 19});
  for (const bool half_pixel : {false, true})
    x = b.Append("resize", Resize{.half_pixel_centers = half_pixel}, {x}, {8, 9, 19});
  x = b.Append("resize", Resize{.align_corners = true}, {x}, {7, 10, 19});
  const ValueId y = b.AddConv(x, 19, 1, Activation::kNone);
  x = b.Append("add", Add{Activation::kRelu6}, {x, y}, {7, 10, 19});
  ScaleShift affine{.activation = Activation::kRelu};
  affine.scale = b.Random(19);
  affine.shift = b.Random(19);
  x = b.Append("affine", affine, {x}, {7, 10, 19});
  x = b.Append("pad", Pad{2, 1}, {x}, {10, 12, 19});
  ExpectAsYardstick(b.Finish({b.AddConv(x, 5, 5, Activation::kNone, 2)}));
}

TEST(ExecutorTest, GroupsAreDenseWithZeros) {
  Builder b({5, 6, 12});
  ExpectAsYardstick(b.Finish({b.AddConv(0, 9, 3, Activation::kRelu, 1, 3)}));
}

// Two branches a stage whose results are concatenated with features that every stage reads, as OpenPose has them.
std::shared_ptr<const Network> Branches(int stages) {
  Builder b({6, 7, 3});
  const ValueId features = b.AddConv(0, 13, 3);
  ValueId in = features;
  ValueId both = 0;
  for (int stage = 0; stage < stages; ++stage) {
    const ValueId left = b.AddConv(b.AddConv(in, 16, 3), 38 / 2, 1, Activation::kNone);
    const ValueId right = b.AddConv(b.AddConv(in, 16, 3), 7, 1, Activation::kNone);
    both = b.Concatenate({left, right});
    in = b.Concatenate({left, right, features});
  }
  return b.Finish({both});
}

TEST(ExecutorTest, BranchesRunInAnyOrderThatEventsAllow) {
  for (const int lanes : {1, 2, 4}) ExpectAsYardstick(Branches(3), lanes);
}

TEST(ExecutorTest, SlicesAndConcatenationsOfThemselves) {
  Builder b({4, 5, 3});
  const ValueId x = b.AddConv(0, 24, 1), y = b.AddConv(0, 10, 1);
  const ValueId both = b.Concatenate({x, y, x, 0});
  const ValueId aligned = b.Append("slice", Slice{8}, {both}, {4, 5, 16});
  const ValueId crooked = b.Append("slice", Slice{21}, {both}, {4, 5, 17});
  const ValueId nested = b.Concatenate({crooked, both, aligned});
  const ValueId sliced_input = b.Append("slice", Slice{1}, {0}, {4, 5, 2});
  ExpectAsYardstick(b.Finish({b.Concatenate({nested, sliced_input})}));
}

TEST(ExecutorTest, SumOfDifferentLayouts) {
  Builder b({4, 5, 3});
  const ValueId x = b.Concatenate({b.AddConv(0, 5, 1), b.AddConv(0, 6, 1)}), y = b.AddConv(0, 11, 3);
  ExpectAsYardstick(b.Finish({b.Append("add", Add{}, {x, y}, {4, 5, 11})}));
}

TEST(ExecutorTest, TheInputMayBeTheOutput) {
  Builder b({4, 5, 3});
  ExpectAsYardstick(b.Finish({0}));
}

TEST(ExecutorTest, SharesWeightsBetweenBatches) {
  const std::shared_ptr<const Network> network = Branches(2);
  const auto device = std::make_shared<HostDevice>();
  const auto tuner = Tuner::Open(device, "").value();
  const auto weights = std::make_shared<Weights>(device);
  const auto one = Executor::Create(device, network, weights, tuner.get(), {Precision::kFp32, 1, 4});
  ASSERT_TRUE(one.ok());
  const size_t bytes = weights->bytes();
  const auto four = Executor::Create(device, network, weights, tuner.get(), {Precision::kFp32, 4, 4});
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(weights->bytes(), bytes);
  EXPECT_GT((*four)->memory_bytes(), (*one)->memory_bytes());
}

TEST(ExecutorTest, ProfilesEveryStep) {
  const auto device = std::make_shared<HostDevice>();
  const auto tuner = Tuner::Open(device, "").value();
  const auto executor =
      Executor::Create(device, Branches(2), std::make_shared<Weights>(device), tuner.get(), {Precision::kFp32, 1, 4})
          .value();
  const std::vector<StepTime> steps = executor->Profile(3).value();
  ASSERT_EQ(steps.size(), executor->plan().steps.size());
  double multiply_adds = 0;
  for (const StepTime& step : steps) {
    EXPECT_GT(step.milliseconds, 0) << step.name;
    multiply_adds += step.multiply_adds;
  }
  EXPECT_GT(multiply_adds, 0);
}

TEST(ExecutorTest, RefusesSpansOfOtherSizes) {
  const auto device = std::make_shared<HostDevice>();
  const auto tuner = Tuner::Open(device, "").value();
  const auto executor =
      Executor::Create(device, Branches(1), std::make_shared<Weights>(device), tuner.get(), {Precision::kFp32, 1, 4})
          .value();
  std::vector<float> in(3 * 6 * 7), out(10);
  EXPECT_THAT(executor->Run(in, out).message(), HasSubstr("a run takes 126 floats in and gives"));
}

// Whatever allocation fails, the error comes up and everything is given back.
TEST(ExecutorTest, GivesEverythingBackWhenMemoryRunsOut) {
  const std::shared_ptr<const Network> network = Branches(2);
  for (int failing = 0;; ++failing) {
    const auto device = std::make_shared<HostDevice>();
    device->failing_allocation = failing;
    bool good = false;
    {
      const auto tuner = Tuner::Open(device, "").value();
      const auto executor =
          Executor::Create(device, network, std::make_shared<Weights>(device), tuner.get(), {Precision::kFp32, 1, 4});
      good = executor.ok();
      if (!good) {
        EXPECT_EQ(executor.status().code(), StatusCode::kTooLarge);
        EXPECT_THAT(executor.status().message(), HasSubstr("memory does not suffice"));
      }
    }
    EXPECT_EQ(device->live_allocations(), 0u);
    EXPECT_EQ(device->live_streams(), 0u);
    EXPECT_EQ(device->live_events(), 0u);
    EXPECT_EQ(device->live_graphs(), 0u);
    if (good) {
      EXPECT_GT(failing, 10);
      break;
    }
  }
}

TEST(ExecutorTest, ALostDeviceIsAnErrorThatNamesTheStep) {
  const auto device = std::make_shared<HostDevice>();
  device->lost_at_launch = 1;
  const auto tuner = Tuner::Open(device, "").value();
  const auto executor =
      Executor::Create(device, Branches(2), std::make_shared<Weights>(device), tuner.get(), {Precision::kFp32, 1, 4});
  ASSERT_FALSE(executor.ok());
  EXPECT_EQ(executor.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(executor.status().message(), HasSubstr("step \""));
  EXPECT_THAT(executor.status().message(), HasSubstr("start the program again"));
}

// The test's own yardstick must be able to fail: a plan that drops a wait gives wrong results on this device.
TEST(HostDeviceTest, AMissingWaitShows) {
  bool differs = false;
  for (uint64_t seed = 1; seed <= 20 && !differs; ++seed) {
    HostDevice device(seed);
    float* memory = static_cast<float*>(device.Allocate(sizeof(float)).value());
    Stream *a = device.NewStream().value(), *b = device.NewStream().value();
    (void)device.Enqueue(a, 1, [=] { *memory = 1; });
    float seen = 0;
    (void)device.Enqueue(b, 1, [&seen, memory] { seen = *memory; });
    (void)device.Synchronize(a);
    differs = !(seen == 1);
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace sinew::cuda
