// Pictures that lie in memory as bf16: every algorithm that has them so, on every target and with tiles in software,
// gives the same bits as with pictures in f32 that are rounded by whoever reads them.
#include "program/storage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/gemm/narrow/narrow.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/testing/guarded_picture_test_util.h"
#include "base/aligned_buffer.h"
#include "base/error.h"
#include "simd/target.h"

namespace sinew::cpu {
namespace {

using kernels::Storage;

constexpr float kSentinel = 1234.5f;
constexpr uint16_t kBf16NotANumber = 0x7FC0, kBf16Sentinel = 0x449A;

struct Shape {
  int height, width, channels;
};

std::vector<uint16_t> Rounded(const std::vector<float>& values) {
  std::vector<uint16_t> halves;
  std::ranges::transform(values, std::back_inserter(halves), ToBf16);
  return halves;
}

// With numbers that round in ways of their own among them: to the next power of two, half-way, to zero, and zeros.
std::vector<float> Inputs(size_t count) {
  constexpr float kSpecial[] = {0x1.FFp0f, 0x1.01p0f, 0x1.03p0f, 1e-39f, -1e-39f, -0.0f, 0x1p-126f, -0x1.FEFFp-3f};
  std::mt19937_64 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = i % 7 == 3 ? kSpecial[i / 7 % std::size(kSpecial)] : uniform(random);
  return values;
}

template <class Picture, class Number>
std::string Compare(const Picture& output, const std::vector<Number>& expected) {
  const std::vector<Number> actual = output.Elements();
  const auto same_bits = [](Number a, Number b) { return std::memcmp(&a, &b, sizeof(Number)) == 0; };
  const auto [at, ignored] = std::mismatch(actual.begin(), actual.end(), expected.begin(), same_bits);
  if (at != actual.end()) return fmt::format("element {} differs", at - actual.begin());
  return output.SurroundingsIntact() ? "" : "wrote outside its output";
}

// `args`: all but the pictures.
template <class Problem, class Args>
std::string Check(const Algorithm<Problem, Args>& algorithm, typename Algorithm<Problem, Args>::Run run,
                  const Problem& problem, Shape in_shape, Shape out_shape, int gap, const Args& args) {
  GuardedPicture in(in_shape.height, in_shape.width, in_shape.channels, gap, std::numeric_limits<float>::quiet_NaN());
  GuardedPicture out(out_shape.height, out_shape.width, out_shape.channels, gap, kSentinel);
  GuardedBf16Picture bf16_in(in_shape.height, in_shape.width, in_shape.channels, gap, kBf16NotANumber);
  GuardedBf16Picture bf16_out(out_shape.height, out_shape.width, out_shape.channels, gap, kBf16Sentinel);
  in.Fill(Inputs(in.Elements().size()));
  bf16_in.Fill(Rounded(in.Elements()));

  AlignedBuffer<float> scratch(algorithm.scratch_floats(problem));
  const auto run_all = [&](const Args& pictures) {
    for (size_t task = algorithm.task_count(problem); task-- > 0;) {
      std::fill_n(scratch.data(), scratch.size(), std::numeric_limits<float>::quiet_NaN());
      run(problem, pictures, task, task + 1, scratch.data());
    }
  };
  Args floats = args;
  floats.input = in.view();
  floats.output = out.view();
  run_all(floats);
  const std::vector<float> expected = out.Elements();

  for (const bool reads : {false, true}) {
    for (const bool stores : {false, true}) {
      if (reads && !kernels::MayReadBf16(algorithm.storage)) continue;
      if (reads != stores && algorithm.storage == Storage::kSameType) continue;
      Args stored = args;
      if (reads) {
        stored.bf16_input = bf16_in.view();
      } else {
        stored.input = in.view();
      }
      if (stores) {
        stored.bf16_output = bf16_out.view();
      } else {
        stored.output = out.view();
      }
      out.FillPoison();
      bf16_out.FillPoison();
      run_all(stored);
      const std::string difference = stores ? Compare(bf16_out, Rounded(expected)) : Compare(out, expected);
      if (!difference.empty()) {
        return fmt::format("{} from {} to {}: {}", algorithm.name, reads ? "bf16" : "f32", stores ? "bf16" : "f32",
                           difference);
      }
    }
  }
  return "";
}

// Every algorithm of the table that stores bf16, everywhere; which they were goes to `ran`.
template <class Problem, class Args, class MakeArgs>
std::string CheckTable(std::span<const Algorithm<Problem, Args>> table, const Problem& problem, Shape in_shape,
                       Shape out_shape, int gap, const MakeArgs& make_args, std::set<std::string_view>* ran) {
  for (const auto& algorithm : table) {
    if (!kernels::MayStoreBf16(algorithm.storage) || !algorithm.supports(problem)) continue;
    const Args args = make_args(algorithm);
    std::vector<std::pair<std::string_view, typename Algorithm<Problem, Args>::Run>> runs;
    for (const Target target : simd::SupportedTargets()) {
      if (const auto run = algorithm.run_for(target)) runs.emplace_back(simd::TargetName(target), run);
    }
    if (algorithm.emulated_for != nullptr) {
      if (const auto run = algorithm.emulated_for(Target::kAmx)) runs.emplace_back("tiles in software", run);
    }
    for (const auto& [name, run] : runs) {
      const std::string difference = Check(algorithm, run, problem, in_shape, out_shape, gap, args);
      if (!difference.empty()) return fmt::format("{} on {}", difference, name);
      ran->insert(algorithm.name);
    }
  }
  return "";
}

std::vector<float> RandomFloats(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

std::string CheckConv(std::span<const ConvAlgorithm> table, const ConvProblem& p, int gap,
                      std::set<std::string_view>* ran) {
  const size_t weight_count = static_cast<size_t>(p.kernel_h) * p.kernel_w * p.in_c * p.out_k;
  const std::vector<float> weights = RandomFloats(weight_count, 2);
  const std::vector<float> biases = RandomFloats(static_cast<size_t>(RoundUpToChannelBlock(p.out_k)), 3);
  AlignedBuffer<float> packed;
  const auto make_args = [&](const ConvAlgorithm& algorithm) {
    packed = AlignedBuffer<float>(algorithm.packed_floats(p));
    algorithm.pack(p, weights.data(), packed.data());
    return ConvArgs{.input = {}, .output = {}, .packed = packed.data(), .bias = biases.data()};
  };
  return CheckTable(table, p, {p.in_h, p.in_w, p.in_c}, {p.out_h, p.out_w, p.out_k}, gap, make_args, ran);
}

ConvProblem Same(int h, int w, int c, int k, int kernel, int stride, int dilation, Activation activation) {
  const auto out = [&](int size) { return (size + stride - 1) / stride; };
  const auto pad = [&](int size) {
    return std::max((out(size) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) / 2;
  };
  return {h, w, c, out(h), out(w), k, kernel, kernel, stride, stride, dilation, dilation, pad(h), pad(w), activation};
}

TEST(StorageTest, ConvolutionsGiveTheSameBits) {
  std::set<std::string_view> ran;
  // Depths of whole tiles, which are multiplied where they lie, and others; pixels around whole tiles of rows.
  for (const int c : {1, 31, 32, 33, 64}) {
    for (const auto& [h, w] : {std::pair(1, 1), std::pair(4, 4), std::pair(3, 11), std::pair(9, 29)}) {
      for (const int gap : {0, 5}) {
        const ConvProblem p = Same(h, w, c, 16 + c, 1, 1, 1, Activation::kNone);
        EXPECT_EQ(CheckConv(ConvAlgorithms(), p, gap, &ran), "") << c << " " << h << " " << w << " " << gap;
      }
    }
  }
  for (const int kernel : {3, 7}) {
    for (const int stride : {1, 2}) {
      for (const int dilation : {1, 2}) {
        const ConvProblem p = Same(9, 11, 5 + 27 * (stride - 1), 38, kernel, stride, dilation, Activation::kRelu);
        EXPECT_EQ(CheckConv(ConvAlgorithms(), p, 3, &ran), "") << kernel << " " << stride << " " << dilation;
      }
    }
  }
  EXPECT_EQ(CheckConv(ConvAlgorithms(), Same(20, 12, 64, 19, 3, 1, 1, Activation::kRelu6), 0, &ran), "");
  for (const ConvAlgorithm& algorithm : ConvAlgorithms()) {
    const bool runs_here = algorithm.emulated_for != nullptr && algorithm.emulated_for(Target::kAmx) != nullptr;
    if (kernels::MayStoreBf16(algorithm.storage) && runs_here) {
      EXPECT_TRUE(ran.contains(algorithm.name)) << algorithm.name;
    }
  }
}

TEST(StorageTest, TheMaximumOfWhatIsRoundedIsTheRoundedMaximum) {
  std::set<std::string_view> ran;
  for (const int channels : {1, 8, 15, 16, 37}) {
    const auto check = [&](const PoolProblem& p) {
      const auto make_args = [](const PoolAlgorithm&) { return PoolArgs(); };
      return CheckTable(PoolAlgorithms(), p, {p.in_h, p.in_w, p.channels}, {p.out_h, p.out_w, p.channels}, channels % 3,
                        make_args, &ran);
    };
    EXPECT_EQ(check({6, 8, channels, 3, 4, 2, 2, 2, 2, 0, 0}), "") << channels;
    EXPECT_EQ(check({7, 9, channels, 7, 9, 3, 3, 1, 1, 1, 1}), "") << channels;
  }
  EXPECT_EQ(ran.size(), 1u);
}

TEST(StorageTest, CopiesMoveBits) {
  std::set<std::string_view> ran;
  for (const int channels : {1, 19, 32}) {
    const CopyProblem p = {3, 5, channels, 7, 8, 2, 1};
    const auto make_args = [](const CopyAlgorithm&) { return CopyArgs(); };
    EXPECT_EQ(CheckTable(CopyAlgorithms(), p, {3, 5, channels}, {7, 8, channels}, 2, make_args, &ran), "");
  }
  EXPECT_EQ(ran.size(), 1u);
}

// What the walk above must see: results that are cut off instead of rounded.
const ConvAlgorithm& Bf16Pointwise() { return *FindAlgorithm(ConvAlgorithms(), "bf16_pointwise"); }
void RunCutOff(const ConvProblem& p, const ConvArgs& args, size_t first, size_t last, float* scratch) noexcept {
  const size_t pixels = static_cast<size_t>(p.out_h * p.out_w), channels = static_cast<size_t>(p.out_k);
  std::vector<float> results(pixels * channels);
  ConvArgs floats = args;
  floats.bf16_output = {};
  floats.output = {results.data(), p.out_h, p.out_w, p.out_k, channels};
  const bool stores = args.bf16_output.data != nullptr;
  Bf16Pointwise().emulated_for(Target::kAmx)(p, stores ? floats : args, first, last, scratch);
  for (size_t i = 0; stores && i < pixels * channels; ++i) {
    const uint16_t cut = static_cast<uint16_t>(std::bit_cast<uint32_t>(results[i]) >> 16);
    args.bf16_output.data[i / channels * args.bf16_output.pixel_stride + i % channels] = cut;
  }
}

TEST(StorageTest, SeesWhatIsNotRoundedToNearest) {
  ConvAlgorithm wrong = Bf16Pointwise();
  if (wrong.emulated_for(Target::kAmx) == nullptr) GTEST_SKIP() << "this processor has no AVX-512";
  wrong.run_for = [](Target) -> ConvAlgorithm::Run { return RunCutOff; };
  std::set<std::string_view> ran;
  const std::string difference = CheckConv(std::span(&wrong, 1), Same(3, 3, 8, 8, 1, 1, 1, Activation::kNone), 0, &ran);
  EXPECT_EQ(difference.substr(0, difference.find(':')), "bf16_pointwise from f32 to bf16");
}

}  // namespace
}  // namespace sinew::cpu
