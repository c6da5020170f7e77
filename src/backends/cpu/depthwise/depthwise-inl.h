// Depthwise convolution of a patch of output pixels, shared by the depthwise and the separable family. Per-target code.
//   out[x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left, c]
//   * w[r,s,c])
// Layout    w packed by block of channels, [C/16][R*S][16], so that weights are always loaded whole, from front to back
// Blocking  3x3 windows: a tile of kTileHeight x kTileWidth output pixels at once. Neighbouring outputs share inputs: 2
// x 4
//           outputs of stride 1 take 4 x 6 + 9 loads for 72 multiplications, and rows come twice from the outer caches
//           instead of three times. Vectors of channels go through a few tiles next to each other, which find in L1 the
//           weights and the columns that they share.
// Prefetch  A tile reads 24 streams at once, too many for the processor to follow. Where the inputs of a few tiles stay
// in
//           L1, each fetches its part of the next few; where they have too many channels for that, the channels that it
//           reads next itself, from L2, into which callers fetch them.

#if defined(SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#undef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#else
#define SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#endif

#include <algorithm>
#include <array>

#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/depthwise/strip.h"
#include "backends/cpu/taps.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// What is convolved, and by which weights.
struct DepthwiseChannels {
  ConstView input;
  const float* packed;
  size_t block_floats;  // of `packed`, a block of channels
  const float* bias;

  // The weights of the first tap for the channels from `c` on; the other taps' follow at distances of kChannelBlock.
  HWY_INLINE const float* Weights(int c) const {
    return packed + static_cast<size_t>(c / kChannelBlock) * block_floats + static_cast<size_t>(c % kChannelBlock);
  }
};
inline DepthwiseChannels MakeDepthwiseChannels(const DepthwiseProblem& p, const ConstView& input, const float* packed,
                                               const float* bias) {
  return {input, packed, static_cast<size_t>(p.kernel_h * p.kernel_w) * kChannelBlock, bias};
}

// The pointer itself, as a value that the compiler knows nothing of: it would keep each of the thirty addresses of a
// tile in a variable of its own, most of them on the stack, rather than add strides as it goes.
HWY_INLINE const float* Opaque(const float* pointer) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  asm("" : "+r"(pointer));
#endif
  return pointer;
}

// The same for a value in a register: GCC would load it again for each of its uses.
HWY_INLINE FloatVec Opaque(FloatVec value) {
#if HWY_TARGET == HWY_AVX3 && (HWY_COMPILER_GCC || HWY_COMPILER_CLANG)
  asm("" : "+v"(value.raw));
#endif
  return value;
}

// Output pixels that a tile takes at once, at most.
inline constexpr int kTileHeight = kStripHeight, kTileWidth = 4;

// Where results go: pixel (y, x) of the patch, counted from its corner, at data + y * row_stride + x * pixel_stride.
struct PatchOutput {
  float* data;
  size_t row_stride, pixel_stride;
};

// Whether tiles of Depthwise3x3 take the problem: a 3x3 window without dilation, of stride 1 or 2.
inline bool TakesTiles(const DepthwiseProblem& p) {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.dilation_h == 1 && p.dilation_w == 1 && p.stride_h == p.stride_w &&
         p.stride_w <= 2;
}

// Some channels of tiles next to each other, of `width` output columns each, the first at output pixel (y, x).
struct DepthwiseRun {
  int y, x, width, tiles;
  bool clipped;  // parts of their windows lie outside the input; there is one tile then
  int first_channel, last_channel;
  size_t ahead_floats;  // from an input to one that is read soon and is not in L1 yet
};

// Tiles of kHeight x kWidth output pixels.
template <int kStride, int kHeight, int kWidth, bool kClipped>
class Depthwise3x3 {
 public:
  using Sums = FloatVec[kHeight][kWidth];

  HWY_INLINE Depthwise3x3(const DepthwiseProblem& p, const DepthwiseChannels& in, const DepthwiseRun& run)
      : in_(in),
        activates_(p.activation != Activation::kNone),
        clamp_(MakeClamp(p.activation)),
        ahead_floats_(run.ahead_floats),
        row_floats_(static_cast<size_t>(p.in_w) * in.input.pixel_stride),
        tile_floats_(static_cast<size_t>(kWidth * kStride) * in.input.pixel_stride) {
    const int top = run.y * kStride - p.pad_top, left = run.x * kStride - p.pad_left;
    rows_ = TapsInside(top, kRows, 1, p.in_h);
    columns_ = TapsInside(left, kColumns, 1, p.in_w);
    corner_ = in.input.data + static_cast<ptrdiff_t>(top) * static_cast<ptrdiff_t>(row_floats_) +
              static_cast<ptrdiff_t>(left) * static_cast<ptrdiff_t>(in.input.pixel_stride);
  }

  // Of one tile, the channels from `c` on that `access` reaches (see ForEachVector), activated.
  template <class Access>
  HWY_INLINE void Compute(Access access, int tile, int c, Sums& sums) const {
    const FloatTag d;
    const FloatVec start = hn::LoadU(d, in_.bias + c);
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) { SINEW_UNROLL for (int j = 0; j < kWidth; ++j) sums[i][j] = start; }
    FloatVec weights[3][3];
    const float* const w = Opaque(in_.Weights(c));
    SINEW_UNROLL for (int r = 0; r < 3; ++r) {
      SINEW_UNROLL for (int s = 0; s < 3; ++s) weights[r][s] = hn::Load(d, w + (3 * r + s) * kChannelBlock);
    }
    const size_t stride = in_.input.pixel_stride;
    const float* const corner = Opaque(corner_ + static_cast<size_t>(tile) * tile_floats_ + c);
    SINEW_UNROLL for (int row = 0; row < kRows; ++row) {
      if (kClipped && (row < rows_.first || row >= rows_.last)) continue;
      const float* from = Opaque(corner + static_cast<size_t>(row) * row_floats_);
      SINEW_UNROLL for (int column = 0; column < kColumns; ++column) {
        if (column > 0 && column % 3 == 0) from = Opaque(from + 3 * stride);
        if (kClipped && (column < columns_.first || column >= columns_.last)) continue;
        const float* const pixel = from + static_cast<size_t>(column % 3) * stride;
        // Columns before are in the next tile's window as well.
        if (column >= kColumns - kWidth * kStride) __builtin_prefetch(pixel + ahead_floats_, 0, 3);
        const FloatVec value = Opaque(access.Load(pixel));
        SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
          SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
            const int r = row - i * kStride, s = column - j * kStride;
            if (r >= 0 && r < 3 && s >= 0 && s < 3) sums[i][j] = hn::MulAdd(value, weights[r][s], sums[i][j]);
          }
        }
      }
    }
    if (!activates_) return;
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) sums[i][j] = Apply(clamp_, sums[i][j]);
    }
  }

 private:
  static constexpr int kRows = (kHeight - 1) * kStride + 3, kColumns = (kWidth - 1) * kStride + 3;

  DepthwiseChannels in_;
  bool activates_;
  Clamp clamp_;
  size_t ahead_floats_, row_floats_, tile_floats_;
  TapRange rows_, columns_;  // inside the input
  const float* corner_;
};

// Calls run(DepthwiseRun) until the first `channels` channels of `height` x `width` output pixels from (y, x) on are
// covered, where `in` is all that is convolved.
template <class Run>
HWY_INLINE void ForEachRun(const DepthwiseProblem& p, const ConstView& in, int channels, int y, int x, int height,
                           int width, const Run& run) {
  constexpr int kColumns = 3 * kTileWidth, kChannels = 4 * kChannelBlock;  // at once
  constexpr size_t kL1Floats = 16 * 1024 / sizeof(float);                  // half of the smallest L1
  const int top = y * p.stride_h - p.pad_top, bottom = (y + height - 1) * p.stride_h - p.pad_top + p.kernel_h;
  const auto clipped = [&](int first, int count) {
    const int left = first * p.stride_w - p.pad_left,
              right = (first + count - 1) * p.stride_w - p.pad_left + p.kernel_w;
    return top < 0 || bottom > p.in_h || left < 0 || right > p.in_w;
  };
  const bool stay_in_l1 =
      static_cast<size_t>((bottom - top) * kColumns * p.stride_w) * static_cast<size_t>(in.channels) <= kL1Floats;
  const int step = stay_in_l1 ? channels : kChannels;
  const size_t ahead = stay_in_l1 ? static_cast<size_t>(kColumns * p.stride_w) * in.pixel_stride : kCacheLineFloats;
  for (const int last = x + width; x < last; x += kColumns) {
    const int end = std::min(last, x + kColumns);
    for (int c = 0; c < channels; c += step) {
      for (int column = x; column < end;) {
        DepthwiseRun next = {y,     column, std::min(kTileWidth, end - column), 0,
                             false, c,      std::min(c + step, channels),       ahead};
        next.clipped = clipped(column, next.width);
        do {
          ++next.tiles;
          column += next.width;
        } while (!next.clipped && column + next.width <= end && !clipped(column, next.width));
        run(next);
      }
    }
  }
}

// A patch of `height` (at most kTileHeight) x `width` output pixels whose corner is (y, x).
void DepthwisePatch(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, int height, int width,
                    const PatchOutput& out);

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
