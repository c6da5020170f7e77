// Depthwise convolution of a patch of output pixels, shared by the depthwise and the separable family. Per-target code.
//   out[x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left, c] * w[r,s,c])
// Layout    w packed [R*S][C rounded up to kChannelBlock], so that weights are always loaded whole
// Blocking  3x3 windows: kTileHeight x kTileWidth output pixels at once, channels innermost. Neighbouring outputs share
//           inputs: 2 x 4 outputs of stride 1 take 4 x 6 + 9 loads for 72 multiplications, and rows come twice from the
//           outer caches instead of three times.
// Prefetch  A tile reads 24 streams at once, too many for the processor to follow. Where the inputs of a tile stay in L1, it
//           fetches the columns of the next one; where it takes too many channels for that, those that it reads next itself,
//           from L2, into which callers fetch them.

#if defined(SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#undef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#else
#define SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#endif

#include <algorithm>
#include <array>

#include "base/aligned_buffer.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/strip.h"
#include "kernels/simd/vector-inl.h"
#include "kernels/taps.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

// The channels that are computed: all, or some of them.
struct DepthwiseChannels {
  ConstView input;
  const float* packed;
  size_t tap_floats;  // from tap to tap of `packed`
  const float* bias;

  DepthwiseChannels Slice(int first, int count) const {
    return {{input.data + first, input.height, input.width, count, input.pixel_stride}, packed + first, tap_floats, bias + first};
  }
};
inline DepthwiseChannels AllChannels(const DepthwiseProblem& p, const ConstView& input, const float* packed, const float* bias) {
  return {input, packed, static_cast<size_t>(RoundUpToChannelBlock(p.channels)), bias};
}

// One output pixel of any window.
inline void DepthwisePixel(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, float* out) {
  const int top = y * p.stride_h - p.pad_top, left = x * p.stride_w - p.pad_left;
  const TapRange rows = TapsInside(top, p.kernel_h, p.dilation_h, p.in_h);
  const TapRange columns = TapsInside(left, p.kernel_w, p.dilation_w, p.in_w);
  const Clamp clamp = ClampOf(p.activation);
  ForEachVector(in.input.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sum = hn::LoadU(FloatTag(), in.bias + c);
    for (int r = rows.first; r < rows.last; ++r) {
      const size_t row = static_cast<size_t>(top + r * p.dilation_h) * static_cast<size_t>(p.in_w);
      for (int s = columns.first; s < columns.last; ++s) {
        const float* from = in.input.data + (row + static_cast<size_t>(left + s * p.dilation_w)) * in.input.pixel_stride + c;
        const float* w = in.packed + static_cast<size_t>(r * p.kernel_w + s) * in.tap_floats + c;
        sum = hn::MulAdd(access.Load(from), hn::LoadU(FloatTag(), w), sum);
      }
    }
    access.Store(Apply(clamp, sum), out + c);
  });
}

// The pointer itself, as a value that the compiler knows nothing of: it would keep each of the thirty addresses of a tile
// in a variable of its own, most of them on the stack, rather than add strides as it goes.
HWY_INLINE const float* Opaque(const float* pointer) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  asm("" : "+r"(pointer));
#endif
  return pointer;
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
  return p.kernel_h == 3 && p.kernel_w == 3 && p.dilation_h == 1 && p.dilation_w == 1 && p.stride_h == p.stride_w && p.stride_w <= 2;
}

// kHeight x kWidth output pixels. Rows of their windows may lie outside the input, columns only if kClipped.
template <int kStride, int kHeight, int kWidth, bool kClipped>
class Depthwise3x3 {
 public:
  using Sums = FloatVec[kHeight][kWidth];

  HWY_INLINE Depthwise3x3(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x)
      : in_(in),
        fits_l1_(kRows * kColumns * in.input.channels <= kL1Floats),
        activates_(p.activation != Activation::kNone),
        clamp_(ClampOf(p.activation)),
        row_floats_(static_cast<size_t>(p.in_w) * in.input.pixel_stride) {
    const int top = y * kStride - p.pad_top, left = x * kStride - p.pad_left;
    rows_ = TapsInside(top, kRows, 1, p.in_h);
    columns_ = TapsInside(left, kColumns, 1, p.in_w);
    corner_ = in.input.data + static_cast<ptrdiff_t>(top) * static_cast<ptrdiff_t>(row_floats_) +
              static_cast<ptrdiff_t>(left) * static_cast<ptrdiff_t>(in.input.pixel_stride);
  }

  // The channels from `c` on that `access` reaches (see ForEachVector), activated.
  template <class Access>
  HWY_INLINE void Compute(Access access, int c, Sums& sums) const {
    const FloatTag d;
    const FloatVec start = hn::LoadU(d, in_.bias + c);
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) sums[i][j] = start;
    }
    FloatVec weights[3][3];
    SINEW_UNROLL for (int r = 0; r < 3; ++r) {
      const float* const row = Opaque(in_.packed + static_cast<size_t>(3 * r) * in_.tap_floats + c);
      SINEW_UNROLL for (int s = 0; s < 3; ++s) weights[r][s] = hn::LoadU(d, row + static_cast<size_t>(s) * in_.tap_floats);
    }
    const size_t stride = in_.input.pixel_stride;
    SINEW_UNROLL for (int row = 0; row < kRows; ++row) {
      if (row < rows_.first || row >= rows_.last) continue;
      const float* from = Opaque(corner_ + static_cast<size_t>(row) * row_floats_ + c);
      SINEW_UNROLL for (int column = 0; column < kColumns; ++column) {
        if (column > 0 && column % 3 == 0) from = Opaque(from + 3 * stride);
        if (kClipped && (column < columns_.first || column >= columns_.last)) continue;
        const float* const pixel = from + static_cast<size_t>(column % 3) * stride;
        if (!fits_l1_) {
          __builtin_prefetch(pixel + kAheadFloats, 0, 3);
        } else if (column >= kColumns - kWidth * kStride) {  // the next tile does not share it
          __builtin_prefetch(pixel + kWidth * kStride * stride, 0, 3);
        }
        const FloatVec value = access.Load(pixel);
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

  static constexpr int kL1Floats = 16 * 1024 / sizeof(float);  // half of the smallest L1
  static constexpr int kAheadFloats = 2 * kCacheLineBytes / sizeof(float);

  DepthwiseChannels in_;
  bool fits_l1_, activates_;
  Clamp clamp_;
  size_t row_floats_;
  TapRange rows_, columns_;  // inside the input
  const float* corner_;
};

template <int kStride, int kHeight, int kWidth, bool kClipped>
void Depthwise3x3Tile(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x,
                      const PatchOutput& out) {
  const Depthwise3x3<kStride, kHeight, kWidth, kClipped> tile(p, in, y, x);
  ForEachVector(in.input.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sums[kHeight][kWidth];
    tile.Compute(access, c, sums);
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
        access.Store(sums[i][j], out.data + static_cast<size_t>(i) * out.row_stride + static_cast<size_t>(j) * out.pixel_stride + c);
      }
    }
  });
}

using Depthwise3x3TileFunction = void (*)(const DepthwiseProblem&, const DepthwiseChannels&, int, int, const PatchOutput&);
template <int kStride, int kHeight, bool kClipped>
inline constexpr std::array<Depthwise3x3TileFunction, kTileWidth> kDepthwise3x3TilesOf = {
    Depthwise3x3Tile<kStride, kHeight, 1, kClipped>, Depthwise3x3Tile<kStride, kHeight, 2, kClipped>,
    Depthwise3x3Tile<kStride, kHeight, 3, kClipped>, Depthwise3x3Tile<kStride, kHeight, 4, kClipped>};
// [stride - 1][height - 1][clipped][width - 1]
inline constexpr std::array<Depthwise3x3TileFunction, kTileWidth> kDepthwise3x3Tiles[2][kTileHeight][2] = {
    {{kDepthwise3x3TilesOf<1, 1, false>, kDepthwise3x3TilesOf<1, 1, true>}, {kDepthwise3x3TilesOf<1, 2, false>, kDepthwise3x3TilesOf<1, 2, true>}},
    {{kDepthwise3x3TilesOf<2, 1, false>, kDepthwise3x3TilesOf<2, 1, true>}, {kDepthwise3x3TilesOf<2, 2, false>, kDepthwise3x3TilesOf<2, 2, true>}},
};

// Calls tile(column, count, clipped) for runs of up to kTileWidth of the `width` output columns from x on; `clipped` says
// that some column of their windows lies outside the input.
template <class Tile>
HWY_INLINE void ForEachTile(const DepthwiseProblem& p, int x, int width, const Tile& tile) {
  for (int column = x; column < x + width; column += kTileWidth) {
    const int count = std::min(kTileWidth, x + width - column);
    const int left = column * p.stride_w - p.pad_left, right = (column + count - 1) * p.stride_w - p.pad_left + p.kernel_w;
    tile(column, count, left < 0 || right > p.in_w);
  }
}

// A patch of `height` (at most kTileHeight) x `width` output pixels whose corner is (y, x).
inline void DepthwisePatch(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, int height,
                           int width, const PatchOutput& out) {
  const auto at = [&](int column) { return out.data + static_cast<size_t>(column - x) * out.pixel_stride; };
  if (TakesTiles(p)) {
    return ForEachTile(p, x, width, [&](int column, int count, bool clipped) {
      kDepthwise3x3Tiles[p.stride_w - 1][height - 1][clipped][static_cast<size_t>(count - 1)](
          p, in, y, column, {at(column), out.row_stride, out.pixel_stride});
    });
  }
  for (int i = 0; i < height; ++i) {
    for (int column = x; column < x + width; ++column) {
      DepthwisePixel(p, in, y + i, column, at(column) + static_cast<size_t>(i) * out.row_stride);
    }
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
