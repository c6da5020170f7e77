// Depthwise convolution of a run of output pixels within one row, shared by the depthwise and the separable family.
// Per-target code.
//   out[x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left, c] * w[r,s,c])
// Layout    w packed [R*S][C rounded up to kChannelBlock], so that weights are always loaded whole
// Blocking  3x3 windows: kTileWidth output pixels at once, channels innermost. Neighbouring outputs share their input
//           columns: 4 outputs of stride 1 take 6 + 3 loads a kernel row for 12 multiplications.

#if defined(SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#undef SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#else
#define SINEW_KERNELS_DEPTHWISE_DEPTHWISE_INL_H_
#endif

#include <algorithm>

#include "kernels/depthwise/depthwise.h"
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
inline constexpr int kTileWidth = 4;

// kWidth output pixels of a 3x3 window without dilation whose columns lie inside the input; rows may be cut off.
template <int kStride, int kWidth>
inline void Depthwise3x3Tile(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x,
                             float* out, size_t out_stride) {
  constexpr int kColumns = (kWidth - 1) * kStride + 3;
  const int top = y * p.stride_h - p.pad_top;
  const TapRange rows = TapsInside(top, 3, 1, in.height);
  const size_t tap_floats = static_cast<size_t>(RoundUpToChannelBlock(p.channels));
  const size_t left = static_cast<size_t>(x * kStride - p.pad_left);
  const Clamp clamp = ClampOf(p.activation);
  ForEachVector(p.channels, [&](auto access, int c) HWY_ATTR {
    FloatVec sums[kWidth];
    SINEW_UNROLL for (int i = 0; i < kWidth; ++i) sums[i] = hn::LoadU(FloatTag(), bias + c);
    for (int r = rows.first; r < rows.last; ++r) {
      const float* from = in.data + (static_cast<size_t>(top + r) * static_cast<size_t>(in.width) + left) * in.pixel_stride + c;
      const float* w = packed + static_cast<size_t>(3 * r) * tap_floats + c;
      FloatVec weights[3];
      SINEW_UNROLL for (int s = 0; s < 3; ++s) weights[s] = hn::LoadU(FloatTag(), w + static_cast<size_t>(s) * tap_floats);
      SINEW_UNROLL for (int column = 0; column < kColumns; ++column) {
        const FloatVec value = access.Load(from + static_cast<size_t>(column) * in.pixel_stride);
        SINEW_UNROLL for (int i = 0; i < kWidth; ++i) {
          const int s = column - i * kStride;
          if (s >= 0 && s < 3) sums[i] = hn::MulAdd(value, weights[s], sums[i]);
        }
      }
    }
    SINEW_UNROLL for (int i = 0; i < kWidth; ++i) access.Store(Apply(clamp, sums[i]), out + static_cast<size_t>(i) * out_stride + c);
  });
}

// As many output pixels as a tile can take, `left` of them at most; how many it were.
template <int kStride>
inline int Depthwise3x3(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x, int left,
                        float* out, size_t out_stride) {
  switch (left) {
    case 1: Depthwise3x3Tile<kStride, 1>(p, in, packed, bias, y, x, out, out_stride); return 1;
    case 2: Depthwise3x3Tile<kStride, 2>(p, in, packed, bias, y, x, out, out_stride); return 2;
    case 3: Depthwise3x3Tile<kStride, 3>(p, in, packed, bias, y, x, out, out_stride); return 3;
    default: Depthwise3x3Tile<kStride, kTileWidth>(p, in, packed, bias, y, x, out, out_stride); return kTileWidth;
  }
}

// Output pixels [first, last) of row y; `out` is where the first one goes.
inline void DepthwiseRun(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int first,
                         int last, float* out, size_t out_stride) {
  const bool is_3x3 = p.kernel_h == 3 && p.kernel_w == 3 && p.dilation_h == 1 && p.dilation_w == 1 && (p.stride_w == 1 || p.stride_w == 2);
  // Windows of the pixels [inside, beyond) lie within the row.
  const int inside = (p.pad_left + p.stride_w - 1) / p.stride_w;
  const int beyond = in.width < 3 ? 0 : std::min(last, (in.width - 3 + p.pad_left) / p.stride_w + 1);
  for (int x = first; x < last;) {
    float* const to = out + static_cast<size_t>(x - first) * out_stride;
    if (!is_3x3 || x < inside || x >= beyond) {
      DepthwisePixel(p, in, packed, bias, y, x, to);
      ++x;
    } else if (p.stride_w == 1) {
      x += Depthwise3x3<1>(p, in, packed, bias, y, x, beyond - x, to, out_stride);
    } else {
      x += Depthwise3x3<2>(p, in, packed, bias, y, x, beyond - x, to, out_stride);
    }
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
