// Depthwise convolution of a patch of output pixels, shared by the depthwise and the separable family. Per-target code.
//   out[x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left, c] * w[r,s,c])
// Layout    w packed [R*S][C rounded up to kChannelBlock], so that weights are always loaded whole
// Blocking  3x3 windows: kTileHeight x kTileWidth output pixels at once, channels innermost. Neighbouring outputs share
//           inputs: 2 x 4 outputs of stride 1 take 4 x 6 + 9 loads for 72 multiplications, and rows come twice from the
//           outer caches instead of three times.
// Prefetch  The columns of the next tile; a tile reads 24 streams at once, too many for the processor to follow.

#if defined(SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#undef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#else
#define SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#endif

#include <algorithm>

#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/strip.h"
#include "kernels/simd/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

// Taps [first, last) of a window that starts at `start` lie within [0, size).
struct TapRange {
  int first, last;
};
HWY_INLINE TapRange TapsInside(int start, int taps, int dilation, int size) {
  const int first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  const int last = start >= size ? 0 : (size - start + dilation - 1) / dilation;
  return {std::min(first, taps), std::clamp(last, 0, taps)};
}

// One output pixel of any window.
inline void DepthwisePixel(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x,
                           float* out) {
  const int top = y * p.stride_h - p.pad_top, left = x * p.stride_w - p.pad_left;
  const TapRange rows = TapsInside(top, p.kernel_h, p.dilation_h, in.height);
  const TapRange columns = TapsInside(left, p.kernel_w, p.dilation_w, in.width);
  const size_t tap_floats = static_cast<size_t>(RoundUpToChannelBlock(p.channels));
  const Clamp clamp = ClampOf(p.activation);
  ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sum = hn::LoadU(FloatTag(), bias + c);
    for (int r = rows.first; r < rows.last; ++r) {
      const size_t row = static_cast<size_t>(top + r * p.dilation_h) * static_cast<size_t>(in.width);
      for (int s = columns.first; s < columns.last; ++s) {
        const float* from = in.data + (row + static_cast<size_t>(left + s * p.dilation_w)) * in.pixel_stride + c;
        const float* w = packed + static_cast<size_t>(r * p.kernel_w + s) * tap_floats + c;
        sum = hn::MulAdd(access.Load(from), hn::LoadU(FloatTag(), w), sum);
      }
    }
    access.Store(Apply(clamp, sum), out + c);
  });
}

// Output pixels that a tile takes at once, at most.
inline constexpr int kTileHeight = kStripHeight, kTileWidth = 4;

// Where results go: pixel (y, x) of the patch, counted from its corner, at data + y * row_stride + x * pixel_stride.
struct PatchOutput {
  float* data;
  size_t row_stride, pixel_stride;
};

// kHeight x kWidth output pixels of a 3x3 window without dilation whose columns lie inside the input; rows may be cut off.
template <int kStride, int kHeight, int kWidth>
void Depthwise3x3Tile(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x,
                      const PatchOutput& out) {
  constexpr int kRows = (kHeight - 1) * kStride + 3, kColumns = (kWidth - 1) * kStride + 3;
  const FloatTag d;
  const int top = y * kStride - p.pad_top;
  const TapRange inside = TapsInside(top, kRows, 1, in.height);
  const size_t tap_floats = static_cast<size_t>(RoundUpToChannelBlock(p.channels));
  const size_t row_floats = static_cast<size_t>(in.width) * in.pixel_stride;
  const float* const corner = in.data + static_cast<ptrdiff_t>(top) * static_cast<ptrdiff_t>(row_floats) +
                              static_cast<ptrdiff_t>(x * kStride - p.pad_left) * static_cast<ptrdiff_t>(in.pixel_stride);
  const Clamp clamp = ClampOf(p.activation);
  ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sums[kHeight][kWidth];
    const FloatVec start = hn::LoadU(d, bias + c);
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) sums[i][j] = start;
    }
    FloatVec weights[3][3];
    SINEW_UNROLL for (int tap = 0; tap < 9; ++tap) weights[tap / 3][tap % 3] = hn::LoadU(d, packed + static_cast<size_t>(tap) * tap_floats + c);
    SINEW_UNROLL for (int row = 0; row < kRows; ++row) {
      if (row < inside.first || row >= inside.last) continue;
      const float* const from = corner + static_cast<size_t>(row) * row_floats + c;
      SINEW_UNROLL for (int column = 0; column < kColumns; ++column) {
        // Only the columns that the next tile does not share with this one are new to the cache.
        const size_t ahead = kWidth * kStride * in.pixel_stride;
        if (column >= kColumns - kWidth * kStride) __builtin_prefetch(from + static_cast<size_t>(column) * in.pixel_stride + ahead, 0, 3);
        const FloatVec value = access.Load(from + static_cast<size_t>(column) * in.pixel_stride);
        SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
          SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
            const int r = row - i * kStride, s = column - j * kStride;
            if (r >= 0 && r < 3 && s >= 0 && s < 3) sums[i][j] = hn::MulAdd(value, weights[r][s], sums[i][j]);
          }
        }
      }
    }
    SINEW_UNROLL for (int i = 0; i < kHeight; ++i) {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
        access.Store(Apply(clamp, sums[i][j]), out.data + static_cast<size_t>(i) * out.row_stride + static_cast<size_t>(j) * out.pixel_stride + c);
      }
    }
  });
}

using Depthwise3x3TileFunction = void (*)(const DepthwiseProblem&, const ConstView&, const float*, const float*, int, int, const PatchOutput&);
// [stride - 1][height - 1][width - 1]
inline constexpr Depthwise3x3TileFunction kDepthwise3x3Tiles[2][kTileHeight][kTileWidth] = {
    {{Depthwise3x3Tile<1, 1, 1>, Depthwise3x3Tile<1, 1, 2>, Depthwise3x3Tile<1, 1, 3>, Depthwise3x3Tile<1, 1, 4>},
     {Depthwise3x3Tile<1, 2, 1>, Depthwise3x3Tile<1, 2, 2>, Depthwise3x3Tile<1, 2, 3>, Depthwise3x3Tile<1, 2, 4>}},
    {{Depthwise3x3Tile<2, 1, 1>, Depthwise3x3Tile<2, 1, 2>, Depthwise3x3Tile<2, 1, 3>, Depthwise3x3Tile<2, 1, 4>},
     {Depthwise3x3Tile<2, 2, 1>, Depthwise3x3Tile<2, 2, 2>, Depthwise3x3Tile<2, 2, 3>, Depthwise3x3Tile<2, 2, 4>}},
};

// A patch of `height` (at most kTileHeight) x `width` output pixels whose corner is (y, x).
inline void DepthwisePatch(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x, int height,
                           int width, const PatchOutput& out) {
  const bool tiles = p.kernel_h == 3 && p.kernel_w == 3 && p.dilation_h == 1 && p.dilation_w == 1 && p.stride_h == p.stride_w && p.stride_w <= 2;
  // Windows of the pixels [inside, beyond) lie within the row.
  const int inside = (p.pad_left + p.stride_w - 1) / p.stride_w;
  const int beyond = tiles && in.width >= 3 ? std::min(x + width, (in.width - 3 + p.pad_left) / p.stride_w + 1) : 0;
  for (int column = x; column < x + width;) {
    const PatchOutput to = {out.data + static_cast<size_t>(column - x) * out.pixel_stride, out.row_stride, out.pixel_stride};
    if (column >= inside && column < beyond) {
      const int count = std::min(kTileWidth, beyond - column);
      kDepthwise3x3Tiles[p.stride_w - 1][height - 1][count - 1](p, in, packed, bias, y, column, to);
      column += count;
    } else {
      for (int i = 0; i < height; ++i) DepthwisePixel(p, in, packed, bias, y + i, column, to.data + static_cast<size_t>(i) * to.row_stride);
      ++column;
    }
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
