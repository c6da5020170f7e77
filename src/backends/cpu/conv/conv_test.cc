// Every convolution algorithm on every target against plain loops in double.
#include "backends/cpu/conv/conv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/cpu/testing/harness_test_util.h"

namespace sinew::cpu {
namespace {

std::string Describe(const ConvProblem& p, int gap) {
  return fmt::format("in {}x{}x{} out {}x{}x{} kernel {}x{} stride {}x{} dilation {}x{} pad {},{} activation {} gap {}",
                     p.in_h, p.in_w, p.in_c, p.out_h, p.out_w, p.out_k, p.kernel_h, p.kernel_w, p.stride_h, p.stride_w,
                     p.dilation_h, p.dilation_w, p.pad_top, p.pad_left, static_cast<int>(p.activation), gap);
}

std::vector<Expected> Reference(const ConvProblem& p, const GuardedPicture& in, const std::vector<float>& w,
                                const std::vector<float>& bias) {
  std::vector<Expected> result;
  for (int y = 0; y < p.out_h; ++y) {
    for (int x = 0; x < p.out_w; ++x) {
      for (int k = 0; k < p.out_k; ++k) {
        double sum = static_cast<double>(bias[static_cast<size_t>(k)]), absolutes = std::fabs(sum);
        for (int r = 0; r < p.kernel_h; ++r) {
          for (int s = 0; s < p.kernel_w; ++s) {
            const int iy = y * p.stride_h + r * p.dilation_h - p.pad_top,
                      ix = x * p.stride_w + s * p.dilation_w - p.pad_left;
            if (iy < 0 || iy >= p.in_h || ix < 0 || ix >= p.in_w) continue;
            for (int c = 0; c < p.in_c; ++c) {
              const double product =
                  static_cast<double>(in.at(iy, ix, c)) *
                  static_cast<double>(w[static_cast<size_t>(((r * p.kernel_w + s) * p.in_c + c) * p.out_k + k)]);
              sum += product;
              absolutes += std::fabs(product);
            }
          }
        }
        result.push_back(
            {Activate(p.activation, sum), SumTolerance(p.kernel_h * p.kernel_w * p.in_c + 1, absolutes), absolutes});
      }
    }
  }
  return result;
}

// The maximum over 2x2 elements; it is off by no more than the worst of them.
std::vector<Expected> Pooled(const ConvProblem& p, const std::vector<Expected>& picture, int height, int width) {
  std::vector<Expected> result;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int k = 0; k < p.out_k; ++k) {
        Expected largest = {-HUGE_VAL, 0, 0};
        for (int iy = 2 * y; iy < std::min(2 * y + 2, p.out_h); ++iy) {
          for (int ix = 2 * x; ix < std::min(2 * x + 2, p.out_w); ++ix) {
            const Expected& e = picture[static_cast<size_t>((iy * p.out_w + ix) * p.out_k + k)];
            largest = {std::max(largest.value, e.value), std::max(largest.tolerance, e.tolerance),
                       std::max(largest.magnitude, e.magnitude)};
          }
        }
        result.push_back(largest);
      }
    }
  }
  return result;
}

// `drop_odd`: pooling rounds sizes down.
std::string Check(std::span<const ConvAlgorithm> table, const ConvProblem& p, int gap, bool drop_odd = false) {
  GuardedPicture in(p.in_h, p.in_w, p.in_c, gap, std::numeric_limits<float>::quiet_NaN());
  const auto out_size = [&](int size) { return !p.max_pool ? size : drop_odd ? size / 2 : (size + 1) / 2; };
  GuardedPicture out(out_size(p.out_h), out_size(p.out_w), p.out_k, gap, kSentinel);
  in.FillRandom(1);
  const std::vector<float> weights = RandomFloats(static_cast<size_t>(p.kernel_h * p.kernel_w * p.in_c * p.out_k), 2);
  const std::vector<float> bias = RandomFloats(static_cast<size_t>(p.out_k), 3);
  const AlignedBuffer<float> padded_bias = PaddedToBlock(bias);
  AlignedBuffer<float> packed;
  const auto pack = [&](const ConvAlgorithm& algorithm) {
    packed = AlignedBuffer<float>(algorithm.packed_floats(p));
    algorithm.pack(p, weights.data(), packed.data());
    return ConvArgs{in.view(), out.view(), packed.data(), padded_bias.data()};
  };
  std::vector<Expected> expected = Reference(p, in, weights, bias);
  if (p.max_pool) expected = Pooled(p, expected, out.view().height, out.view().width);
  return CheckTable(table, p, pack, out, expected, [&] { out.FillPoison(); });
}

// TensorFlow's SAME padding.
ConvProblem Same(int h, int w, int c, int k, int kernel, int stride, int dilation, Activation activation) {
  const auto out = [&](int size) { return (size + stride - 1) / stride; };
  const auto pad = [&](int size) {
    return std::max((out(size) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) / 2;
  };
  return {h, w, c, out(h), out(w), k, kernel, kernel, stride, stride, dilation, dilation, pad(h), pad(w), activation};
}

TEST(ConvTest, PointwiseAroundBlockSizes) {
  for (const int c : {1, 3, 16, 33}) {
    for (const int k : {1, 7, 8, 15, 16, 17, 19, 31, 32, 33, 38, 48, 57}) {
      for (const int w : {1, 5, 13}) {
        const ConvProblem p = Same(3, w, c, k, 1, 1, 1, k % 2 == 0 ? Activation::kRelu : Activation::kNone);
        EXPECT_EQ(Check(ConvAlgorithms(), p, (c + k) % 3), "") << Describe(p, (c + k) % 3);
      }
    }
  }
}

TEST(ConvTest, ManyPixelsAndDeepChannels) {
  const ConvProblem many = Same(23, 31, 24, 20, 1, 1, 1, Activation::kRelu6);  // several tasks
  EXPECT_EQ(Check(ConvAlgorithms(), many, 0), "");
  const ConvProblem deep = Same(5, 6, 1153, 19, 1, 1, 1, Activation::kNone);
  EXPECT_EQ(Check(ConvAlgorithms(), deep, 5), "");
}

TEST(ConvTest, PointwiseThatCanBeTakenApart) {
  for (const int c : {32, 33, 48, 65, 100}) {
    for (const int k : {32, 64, 96}) {
      for (const auto& [h, w] : {std::pair(1, 1), std::pair(1, 2), std::pair(3, 5), std::pair(7, 29)}) {
        const ConvProblem p = Same(h, w, c, k, 1, 1, 1, k == 64 ? Activation::kRelu : Activation::kNone);
        EXPECT_EQ(Check(ConvAlgorithms(), p, (c + w) % 3), "") << Describe(p, (c + w) % 3);
      }
    }
  }
  const ConvProblem several_tasks = Same(23, 31, 130, 64, 1, 1, 1, Activation::kRelu6);
  EXPECT_EQ(Check(ConvAlgorithms(), several_tasks, 0), "");
}

TEST(ConvTest, Windows) {
  for (const int kernel : {2, 3, 7}) {
    for (const int stride : {1, 2, 3}) {
      for (const int dilation : {1, 2}) {
        for (const int gap : {0, 3}) {
          const ConvProblem p = Same(9, 11, 5, 18, kernel, stride, dilation, Activation::kRelu);
          EXPECT_EQ(Check(ConvAlgorithms(), p, gap), "") << Describe(p, gap);
        }
      }
    }
  }
}

TEST(ConvTest, MaxPoolOfTheResult) {
  for (const int kernel : {3, 7}) {
    for (const auto& [h, w] :
         {std::pair(16, 24), std::pair(8, 2), std::pair(9, 11), std::pair(13, 7), std::pair(2, 3)}) {
      for (const bool drop_odd : {false, true}) {
        ConvProblem p = Same(h, w, 5, 18, kernel, 1, 1, Activation::kRelu);
        p.max_pool = true;
        EXPECT_EQ(Check(ConvAlgorithms(), p, (h + w) % 3, drop_odd), "")
            << Describe(p, (h + w) % 3) << " drop_odd " << drop_odd;
      }
    }
  }
}

TEST(ConvTest, FirstLayerAndTinyPictures) {
  for (const int size : {1, 2, 3, 20}) {
    const ConvProblem p = Same(size, size + 1, 3, 32, 3, 2, 1, Activation::kRelu);
    EXPECT_EQ(Check(ConvAlgorithms(), p, 0), "") << Describe(p, 0);
  }
  ConvProblem valid = {10, 12, 4, 4, 10, 6, 4, 3, 2, 1, 1, 1, 0, 0, Activation::kNone};  // no padding, oblong window
  EXPECT_EQ(Check(ConvAlgorithms(), valid, 1), "") << Describe(valid, 1);
}

TEST(ConvTest, RefusesWhatOverflows) {
  ConvProblem p = Same(8, 8, 4, 4, 3, 1, 1, Activation::kNone);
  p.in_c = 1 << 30;
  for (const ConvAlgorithm& algorithm : ConvAlgorithms()) EXPECT_FALSE(algorithm.supports(p)) << algorithm.name;
}

// Faults that the harness must see, put into a copy of a good algorithm.
const ConvAlgorithm& Im2col() { return *FindAlgorithm(ConvAlgorithms(), "im2col"); }

enum class Fault { kNone, kValue, kGrossValue, kOutside, kSplit, kScratch };
template <Fault kFault>
void RunWrong(const ConvProblem& problem, const ConvArgs& args, size_t first, size_t last, float* scratch) noexcept {
  Im2col().run_for(simd::SupportedTargets().back())(problem, args, first, last, scratch);
  float* const out = args.output.data;
  if (kFault == Fault::kValue && first == 0) out[args.output.pixel_stride] += 1e-4f;
  if (kFault == Fault::kGrossValue && first == 0) out[args.output.pixel_stride] += 0.5f;
  if (kFault == Fault::kOutside && first == 0) out[args.output.channels] = 0;
  if (kFault == Fault::kSplit && first == 0 && last == 1) out[0] = std::nextafter(out[0], 10.0f);
  if (kFault == Fault::kScratch) scratch[Im2col().scratch_floats(problem)] = 0;
}

template <Fault kFault>
std::string CheckWrong(kernels::DataType type = kernels::DataType::kF32) {
  ConvAlgorithm wrong = Im2col();
  wrong.type = type;
  wrong.run_for = [](Target) -> ConvAlgorithm::Run { return RunWrong<kFault>; };
  return Check(std::span(&wrong, 1), Same(30, 30, 4, 18, 3, 1, 1, Activation::kNone), 2);
}

TEST(HarnessTest, SeesWrongKernels) {
  EXPECT_EQ(CheckWrong<Fault::kNone>(), "");
  EXPECT_THAT(CheckWrong<Fault::kValue>(), ::testing::HasSubstr("element (0, 1, 0)"));
  // In a narrow type more is allowed, and no more than its rounding.
  EXPECT_EQ(CheckWrong<Fault::kValue>(kernels::DataType::kBF16), "");
  EXPECT_THAT(CheckWrong<Fault::kGrossValue>(kernels::DataType::kBF16), ::testing::HasSubstr("element (0, 1, 0)"));
  EXPECT_THAT(CheckWrong<Fault::kOutside>(), ::testing::HasSubstr("outside its output"));
  EXPECT_THAT(CheckWrong<Fault::kSplit>(), ::testing::HasSubstr("tasks are split"));
  EXPECT_THAT(CheckWrong<Fault::kScratch>(), ::testing::HasSubstr("behind its scratch"));
}

TEST(HarnessTest, SeesAlgorithmsThatNeverRan) {
  const std::span<const Target> all = simd::SupportedTargets();
  const std::set<Target> every(all.begin(), all.end()), but_one(all.begin(), all.end() - 1);
  EXPECT_EQ(MissingRuns({{"tested", {every, every}}}), "");
  EXPECT_EQ(MissingRuns({{"nearly", {every, but_one}}}),
            fmt::format("nearly never ran on {}\n", simd::TargetName(all.back())));
  EXPECT_EQ(MissingRuns({{"emulated", {{}, {}, true, false}}}), "emulated never ran in software\n");
}

}  // namespace
}  // namespace sinew::cpu
