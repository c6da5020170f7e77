// Depthwise convolution of a patch of output pixels, shared by the depthwise and the separable family. Per-target code.
//   out[x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left, c] * w[r,s,c])
// Layout    w packed [R*S][C rounded up to kChannelBlock], so that weights are always loaded whole
// Blocking  3x3 windows: kTileHeight x kTileWidth output pixels at once, channels innermost. Neighbouring outputs share
//           inputs: 2 x 4 outputs of stride 1 take 4 x 6 + 9 loads for 72 multiplications, and rows come twice from the
//           outer caches instead of three times.
// Prefetch  The columns of the next tile, as a tile reads 24 streams at once, too many for the processor to follow; but only
//           where they stay in L1 until then: a tile takes all channels. Inputs of many channels are fetched by callers, into L2.

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

// kHeight x kWidth output pixels of a 3x3 window without dilation whose columns lie inside the input; rows may be cut off.
template <int kStride, int kHeight, int kWidth>
class Depthwise3x3 {
 public:
  using Sums = FloatVec[kHeight][kWidth];

  HWY_INLINE Depthwise3x3(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x)
      : in_(in),
        prefetches_(kRows * kColumns * in.input.channels <= kPrefetchFloats),
        activates_(p.activation != Activation::kNone),
        clamp_(ClampOf(p.activation)),
        row_floats_(static_cast<size_t>(p.in_w) * in.input.pixel_stride) {
    const int top = y * kStride - p.pad_top;
    inside_ = TapsInside(top, kRows, 1, p.in_h);
    corner_ = in.input.data + static_cast<ptrdiff_t>(top) * static_cast<ptrdiff_t>(row_floats_) +
              static_cast<ptrdiff_t>(x * kStride - p.pad_left) * static_cast<ptrdiff_t>(in.input.pixel_stride);
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
      if (row < inside_.first || row >= inside_.last) continue;
      const float* from = Opaque(corner_ + static_cast<size_t>(row) * row_floats_ + c);
      SINEW_UNROLL for (int column = 0; column < kColumns; ++column) {
        if (column > 0 && column % 3 == 0) from = Opaque(from + 3 * stride);
        const float* const pixel = from + static_cast<size_t>(column % 3) * stride;
        // The columns that the next tile does not share with this one.
        if (column >= kColumns - kWidth * kStride) {
          if (prefetches_) __builtin_prefetch(pixel + kWidth * kStride * stride, 0, 3);
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

  static constexpr int kPrefetchFloats = 16 * 1024 / sizeof(float);  // half of the smallest L1

  DepthwiseChannels in_;
  bool prefetches_, activates_;
  Clamp clamp_;
  size_t row_floats_;
  TapRange inside_;
  const float* corner_;
};

template <int kStride, int kHeight, int kWidth>
void Depthwise3x3Tile(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x,
                      const PatchOutput& out) {
  const Depthwise3x3<kStride, kHeight, kWidth> tile(p, in, y, x);
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
// [stride - 1][height - 1][width - 1]
inline constexpr Depthwise3x3TileFunction kDepthwise3x3Tiles[2][kTileHeight][kTileWidth] = {
    {{Depthwise3x3Tile<1, 1, 1>, Depthwise3x3Tile<1, 1, 2>, Depthwise3x3Tile<1, 1, 3>, Depthwise3x3Tile<1, 1, 4>},
     {Depthwise3x3Tile<1, 2, 1>, Depthwise3x3Tile<1, 2, 2>, Depthwise3x3Tile<1, 2, 3>, Depthwise3x3Tile<1, 2, 4>}},
    {{Depthwise3x3Tile<2, 1, 1>, Depthwise3x3Tile<2, 1, 2>, Depthwise3x3Tile<2, 1, 3>, Depthwise3x3Tile<2, 1, 4>},
     {Depthwise3x3Tile<2, 2, 1>, Depthwise3x3Tile<2, 2, 2>, Depthwise3x3Tile<2, 2, 3>, Depthwise3x3Tile<2, 2, 4>}},
};

// Calls tile(column, count) for up to kTileWidth output pixels of columns from x to x + width that Depthwise3x3 takes, and
// pixel(column) for each of the others.
template <class Tile, class Pixel>
HWY_INLINE void ForEachColumn(const DepthwiseProblem& p, int x, int width, const Tile& tile, const Pixel& pixel) {
  const bool tiles = p.kernel_h == 3 && p.kernel_w == 3 && p.dilation_h == 1 && p.dilation_w == 1 && p.stride_h == p.stride_w && p.stride_w <= 2;
  // Windows of the pixels [inside, beyond) lie within the row.
  const int inside = (p.pad_left + p.stride_w - 1) / p.stride_w;
  const int beyond = tiles && p.in_w >= 3 ? std::min(x + width, (p.in_w - 3 + p.pad_left) / p.stride_w + 1) : 0;
  for (int column = x; column < x + width;) {
    if (column >= inside && column < beyond) {
      const int count = std::min(kTileWidth, beyond - column);
      tile(column, count);
      column += count;
    } else {
      pixel(column);
      ++column;
    }
  }
}

// A patch of `height` (at most kTileHeight) x `width` output pixels whose corner is (y, x).
inline void DepthwisePatch(const DepthwiseProblem& p, const DepthwiseChannels& in, int y, int x, int height,
                           int width, const PatchOutput& out) {
  const auto at = [&](int column) { return out.data + static_cast<size_t>(column - x) * out.pixel_stride; };
  ForEachColumn(
      p, x, width,
      [&](int column, int count) {
        kDepthwise3x3Tiles[p.stride_w - 1][height - 1][count - 1](p, in, y, column, {at(column), out.row_stride, out.pixel_stride});
      },
      [&](int column) {
        for (int i = 0; i < height; ++i) DepthwisePixel(p, in, y + i, column, at(column) + static_cast<size_t>(i) * out.row_stride);
      });
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
