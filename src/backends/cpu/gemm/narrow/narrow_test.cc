// Products of narrow types by every engine against plain loops in double, and the engines' conversions against each
// other.
#include "backends/cpu/gemm/narrow/narrow.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/gemm/narrow/engines.h"
#include "base/aligned_buffer.h"
#include "base/error.h"
#include "simd/narrow_types.h"

#if SINEW_NARROW_KERNELS

namespace sinew::cpu {
namespace {

constexpr float kSentinel = 1234.5f;

std::vector<float> RandomFloats(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

// What narrow types keep of a number.
double Rounded(DataType type, float value) {
  const float high = FromBf16(ToBf16(value));
  if (type == DataType::kBF16) return static_cast<double>(high);
  return static_cast<double>(high) + static_cast<double>(FromBf16(ToBf16(value - high)));
}

// A product of `rows` rows, each beside `taps` places that lie `step` rows apart.
struct Product {
  int rows, taps, step, depth, columns;
  Activation activation = Activation::kNone;
  bool biased = true;
  int pitch = 0, width = 0;
};

std::string Describe(const Product& p) {
  return fmt::format("{} rows {} taps {} deep {} columns pitch {}", p.rows, p.taps, p.depth, p.columns, p.pitch);
}

template <class Engine>
std::string Check(const Product& p, std::vector<float>* result = nullptr) {
  constexpr DataType kType = Engine::kType;
  const int places = p.rows + (p.taps - 1) * p.step, readable = (places + 31) / 16 * 16 + 16;
  const size_t row_bytes = NarrowRowBytes(kType, p.depth), plane_bytes = row_bytes * static_cast<size_t>(readable);
  const std::vector<float> a = RandomFloats(static_cast<size_t>(places * p.depth), 1);
  const std::vector<float> w = RandomFloats(static_cast<size_t>(p.taps * p.depth * p.columns), 2);
  AlignedBuffer<float> bias(static_cast<size_t>(RoundUpToChannelBlock(p.columns)));
  const std::vector<float> random_bias = RandomFloats(bias.size(), 3);
  std::copy(random_bias.begin(), random_bias.end(), bias.data());
  AlignedBuffer<std::byte> rows(plane_bytes * 2);
  std::memset(rows.data(), 0xFF, rows.size());  // NaN, where nothing is converted
  for (int i = 0; i < places; ++i) {
    Engine::Convert(&a[static_cast<size_t>(i * p.depth)], p.depth, rows.data() + static_cast<size_t>(i) * row_bytes,
                    plane_bytes, {});
  }
  AlignedBuffer<float> packed(PackedNarrowWords(kType, p.taps, p.depth, p.columns));
  PackNarrow(kType, p.taps, p.depth, p.columns, w.data(), packed.data());
  std::vector<size_t> tap_bytes;
  tap_bytes.reserve(static_cast<size_t>(p.taps));
  for (int t = 0; t < p.taps; ++t) tap_bytes.push_back(static_cast<size_t>(t * p.step) * row_bytes);
  const size_t stride = static_cast<size_t>(p.columns) + 3;
  std::vector<float> out(static_cast<size_t>(p.rows) * stride, kSentinel);
  Engine engine;
  engine.Multiply(
      {p.rows, p.taps, p.depth, p.columns, p.activation},
      {rows.data(), row_bytes, plane_bytes, tap_bytes.data(), reinterpret_cast<const uint32_t*>(packed.data()),
       p.biased ? bias.data() : nullptr, out.data(), nullptr, stride, p.pitch, p.width});
  if (result != nullptr) *result = out;

  std::vector<double> expected(out.size(), static_cast<double>(kSentinel)), tolerance(out.size(), 0.0);
  for (int row = 0; row < p.rows; ++row) {
    if (p.pitch > 0 && row % p.pitch >= p.width) continue;
    const int to = p.pitch > 0 ? row / p.pitch * p.width + row % p.pitch : row;
    for (int k = 0; k < p.columns; ++k) {
      double sum = p.biased ? static_cast<double>(bias[static_cast<size_t>(k)]) : 0, absolutes = std::fabs(sum);
      for (int t = 0; t < p.taps; ++t) {
        for (int c = 0; c < p.depth; ++c) {
          const double product = Rounded(kType, a[static_cast<size_t>((row + t * p.step) * p.depth + c)]) *
                                 Rounded(kType, w[static_cast<size_t>((t * p.depth + c) * p.columns + k)]);
          sum += product;
          absolutes += std::fabs(product);
        }
      }
      if (p.activation != Activation::kNone) sum = std::max(sum, 0.0);
      if (p.activation == Activation::kRelu6) sum = std::min(sum, 6.0);
      const size_t i = static_cast<size_t>(to) * stride + static_cast<size_t>(k);
      expected[i] = sum;
      // Sums in single precision; of pairs three times as many, and the product of two low halves is left out.
      const int planes = NarrowPlanes(kType), terms = p.taps * p.depth * (planes == 2 ? 3 : 1) + 2;
      tolerance[i] = (terms * 0x1p-24 + (planes == 2 ? 0x1p-16 : 0)) * absolutes;
    }
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (!(std::fabs(static_cast<double>(out[i]) - expected[i]) <= tolerance[i])) {
      return fmt::format("{}: element {} of row {} is {}, expected {} +- {}", Describe(p), i % stride, i / stride,
                         out[i], expected[i], tolerance[i]);
    }
  }
  return "";
}

template <class Engine>
std::string CheckAll() {
  for (const int depth : {1, 2, 31, 32, 33, 96, 130}) {
    for (const int columns : {1, 15, 16, 17, 32, 33, 48, 57}) {
      for (const int rows : {1, 2, 13, 14, 15, 16, 17, 31, 33}) {
        const Product p = {rows, 1, 0, depth, columns, static_cast<Activation>((rows + columns) % 3), rows % 4 != 0};
        if (std::string difference = Check<Engine>(p); !difference.empty()) return difference;
      }
    }
  }
  for (const int taps : {2, 9}) {
    for (const int step : {1, 3}) {
      const Product p = {29, taps, step, 40, 35};
      if (std::string difference = Check<Engine>(p); !difference.empty()) return difference;
    }
  }
  return "";
}

template <DataType kType>
using SoftwareEngine = TilesEngine<SoftwareTiles, kType>;
template <DataType kType>
using AmxEngine = TilesEngine<AmxTiles, kType>;

TEST(NarrowTest, Dots) {
  if (!simd::HasAvx512Bf16()) GTEST_SKIP() << "this processor has no VDPBF16PS";
  EXPECT_EQ(CheckAll<DotsEngine<DataType::kBF16>>(), "");
}

TEST(NarrowTest, TilesInSoftware) {
  if (!SoftwareTiles::CanRun()) GTEST_SKIP() << "this processor has no AVX-512";
  EXPECT_EQ(CheckAll<SoftwareEngine<DataType::kBF16>>(), "");
  EXPECT_EQ(CheckAll<SoftwareEngine<DataType::kBF16Pair>>(), "");
  for (const int rows : {14, 44, 75}) {
    Product p = {rows, 4, 1, 24, 19, Activation::kNone, true, 15, 11};
    EXPECT_EQ(Check<SoftwareEngine<DataType::kBF16Pair>>(p), "");
  }
}

TEST(NarrowTest, ProcessorsTilesGiveTheSameBits) {
  if (!simd::MayUseAmx()) GTEST_SKIP() << "this processor has no AMX";
  EXPECT_EQ(CheckAll<AmxEngine<DataType::kBF16>>(), "");
  EXPECT_EQ(CheckAll<AmxEngine<DataType::kBF16Pair>>(), "");
  const auto same = [](auto hardware, auto software, const Product& p) {
    std::vector<float> a, b;
    EXPECT_EQ(Check<decltype(hardware)>(p, &a), "");
    EXPECT_EQ(Check<decltype(software)>(p, &b), "");
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << Describe(p);
  };
  for (const int depth : {3, 64, 865}) {
    const Product p = {77, 5, 2, depth, 61};
    same(AmxEngine<DataType::kBF16>(), SoftwareEngine<DataType::kBF16>(), p);
    same(AmxEngine<DataType::kBF16Pair>(), SoftwareEngine<DataType::kBF16Pair>(), p);
  }
}

// In I8 all is exact but the last scaling: against whole numbers, read back from what was converted and packed.
template <class Engine>
std::string CheckI8(int rows, int taps, int depth, int columns, bool one_scale) {
  constexpr DataType kType = DataType::kI8;
  const int places = rows + taps - 1, readable = (places + 31) / 16 * 16 + 16;
  const size_t row_bytes = NarrowRowBytes(kType, depth);
  std::vector<float> a = RandomFloats(static_cast<size_t>(places * depth), 1);
  for (size_t i = 0; i < a.size(); i += 3) a[i] = std::fabs(a[i]) * 40;
  const std::vector<float> w = RandomFloats(static_cast<size_t>(taps * depth * columns), 2);
  const std::vector<float> random_bias = RandomFloats(static_cast<size_t>(RoundUpToChannelBlock(columns)), 3);
  AlignedBuffer<std::byte> bytes(row_bytes * static_cast<size_t>(readable));
  std::memset(bytes.data(), 0xFF, bytes.size());
  FloatRange all;
  Engine::Widen(a.data(), static_cast<int>(a.size()), &all);
  std::vector<RowScale> scales(static_cast<size_t>(places), MakeRowScale(all.low, all.high));
  for (int i = 0; i < places; ++i) {
    const float* const from = &a[static_cast<size_t>(i * depth)];
    std::byte* const to = bytes.data() + static_cast<size_t>(i) * row_bytes;
    RowScale* const scale = &scales[static_cast<size_t>(i)];
    if (one_scale) {
      Engine::Convert(from, depth, to, 0, *scale);
    } else {
      ConvertScaled<Engine>(from, depth, to, 0, scale);
    }
    for (int c = 0; c < depth; ++c) {
      const double back = static_cast<double>(scale->scale) * (static_cast<int>(to[c]) - scale->zero);
      // Half a step; a whole one at the ends of the range, whose zero point was rounded.
      if (!(std::fabs(back - static_cast<double>(from[c])) <= 1.001 * static_cast<double>(scale->scale)))
        return fmt::format("{} became {}", from[c], back);
    }
  }
  AlignedBuffer<float> packed(PackedNarrowWords(kType, taps, depth, columns));
  PackNarrow(kType, taps, depth, columns, w.data(), packed.data());
  std::vector<size_t> tap_bytes;
  for (int t = 0; t < taps; ++t) tap_bytes.push_back(static_cast<size_t>(t) * row_bytes);
  std::vector<float> out(static_cast<size_t>(rows * columns), kSentinel);
  AlignedBuffer<float> bias(random_bias.size());
  std::copy(random_bias.begin(), random_bias.end(), bias.data());
  Engine engine;
  engine.Multiply(
      {rows, taps, depth, columns, Activation::kNone},
      {bytes.data(), row_bytes, 0, tap_bytes.data(), reinterpret_cast<const uint32_t*>(packed.data()), bias.data(),
       out.data(), nullptr, static_cast<size_t>(columns), 0, 0, scales.data(), one_scale ? 0u : 1u});
  const size_t panel_words = NarrowPanelWords(kType, taps, depth), header = NarrowHeaderWords(kType, columns);
  const auto weight = [&](int t, int c, int k) {
    const size_t word = header + static_cast<size_t>(k / kChannelBlock) * panel_words +
                        static_cast<size_t>(t * PaddedWords(kType, depth) + c / 4) * kChannelBlock +
                        static_cast<size_t>(k % kChannelBlock);
    int8_t four[4];
    std::memcpy(four, packed.data() + word, sizeof(four));
    return static_cast<int>(four[c % 4]);
  };
  for (int row = 0; row < rows; ++row) {
    const RowScale& scale = scales[static_cast<size_t>(row)];
    for (int k = 0; k < columns; ++k) {
      int64_t sum = 0;
      for (int t = 0; t < taps; ++t) {
        for (int c = 0; c < depth; ++c) {
          const auto q = static_cast<int>(bytes[static_cast<size_t>(row + t) * row_bytes + static_cast<size_t>(c)]);
          sum += int64_t{q - scale.zero} * weight(t, c, k);
        }
      }
      const double product = static_cast<double>(scale.scale) * static_cast<double>(packed[static_cast<size_t>(k)]);
      const double expected = static_cast<double>(bias[static_cast<size_t>(k)]) + product * static_cast<double>(sum);
      const double tolerance = 3 * 0x1p-24 * (std::fabs(expected) + std::fabs(product * static_cast<double>(sum)) + 1);
      const float actual = out[static_cast<size_t>(row * columns + k)];
      if (!(std::fabs(static_cast<double>(actual) - expected) <= tolerance))
        return fmt::format("{} rows {} taps {} deep {} columns: ({}, {}) is {}, expected {}", rows, taps, depth,
                           columns, row, k, actual, expected);
    }
  }
  return "";
}

template <class Engine>
void CheckAllI8() {
  for (const int depth : {1, 3, 4, 63, 64, 65, 200}) {
    for (const int columns : {1, 16, 17, 33}) {
      for (const int rows : {1, 13, 14, 17, 33}) EXPECT_EQ(CheckI8<Engine>(rows, 1, depth, columns, false), "");
    }
    EXPECT_EQ(CheckI8<Engine>(20, 9, depth, 35, true), "");
  }
}

TEST(NarrowTest, Int8Dots) {
  if (!simd::HasAvx512Bf16()) GTEST_SKIP() << "this processor has no VPDPBUSD";
  CheckAllI8<DotsEngine<DataType::kI8>>();
}
TEST(NarrowTest, Int8TilesInSoftware) {
  if (!SoftwareTiles::CanRun()) GTEST_SKIP() << "this processor has no AVX-512";
  CheckAllI8<SoftwareEngine<DataType::kI8>>();
}
TEST(NarrowTest, Int8ProcessorsTiles) {
  if (!simd::MayUseAmx()) GTEST_SKIP() << "this processor has no AMX";
  CheckAllI8<AmxEngine<DataType::kI8>>();
}

TEST(NarrowTest, ScalesCoverZeroAndWhatIsNoNumberDoesNoHarm) {
  const RowScale positive = MakeRowScale(3, 51);
  EXPECT_EQ(positive.zero, 0);
  EXPECT_FLOAT_EQ(positive.scale, 0.2f);
  EXPECT_EQ(MakeRowScale(-51, 0).zero, 255);
  EXPECT_EQ(MakeRowScale(0, 0).scale, 0);
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> odd = {infinity, -infinity, nan, 1e38f, -1e38f, 0};
  for (const RowScale scale :
       {MakeRowScale(0, infinity), MakeRowScale(0, 1), MakeRowScale(0, 0), MakeRowScale(-1, 1)}) {
    std::vector<std::byte> plain(64), fast(64);
    ConvertI8RowPlain(odd.data(), 6, plain.data(), 0, scale);
    if (!simd::HasAvx512Bf16()) continue;
    ConvertI8Row(odd.data(), 6, fast.data(), 0, scale);
    EXPECT_EQ(plain, fast) << scale.scale;
  }
}

// A tile adds up even and odd elements apart, then both, then what was there: sums that another order rounds otherwise.
TEST(NarrowTest, TilesSumEvenAndOddElementsApart) {
  if (!SoftwareTiles::CanRun()) GTEST_SKIP() << "this processor has no AVX-512";
  // Even: 1 - 1, then 2^-30. Odd: 2^-30 + 1 loses its first term.
  const std::vector<float> a = {1, 0x1p-30f, -1, 1, 0x1p-30f, 0}, w(6, 1.0f);
  const float even = 1.0f - 1.0f + 0x1p-30f, odd = 0x1p-30f + 1.0f;
  AlignedBuffer<std::byte> rows(16 * kTileRowBytes);
  std::memset(rows.data(), 0, rows.size());
  SoftwareEngine<DataType::kBF16> engine;
  decltype(engine)::Convert(a.data(), 6, rows.data(), 0, {});
  AlignedBuffer<float> packed(PackedNarrowWords(DataType::kBF16, 1, 6, 1));
  PackNarrow(DataType::kBF16, 1, 6, 1, w.data(), packed.data());
  const size_t no_tap = 0;
  float out = 0;
  engine.Multiply({1, 1, 6, 1, Activation::kNone},
                  {rows.data(), kTileRowBytes, 0, &no_tap, reinterpret_cast<const uint32_t*>(packed.data()), nullptr,
                   &out, nullptr, 1});
  EXPECT_EQ(out, even + odd);
  // Denormals are zeros: 2^-70 * 2^-70 of bf16 numbers that are none.
  const std::vector<float> tiny(6, 0x1p-70f);
  engine.Convert(tiny.data(), 6, rows.data(), 0, {});
  PackNarrow(DataType::kBF16, 1, 6, 1, tiny.data(), packed.data());
  engine.Multiply({1, 1, 6, 1, Activation::kNone},
                  {rows.data(), kTileRowBytes, 0, &no_tap, reinterpret_cast<const uint32_t*>(packed.data()), nullptr,
                   &out, nullptr, 1});
  EXPECT_EQ(out, 0.0f);
}

// Results of no product but a bias, stored as floats and as bf16.
template <class Engine>
void CheckStoredBf16() {
  constexpr float kBiases[16] = {0.0f,        -0.0f, 1e-39f,      -1e-39f,   0x1.01p0f,  0x1.03p0f, -0x1.01p0f,
                                 0x1.00FFp0f, 1e38f, 0x1.FFp127f, HUGE_VALF, -HUGE_VALF, 0x1p-126f, 0x1.FFFFFEp-127f,
                                 5.99f,       NAN};
  const std::byte zeros[kTileRowsRead * kTileRowBytes] = {};
  const size_t no_tap = 0;
  const std::vector<float> weights(16, 0.0f);
  AlignedBuffer<float> packed(PackedNarrowWords(Engine::kType, 1, 1, 16));
  PackNarrow(Engine::kType, 1, 1, 16, weights.data(), packed.data());
  const RowScale scale = {1, 0};
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    float floats[16];
    uint16_t halves[17] = {};
    halves[16] = 0x1234;
    NarrowArgs g = {.a = zeros, .row_bytes = kTileRowBytes, .tap_bytes = &no_tap, .bias = kBiases, .out_stride = 16};
    g.packed = reinterpret_cast<const uint32_t*>(packed.data());
    g.scales = &scale;
    g.out = floats;
    Engine engine;
    engine.Multiply({1, 1, 1, 16, activation}, g);
    g.out = nullptr;
    g.bf16_out = halves;
    engine.Multiply({1, 1, 1, 16, activation}, g);
    for (int k = 0; k < 16; ++k) EXPECT_EQ(halves[k], ToBf16(floats[k])) << kBiases[k];
    EXPECT_EQ(halves[16], 0x1234);
  }
}

TEST(NarrowTest, StoresBf16AsItIsReadOtherwise) {
  if (simd::HasAvx512Bf16()) {
    CheckStoredBf16<DotsEngine<DataType::kBF16>>();
    CheckStoredBf16<DotsEngine<DataType::kI8>>();
  }
  if (!SoftwareTiles::CanRun()) GTEST_SKIP() << "this processor has no AVX-512";
  CheckStoredBf16<TilesEngine<SoftwareTiles, DataType::kBF16>>();
  CheckStoredBf16<TilesEngine<SoftwareTiles, DataType::kBF16Pair>>();
  CheckStoredBf16<TilesEngine<SoftwareTiles, DataType::kI8>>();
}

TEST(NarrowTest, RoundsToNearestEven) {
  EXPECT_EQ(ToBf16(1.0f), 0x3F80);
  EXPECT_EQ(ToBf16(1.0f + 0x1p-8f), 0x3F80) << "a tie goes to the even one below";
  EXPECT_EQ(ToBf16(1.0f + 3 * 0x1p-8f), 0x3F82) << "and to the even one above";
  EXPECT_EQ(ToBf16(1.0f + 0x1p-8f + 0x1p-20f), 0x3F81);
  EXPECT_EQ(ToBf16(std::numeric_limits<float>::max()), 0x7F80) << "rounds up to infinity";
  EXPECT_EQ(ToBf16(-1e-40f), 0x8000);
  EXPECT_TRUE(std::isnan(FromBf16(ToBf16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(NarrowTest, ConversionsGiveTheSameBits) {
  if (!simd::HasAvx512Bf16()) GTEST_SKIP() << "this processor has no VCVTNE2PS2BF16";
  std::mt19937 random(7);
  for (const int count : {1, 7, 16, 31, 32, 33, 1000}) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
    for (float& value : values) {
      if (std::isnan(value)) value = 0;  // which NaN is not promised
    }
    const size_t bytes = NarrowRowBytes(DataType::kBF16, count);
    std::vector<std::byte> fast(2 * bytes, std::byte{0xFF}), plain(2 * bytes, std::byte{0xFF});
    ConvertBf16Row(values.data(), count, fast.data(), 0, {});
    ConvertBf16RowPlain(values.data(), count, plain.data(), 0, {});
    EXPECT_EQ(fast, plain) << count;
    for (float& value : values) {
      if (!(std::fabs(value) < 1e37f && std::fabs(value) > 1e-30f)) value = 1.5f;  // no infinities, no denormals
    }
    FloatRange fast_range, plain_range;
    WidenRange(values.data(), count, &fast_range);
    WidenRangePlain(values.data(), count, &plain_range);
    EXPECT_EQ(fast_range.low, plain_range.low) << count;
    EXPECT_EQ(fast_range.high, plain_range.high) << count;
    const RowScale scale = MakeRowScale(-2, 3);
    std::vector<std::byte> fast_i8(bytes, std::byte{0xFF}), plain_i8(bytes, std::byte{0xFF});
    ConvertI8Row(values.data(), count, fast_i8.data(), 0, scale);
    ConvertI8RowPlain(values.data(), count, plain_i8.data(), 0, scale);
    EXPECT_EQ(fast_i8, plain_i8) << count;
    ConvertBf16PairRow(values.data(), count, fast.data(), bytes, {});
    ConvertBf16PairRowPlain(values.data(), count, plain.data(), bytes, {});
    EXPECT_EQ(fast, plain) << count;
  }
}

}  // namespace
}  // namespace sinew::cpu

#endif
