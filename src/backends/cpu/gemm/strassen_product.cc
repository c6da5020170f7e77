// Strassen's algorithm: sums of rows, seven products, sums of results.
//
// Sums of rows   made once per level, for the rows that a task has in L2
// Last level     a tile of registers goes through all seven products: each but three of the additions of results is a
//                sum that goes on in place, the others come from a few kilobytes of L1
// Other levels   results of products go through scratch
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/gemm/strassen_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <array>

#include "backends/cpu/gemm/strassen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// The floats below `count`, zeros behind.
HWY_INLINE FloatVec LoadBelow(const float* from, int count) {
  if (count >= kLanes) return hn::LoadU(FloatTag(), from);
  return count <= 0 ? hn::Zero(FloatTag()) : LoadPartial(from, count);
}

// s1 to s4 of `rows` rows of each half.
void MakeSums(const StrassenOperands& o, int rows) {
  const FloatTag d;
  const ptrdiff_t lower = o.a22 - o.a12;
  for (size_t r = 0; r < static_cast<size_t>(rows); ++r) {
    const float* const a11 = o.a11 + r * o.a_stride;
    const float* const a12 = o.a12 + r * o.a_stride;
    for (int c = 0; c < o.depth.first; c += kLanes) {
      StoreSums(hn::LoadU(d, a11 + c), LoadBelow(a12 + c, o.depth.second - c), hn::LoadU(d, a11 + lower + c),
                LoadBelow(a12 + lower + c, o.depth.second - c), o.s1 + r * o.s_stride + c, o.s_floats);
    }
  }
}

// A tile's sums, added to from memory and stored; a stride of zero repeats one row.
template <int kRows, int kVectors>
HWY_INLINE void Add(FloatVec (&sums)[kRows][kVectors], const float* from, size_t stride) {
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::Add(sums[r][v], hn::LoadU(FloatTag(), from + static_cast<size_t>(r) * stride + v * kLanes));
    }
  }
}
template <int kRows, int kVectors>
HWY_INLINE void Store(const FloatVec (&sums)[kRows][kVectors], float* to, size_t stride) {
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v)
        hn::StoreU(sums[r][v], FloatTag(), to + static_cast<size_t>(r) * stride + v * kLanes);
  }
}

// One quarter of the result, from sums: its row and column of the whole are those at `start` and `out`, and `k`.
template <int kRows, int kVectors>
HWY_INLINE void Finish(const StrassenPart& p, size_t start, size_t out, size_t k, FloatVec (&sums)[kRows][kVectors]) {
  if (p.start != nullptr) Add(sums, p.start + start + k, p.start_stride);
  if (p.g.bias != nullptr) Add(sums, p.g.bias + k, 0);
  const Clamp clamp = MakeClamp(p.problem.activation);
  SINEW_UNROLL for (int r = 0; r < kRows; ++r) {
    SINEW_UNROLL for (int v = 0; v < kVectors; ++v) sums[r][v] = Apply(clamp, sums[r][v]);
  }
  Store(sums, p.g.out + out + k, p.g.out_stride);
}

// On AVX-512 two rows fewer than plain products have: what is added to the sums between products takes registers as
// well.
inline constexpr int kStrassenTileRows = HWY_TARGET == HWY_AVX3 ? 12 : kTileRows;

// What each of a tile's seven products prefetches: as many cache lines as its depth.
using StrassenNext = std::array<const float*, 7>;

// The last level: kRows rows and kBlocks blocks of columns of each quarter of the result, from `row` and `column` on.
template <int kRows, int kBlocks>
struct StrassenTile {
  static void Run(const StrassenPart& p, const StrassenOperands& o, int row, int column, const StrassenNext& next) {
    constexpr int kVectors = kBlocks * kVectorsPerBlock;
    constexpr size_t kStride = static_cast<size_t>(kVectors * kLanes);
    const int first = o.depth.first, second = o.depth.second;
    const size_t left = static_cast<size_t>(column), right = left + static_cast<size_t>(p.problem.columns / 2);
    const size_t upper = static_cast<size_t>(row) * p.g.out_stride, lower = upper + p.out_lower;
    const size_t start_upper = static_cast<size_t>(row) * p.start_stride, start_lower = start_upper + p.start_lower;
    const size_t a_row = static_cast<size_t>(row) * o.a_stride, s_row = static_cast<size_t>(row) * o.s_stride;
    const size_t panel = static_cast<size_t>(4 * first + 3 * second) * kChannelBlock;
    const size_t step1 = static_cast<size_t>(first) * kChannelBlock,
                 step2 = static_cast<size_t>(second) * kChannelBlock;
    const float* w = p.g.packed + left / kChannelBlock * panel;
    HWY_ALIGN float x[kRows * kStride], y[kRows * kStride], z[kRows * kStride];
    FloatVec sums[kRows][kVectors];

    StartTile(nullptr, sums);
    Accumulate(first, o.a11 + a_row, o.a_stride, w, panel, next[0], sums);
    Store(sums, x, kStride);
    Accumulate(second, o.a12 + a_row, o.a_stride, w += step1, panel, next[1], sums);
    Finish(p, start_upper, upper, left, sums);
    StartTile(nullptr, sums);
    Add(sums, x, kStride);
    Accumulate(first, o.s2() + s_row, o.s_stride, w += step2, panel, next[2], sums);
    Store(sums, y, kStride);
    Accumulate(first, o.s3() + s_row, o.s_stride, w += step1, panel, next[3], sums);
    Store(sums, z, kStride);
    Accumulate(second, o.a22 + a_row, o.a_stride, w += step1, panel, next[4], sums);
    Finish(p, start_lower, lower, left, sums);
    StartTile(nullptr, sums);
    Accumulate(first, o.s1 + s_row, o.s_stride, w += step2, panel, next[5], sums);
    Store(sums, x, kStride);  // m
    Add(sums, z, kStride);
    Finish(p, start_lower, lower, right, sums);
    StartTile(nullptr, sums);
    Add(sums, x, kStride);
    Add(sums, y, kStride);
    Accumulate(second, o.s4() + s_row, o.s_stride, w += step1, panel, next[6], sums);
    Finish(p, start_upper, upper, right, sums);
  }
};
inline constexpr auto kStrassenTiles = AllTiles<StrassenTile, kStrassenTileRows, kTileBlocks>();

// A block of columns of the weights, product after product.
StrassenNext NextWeights(const DepthHalves& depth, const float* block) {
  const size_t first = static_cast<size_t>(depth.first) * kChannelBlock,
               second = static_cast<size_t>(depth.second) * kChannelBlock;
  const float *const t2 = block + first + second, *const t4 = t2 + 2 * first;
  return {block, block + first, t2, t2 + first, t4, t4 + second, t4 + second + first};
}

// Parts of two runs of `floats` floats, up to three of each; what is more than there is asks for the last part again.
StrassenNext NextInputs(size_t part, const float* upper, const float* lower, size_t floats) {
  const size_t parts = std::min<size_t>((floats + part - 1) / part, 3);
  StrassenNext next;
  for (size_t i = 0; i < next.size(); ++i)
    next[i] = i < parts ? upper + i * part : lower + (std::min(i, 2 * parts - 1) - parts) * part;
  return next;
}

// The tiles of the last level, of nearly equal numbers of rows: the fewer a tile has, the more weights it reads for
// each.
void MultiplyTiles(const StrassenPart& p, const StrassenOperands& o, int half) {
  const int columns = p.problem.columns / 2;
  const int tiles = (half + kStrassenTileRows - 1) / kStrassenTileRows;
  const size_t block_floats = static_cast<size_t>(4 * o.depth.first + 3 * o.depth.second) * kChannelBlock;
  const size_t part_floats = static_cast<size_t>(o.depth.first) * kCacheLineFloats;
  size_t prefetched = 0;  // floats of both runs of g.next
  for (int k = 0; k < columns; k += kTileBlocks * kChannelBlock) {
    const int blocks = std::min(kTileBlocks, (columns - k) / kChannelBlock);
    const float* next_block = p.g.packed + block_floats * static_cast<size_t>(k / kChannelBlock + blocks);
    for (int tile = 0; tile < tiles; ++tile) {
      const int row = half * tile / tiles, rows = half * (tile + 1) / tiles - row;
      StrassenNext next = NextWeights(o.depth, next_block);
      if (prefetched < p.g.next_floats) {
        next = NextInputs(part_floats, p.g.next + prefetched, p.g.next + p.next_lower + prefetched,
                          p.g.next_floats - prefetched);
        prefetched += 3 * part_floats;
      } else if (tile < kTileBlocks) {
        next_block += block_floats;
      }
      kStrassenTiles[static_cast<size_t>(rows - 1)][static_cast<size_t>(blocks - 1)](p, o, row, k, next);
    }
  }
}

// Two levels: the seven products of the first are taken apart by the second, and meet in scratch.
void MultiplyTwice(const StrassenPart& p, const StrassenOperands& o, int half, float* scratch) {
  const int columns = p.problem.columns / 2;
  const size_t stride = static_cast<size_t>(columns), floats = static_cast<size_t>(half) * stride;
  float* const x = scratch;
  float* const y = x + floats;
  float* const z = y + floats;
  const size_t lower = static_cast<size_t>(half / 2);
  const float* w = p.g.packed;
  // out = act(start + bias + a w)
  const auto multiply = [&](const float* a, size_t a_stride, int depth, const float* start, const float* bias,
                            Activation activation, float* out, size_t out_stride, const float* next = nullptr,
                            size_t next_floats = 0) {
    const StrassenPart part = {.problem = {.rows = half, .depth = depth, .columns = columns, .activation = activation},
                               .g = {.a = a,
                                     .a_stride = a_stride,
                                     .packed = w,
                                     .bias = bias,
                                     .out = out,
                                     .out_stride = out_stride,
                                     .next = next,
                                     .next_floats = next_floats},
                               .a_lower = lower * a_stride,
                               .out_lower = lower * out_stride,
                               .next_lower = p.next_lower,
                               .start = start,
                               .start_stride = stride,
                               .start_lower = lower * stride};
    const int quarter = (half + 1) / 2;
    const StrassenOperands operands = MakeStrassenOperands(part, quarter, z + floats);
    MakeSums(operands, quarter);
    MultiplyTiles(part, operands, quarter);
    w += PackedStrassenFloats(1, depth, columns);
  };
  const auto to_scratch = [&](const float* a, size_t a_stride, int depth, const float* start, float* out) {
    multiply(a, a_stride, depth, start, nullptr, Activation::kNone, out, stride);
  };
  const float* const bias_right = p.g.bias == nullptr ? nullptr : p.g.bias + columns;
  to_scratch(o.a11, o.a_stride, o.depth.first, nullptr, x);
  multiply(o.a12, o.a_stride, o.depth.second, x, p.g.bias, p.problem.activation, p.g.out, p.g.out_stride);
  to_scratch(o.s2(), o.s_stride, o.depth.first, x, y);
  to_scratch(o.s3(), o.s_stride, o.depth.first, y, z);
  multiply(o.a22, o.a_stride, o.depth.second, z, p.g.bias, p.problem.activation, p.g.out + p.out_lower, p.g.out_stride);
  to_scratch(o.s1, o.s_stride, o.depth.first, nullptr, x);  // m
  const FloatTag d;
  const Clamp clamp = MakeClamp(p.problem.activation);
  for (size_t r = 0; r < static_cast<size_t>(half); ++r) {
    float* const out = p.g.out + p.out_lower + r * p.g.out_stride + stride;
    for (size_t i = r * stride, c = 0; c < stride; c += static_cast<size_t>(kLanes), i += static_cast<size_t>(kLanes)) {
      const FloatVec m = hn::Load(d, x + i), bias = bias_right == nullptr ? hn::Zero(d) : hn::LoadU(d, bias_right + c);
      hn::StoreU(Apply(clamp, hn::Add(hn::Add(hn::Load(d, z + i), m), bias)), d, out + c);
      hn::Store(hn::Add(hn::Load(d, y + i), m), d, y + i);
    }
  }
  multiply(o.s4(), o.s_stride, o.depth.second, y, bias_right, p.problem.activation, p.g.out + stride, p.g.out_stride,
           p.g.next, p.g.next_floats);
}

void FinishStrassen(const StrassenProblem& p, const StrassenArgs& args, const StrassenStart& s) {
  if (p.levels == 1) return MultiplyTiles(s.part, s.operands, s.half);
  MultiplyTwice(s.part, s.operands, s.half, args.scratch + 4 * s.operands.s_floats);
}

void MultiplyStrassen(const StrassenProblem& p, const StrassenArgs& args) {
  const StrassenStart start = BeginStrassen(p, args);
  MakeSums(start.operands, start.half);
  FinishStrassen(p, args, start);
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
