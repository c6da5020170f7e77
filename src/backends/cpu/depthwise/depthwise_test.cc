// Every depthwise algorithm on every target against plain loops in double.
#include "backends/cpu/depthwise/depthwise.h"

#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

std::vector<Expected> Reference(const DepthwiseProblem& p, const GuardedPicture& in, const std::vector<float>& w,
                                const std::vector<float>& bias) {
  std::vector<Expected> result;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int c = 0; c < p.channels; ++c) {
        double sum = static_cast<double>(bias[static_cast<size_t>(c)]), absolutes = std::fabs(sum);
        for (int r = 0; r < p.kernel_h; ++r) {
          for (int s = 0; s < p.kernel_w; ++s) {
            const int iy = y * p.stride_h + r * p.dilation_h - p.pad_top,
                      ix = x * p.stride_w + s * p.dilation_w - p.pad_left;
            if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
            const double product = static_cast<double>(in.at(iy, ix, c)) *
                                   static_cast<double>(w[static_cast<size_t>((r * p.kernel_w + s) * p.channels + c)]);
            sum += product;
            absolutes += std::fabs(product);
          }
        }
        result.push_back({Activate(p.activation, sum), SumTolerance(p.kernel_h * p.kernel_w + 1, absolutes)});
      }
    }
  }
  return result;
}

std::string Check(const DepthwiseProblem& p, int gap) {
  GuardedPicture in(p.in_h, p.in_w, p.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(p.out_h, p.out_w, p.channels, gap, kSentinel);
  in.FillRandom(1);
  const std::vector<float> weights = RandomFloats(static_cast<size_t>(p.kernel_h * p.kernel_w * p.channels), 2);
  const std::vector<float> bias = RandomFloats(static_cast<size_t>(p.channels), 3);
  const AlignedBuffer<float> padded_bias = PaddedToBlock(bias);
  AlignedBuffer<float> packed;
  const auto pack = [&](const DepthwiseAlgorithm& algorithm) {
    packed = AlignedBuffer<float>(algorithm.packed_floats(p));
    algorithm.pack(p, weights.data(), packed.data());
    return DepthwiseArgs{in.view(), out.view(), packed.data(), padded_bias.data()};
  };
  return CheckTable(DepthwiseAlgorithms(), p, pack, out, Reference(p, in, weights, bias), [&] { out.FillPoison(); });
}

DepthwiseProblem Same(int h, int w, int channels, int kernel, int stride, int dilation, Activation activation) {
  const auto out = [&](int size) { return (size + stride - 1) / stride; };
  const auto pad = [&](int size) {
    return std::max((out(size) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) / 2;
  };
  return {h,      w,      channels, out(h),   out(w), kernel, kernel,
          stride, stride, dilation, dilation, pad(h), pad(w), activation};
}

TEST(DepthwiseTest, ThreeByThree) {
  for (const int stride : {1, 2}) {
    for (const int channels : {1, 4, 8, 15, 16, 17, 40}) {
      for (const int width : {1, 2, 3, 5, 6, 7, 9, 12, 18}) {
        const DepthwiseProblem p = Same(width % 5 + 1, width, channels, 3, stride, 1,
                                        channels % 2 == 0 ? Activation::kRelu : Activation::kNone);
        EXPECT_EQ(Check(p, channels % 3), "") << "stride " << stride << " channels " << channels << " width " << width;
      }
    }
  }
}

TEST(DepthwiseTest, ManyChannelsAndTiles) {
  for (const int stride : {1, 2}) {
    for (const int channels : {96, 150}) {
      for (const int width : {24, 29, 41}) {
        EXPECT_EQ(Check(Same(5, width, channels, 3, stride, 1, Activation::kRelu6), 0), "")
            << "stride " << stride << " channels " << channels << " width " << width;
      }
    }
  }
}

TEST(DepthwiseTest, OtherWindows) {
  for (const int kernel : {1, 2, 3, 5}) {
    for (const int stride : {1, 2, 3}) {
      for (const int dilation : {1, 2}) {
        EXPECT_EQ(Check(Same(10, 13, 19, kernel, stride, dilation, Activation::kRelu6), 1), "")
            << "kernel " << kernel << " stride " << stride << " dilation " << dilation;
      }
    }
  }
}

TEST(DepthwiseTest, ObliqueStridesAndNoPadding) {
  EXPECT_EQ(Check({11, 14, 20, 9, 6, 3, 3, 1, 2, 1, 1, 0, 0, Activation::kRelu}, 2), "");
  EXPECT_EQ(Check({11, 14, 20, 5, 12, 3, 3, 2, 1, 1, 1, 0, 0, Activation::kNone}, 0), "");
}

}  // namespace
}  // namespace sinew::cpu
