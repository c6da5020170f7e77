// The matrix product and Strassen's, on every target, against exact arithmetic: small whole numbers, whose sums and
// products a float holds without rounding, so that every element must be equal.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/gemm/gemm_test.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/gemm/strassen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

void MultiplyForTest(const GemmProblem& p, const GemmArgs& args) noexcept { Multiply(p, args); }
void MultiplyStrassenForTest(const StrassenProblem& p, const StrassenArgs& args) noexcept { MultiplyStrassen(p, args); }

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/error.h"

namespace sinew::cpu {
namespace {

SINEW_DEFINE_RUN_FOR(PlainFor, MultiplyForTest)
SINEW_DEFINE_RUN_FOR(StrassenFor, MultiplyStrassenForTest)

constexpr float kOutside = 12345.0f;  // around the result, to be left alone
constexpr size_t kGap = 3;            // between rows

struct Case {
  int rows, depth, columns;
  bool has_bias = true;
  Activation activation = Activation::kNone;

  GemmProblem Problem() const { return {.rows = rows, .depth = depth, .columns = columns, .activation = activation}; }
  std::string ToText() const {
    return fmt::format("{}x{} by {} columns, bias {}, activation {}", rows, depth, columns, has_bias,
                       static_cast<int>(activation));
  }
};

// Operands of whole numbers from -4 to 4, and the exact result. Two levels of Strassen's sums of four make 64 of them;
// a hundred products of such sums, and the sixteen sums of products that meet in one element, stay below 2^24.
struct Operands {
  explicit Operands(const Case& c)
      : a_stride(static_cast<size_t>(c.depth) + kGap), out_stride(static_cast<size_t>(c.columns) + kGap) {
    std::mt19937 random(static_cast<uint32_t>(c.rows * 1009 + c.depth * 31 + c.columns));
    const auto digit = [&] { return static_cast<int>(random() % 9) - 4; };
    const size_t rows = static_cast<size_t>(c.rows), depth = static_cast<size_t>(c.depth),
                 columns = static_cast<size_t>(c.columns);
    a.resize(rows * a_stride, std::nanf(""));
    weights.resize(depth * columns);
    bias = AlignedBuffer<float>(static_cast<size_t>(RoundUpToChannelBlock(c.columns)));
    for (size_t r = 0; r < rows; ++r) {
      for (size_t d = 0; d < depth; ++d) a[r * a_stride + d] = static_cast<float>(digit());
    }
    for (float& weight : weights) weight = static_cast<float>(digit());
    for (float& value : bias) value = static_cast<float>(digit());
    out.resize(rows * out_stride, kOutside);
    expected = out;
    for (size_t r = 0; r < rows; ++r) {
      for (size_t k = 0; k < columns; ++k) {
        int64_t sum = c.has_bias ? static_cast<int64_t>(bias[k]) : 0;
        for (size_t d = 0; d < depth; ++d) {
          sum += static_cast<int64_t>(a[r * a_stride + d]) * static_cast<int64_t>(weights[d * columns + k]);
        }
        if (c.activation != Activation::kNone) sum = std::max<int64_t>(sum, 0);
        if (c.activation == Activation::kRelu6) sum = std::min<int64_t>(sum, 6);
        expected[r * out_stride + k] = static_cast<float>(sum);
      }
    }
  }

  GemmArgs Args(const Case& c, const float* packed) {
    return {.a = a.data(),
            .a_stride = a_stride,
            .packed = packed,
            .bias = c.has_bias ? bias.data() : nullptr,
            .out = out.data(),
            .out_stride = out_stride};
  }

  size_t a_stride, out_stride;
  std::vector<float> a, weights, out, expected;
  AlignedBuffer<float> bias;
};

// The first difference; empty where there is none.
std::string Difference(const Operands& o) {
  for (size_t i = 0; i < o.out.size(); ++i) {
    if (o.out[i] == o.expected[i]) continue;  // NaN is not equal
    return fmt::format("element ({}, {}) is {}, exactly {}", i / o.out_stride, i % o.out_stride, o.out[i],
                       o.expected[i]);
  }
  return "";
}

std::string RunPlain(simd::Target target, const Case& c) {
  Operands operands(c);
  AlignedBuffer<float> packed(PackedFloats(c.depth, c.columns));
  PackPanels(c.depth, c.columns, operands.weights.data(), packed.data());
  PlainFor(target)(c.Problem(), operands.Args(c, packed.data()));
  return Difference(operands);
}

std::string RunStrassen(simd::Target target, int levels, const Case& c) {
  Operands operands(c);
  AlignedBuffer<float> packed(PackedStrassenFloats(levels, c.depth, c.columns));
  PackStrassen(levels, c.depth, c.columns, operands.weights.data(), packed.data());
  AlignedBuffer<float> scratch(StrassenScratchFloats(levels, c.rows, c.depth, c.columns));
  for (float& value : scratch) value = std::nanf("");
  StrassenFor(target)({.product = c.Problem(), .levels = levels},
                      {.product = operands.Args(c, packed.data()),
                       .out_lower = static_cast<size_t>(c.rows / 2) * operands.out_stride,
                       .next_lower = 0,
                       .scratch = scratch.data()});
  return Difference(operands);
}

TEST(GemmTest, IsExactOnWholeNumbers) {
  for (const simd::Target target : simd::SupportedTargets()) {
    // Around the rows of a tile (14, 6, 2, 1) and the columns of blocks and vectors.
    for (const int rows : {1, 2, 5, 6, 7, 13, 14, 15, 29}) {
      for (const int columns : {1, 3, 8, 15, 16, 17, 31, 32, 33, 48, 57}) {
        for (const int depth : {1, 2, 17, 64}) {
          const Case c = {rows, depth, columns};
          ASSERT_EQ(RunPlain(target, c), "") << c.ToText() << " on " << simd::TargetName(target);
        }
      }
    }
  }
}

TEST(GemmTest, BiasAndActivation) {
  for (const simd::Target target : simd::SupportedTargets()) {
    for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
      for (const bool has_bias : {false, true}) {
        const Case c = {9, 20, 41, has_bias, activation};
        EXPECT_EQ(RunPlain(target, c), "") << c.ToText() << " on " << simd::TargetName(target);
        const Case s = {9, 80, 64, has_bias, activation};
        for (const int levels : {1, 2}) {
          EXPECT_EQ(RunStrassen(target, levels, s), "") << s.ToText() << " on " << simd::TargetName(target);
        }
      }
    }
  }
}

TEST(StrassenTest, IsExactOnWholeNumbers) {
  int ran[3] = {};
  for (const simd::Target target : simd::SupportedTargets()) {
    for (const int levels : {1, 2}) {
      for (const int rows : {1, 2, 3, 5, 12, 13, 24, 25, 27, 50}) {
        for (const int columns : {32, 64, 96, 128}) {
          for (const int depth : {17, 32, 33, 49, 64, 72, 100}) {
            if (!SupportsStrassen(levels, depth, columns)) continue;
            const Case c = {rows, depth, columns};
            ++ran[levels];
            ASSERT_EQ(RunStrassen(target, levels, c), "")
                << levels << " levels, " << c.ToText() << " on " << simd::TargetName(target);
          }
        }
      }
    }
  }
  EXPECT_GT(ran[1], 0);
  EXPECT_GT(ran[2], 0);
}

TEST(StrassenTest, TakesWhatCanBeHalved) {
  EXPECT_TRUE(SupportsStrassen(0, 1, 1));
  EXPECT_FALSE(SupportsStrassen(1, 16, 32));  // a second half of nothing
  EXPECT_TRUE(SupportsStrassen(1, 17, 32));
  EXPECT_FALSE(SupportsStrassen(1, 64, 48));  // half a block of columns
  EXPECT_FALSE(SupportsStrassen(2, 64, 32));
  EXPECT_TRUE(SupportsStrassen(2, 64, 64));
}

// What the comparison is worth: a weight that is off by one is noticed.
TEST(GemmTest, AWrongWeightIsNoticed) {
  const Case c = {7, 20, 33};
  Operands operands(c);
  operands.weights[20 * 33 - 1] += 1;
  AlignedBuffer<float> packed(PackedFloats(c.depth, c.columns));
  PackPanels(c.depth, c.columns, operands.weights.data(), packed.data());
  PlainFor(simd::SupportedTargets().back())(c.Problem(), operands.Args(c, packed.data()));
  EXPECT_NE(Difference(operands), "");
}

}  // namespace
}  // namespace sinew::cpu
#endif
