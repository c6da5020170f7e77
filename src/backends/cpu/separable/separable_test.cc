// Every separable algorithm on every target against a depthwise and a pointwise convolution in double.
#include "backends/cpu/separable/separable.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

struct Weights {
  std::vector<float> depthwise, depthwise_bias, pointwise, pointwise_bias;
};

std::vector<Expected> Reference(const SeparableProblem& p, const GuardedPicture& in, const Weights& w) {
  const DepthwiseProblem& d = p.depthwise;
  std::vector<Expected> result;
  for (int y = 0; y < d.out_h; ++y) {
    for (int x = 0; x < d.out_w; ++x) {
      std::vector<double> middle(static_cast<size_t>(d.channels)), middle_error(middle.size());
      for (int c = 0; c < d.channels; ++c) {
        double sum = static_cast<double>(w.depthwise_bias[static_cast<size_t>(c)]), absolutes = std::fabs(sum);
        for (int r = 0; r < d.kernel_h; ++r) {
          for (int s = 0; s < d.kernel_w; ++s) {
            const int iy = y * d.stride_h + r * d.dilation_h - d.pad_top,
                      ix = x * d.stride_w + s * d.dilation_w - d.pad_left;
            if (iy < 0 || iy >= d.in_h || ix < 0 || ix >= d.in_w) continue;
            const double product =
                static_cast<double>(in.at(iy, ix, c)) *
                static_cast<double>(w.depthwise[static_cast<size_t>((r * d.kernel_w + s) * d.channels + c)]);
            sum += product;
            absolutes += std::fabs(product);
          }
        }
        middle[static_cast<size_t>(c)] = Activate(d.activation, sum);
        middle_error[static_cast<size_t>(c)] = SumTolerance(d.kernel_h * d.kernel_w + 1, absolutes);
      }
      for (int k = 0; k < p.out_k; ++k) {
        double sum = static_cast<double>(w.pointwise_bias[static_cast<size_t>(k)]), absolutes = std::fabs(sum),
               inherited = 0;
        for (int c = 0; c < d.channels; ++c) {
          const double weight = static_cast<double>(w.pointwise[static_cast<size_t>(c * p.out_k + k)]);
          sum += middle[static_cast<size_t>(c)] * weight;
          absolutes += std::fabs(middle[static_cast<size_t>(c)] * weight);
          inherited += middle_error[static_cast<size_t>(c)] * std::fabs(weight);
        }
        // What the first half is off by passes through the second: 1 + 1e-3 for the product of the two small errors.
        result.push_back(
            {Activate(p.activation, sum), SumTolerance(d.channels + 1, absolutes) + 1.001 * inherited, absolutes});
      }
    }
  }
  return result;
}

std::string Check(const SeparableProblem& p, int gap) {
  const DepthwiseProblem& d = p.depthwise;
  GuardedPicture in(d.in_h, d.in_w, d.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(d.out_h, d.out_w, p.out_k, gap, kSentinel);
  in.FillRandom(1);
  const Weights w = {RandomFloats(static_cast<size_t>(d.kernel_h * d.kernel_w * d.channels), 2),
                     RandomFloats(static_cast<size_t>(d.channels), 3),
                     RandomFloats(static_cast<size_t>(d.channels * p.out_k), 4),
                     RandomFloats(static_cast<size_t>(p.out_k), 5)};
  std::vector<float> both = w.depthwise;
  both.insert(both.end(), w.pointwise.begin(), w.pointwise.end());
  AlignedBuffer<float> depthwise_bias = PaddedToBlock(w.depthwise_bias);
  const AlignedBuffer<float> pointwise_bias = PaddedToBlock(w.pointwise_bias);
  // Channels that do not exist must not count, whatever their bias.
  std::fill(depthwise_bias.begin() + d.channels, depthwise_bias.end(), 7.0f);
  AlignedBuffer<float> packed;
  const auto pack = [&](const SeparableAlgorithm& algorithm) {
    packed = AlignedBuffer<float>(algorithm.packed_floats(p));
    algorithm.pack(p, both.data(), packed.data());
    return SeparableArgs{in.view(), out.view(), packed.data(), depthwise_bias.data(), pointwise_bias.data()};
  };
  return CheckTable(SeparableAlgorithms(), p, pack, out, Reference(p, in, w), [&] { out.FillPoison(); });
}

SeparableProblem Same(int h, int w, int channels, int out_k, int kernel, int stride, Activation between,
                      Activation after) {
  const auto out = [&](int size) { return (size + stride - 1) / stride; };
  const auto pad = [&](int size) { return std::max((out(size) - 1) * stride + kernel - size, 0) / 2; };
  return {
      {h, w, channels, out(h), out(w), kernel, kernel, stride, stride, 1, 1, pad(h), pad(w), between}, out_k, after};
}

TEST(SeparableTest, ShapesOfTheNetworks) {
  for (const int stride : {1, 2}) {
    for (const int channels : {3, 16, 24, 33}) {
      for (const int k : {16, 19, 38, 48}) {
        EXPECT_EQ(Check(Same(9, 13, channels, k, 3, stride, Activation::kNone, Activation::kRelu), (channels + k) % 3),
                  "")
            << "stride " << stride << " channels " << channels << " k " << k;
      }
    }
  }
}

TEST(SeparableTest, SeveralTasksThatEndWithinRows) {
  EXPECT_EQ(Check(Same(25, 29, 20, 17, 3, 1, Activation::kRelu6, Activation::kRelu6), 0), "");
  EXPECT_EQ(Check(Same(7, 11, 700, 5, 3, 1, Activation::kRelu, Activation::kNone), 0), "");
}

TEST(SeparableTest, ProductsThatCanBeTakenApart) {
  for (const int stride : {1, 2}) {
    for (const int channels : {32, 33, 65, 100}) {
      for (const int k : {32, 64}) {
        EXPECT_EQ(Check(Same(9, 13, channels, k, 3, stride, Activation::kNone, Activation::kRelu), (channels + k) % 3),
                  "")
            << "stride " << stride << " channels " << channels << " k " << k;
      }
    }
  }
  EXPECT_EQ(Check(Same(5, 40, 700, 64, 3, 1, Activation::kRelu, Activation::kNone), 0),
            "");  // narrow patches, a last one narrower
  EXPECT_EQ(Check(Same(3, 1, 48, 64, 5, 1, Activation::kRelu6, Activation::kNone), 1), "");
}

TEST(SeparableTest, MiddlePatchesCutInTwo) {
  for (const int width : {1, 2, 3, 5, 8, 9, 30}) {
    for (const int height : {1, 2, 5, 6, 9}) {
      EXPECT_EQ(Check(Same(height, width, 40, 64, 3, 1, Activation::kNone, Activation::kRelu), 1), "")
          << height << " x " << width;
    }
  }
}

TEST(SeparableTest, OtherWindows) {
  EXPECT_EQ(Check(Same(8, 9, 10, 12, 5, 1, Activation::kRelu, Activation::kNone), 1), "");
  EXPECT_EQ(Check(Same(1, 1, 10, 12, 3, 1, Activation::kNone, Activation::kNone), 1), "");
}

}  // namespace
}  // namespace sinew::cpu
