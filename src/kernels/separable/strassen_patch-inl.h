// The depthwise half of a separable convolution whose product goes by Strassen's algorithm: the sums of rows that it wants
// are made where the results are, in registers. Per-target code.

#if defined(SINEW_KERNELS_SEPARABLE_STRASSEN_PATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_SEPARABLE_STRASSEN_PATCH_INL_H_
#undef SINEW_KERNELS_SEPARABLE_STRASSEN_PATCH_INL_H_
#else
#define SINEW_KERNELS_SEPARABLE_STRASSEN_PATCH_INL_H_
#endif

#include "kernels/depthwise/depthwise-inl.h"
#include "kernels/gemm/strassen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

// Pixels of two rows, one above the other: those of the upper and of the lower half of the product.
template <int kStride, int kWidth>
void StrassenDepthwiseTile(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x,
                           const PatchOutput& out, const StrassenOperands& o, float* s) {
  const Depthwise3x3<kStride, 2, kWidth> tile(p, in, packed, bias, y, x);
  for (int c = 0; c < o.depth.first; c += kLanes) {
    FloatVec left[2][kWidth], right[2][kWidth];
    tile.Compute(WholeVector(), c, left);
    const int right_channels = o.depth.second - c;
    if (right_channels >= kLanes) {
      tile.Compute(WholeVector(), c + o.depth.first, right);
    } else if (right_channels > 0) {
      tile.Compute(PartialVector{right_channels}, c + o.depth.first, right);
    } else {
      SINEW_UNROLL for (int j = 0; j < kWidth; ++j) right[0][j] = right[1][j] = hn::Zero(FloatTag());
    }
    SINEW_UNROLL for (int j = 0; j < kWidth; ++j) {
      float* const a = out.data + static_cast<size_t>(j) * out.pixel_stride + c;
      hn::StoreU(left[0][j], FloatTag(), a);
      if (right_channels > 0) {  // scratch is there for whole vectors
        hn::StoreU(right[0][j], FloatTag(), a + o.depth.first);
        hn::StoreU(right[1][j], FloatTag(), a + out.row_stride + o.depth.first);
      }
      StoreSums(left[0][j], right[0][j], left[1][j], right[1][j], s + static_cast<size_t>(j) * o.s_stride + c, o.s_floats);
    }
  }
}

using StrassenDepthwiseTileFunction = void (*)(const DepthwiseProblem&, const ConstView&, const float*, const float*, int, int,
                                               const PatchOutput&, const StrassenOperands&, float*);
// [stride - 1][width - 1]
inline constexpr StrassenDepthwiseTileFunction kStrassenDepthwiseTiles[2][kTileWidth] = {
    {StrassenDepthwiseTile<1, 1>, StrassenDepthwiseTile<1, 2>, StrassenDepthwiseTile<1, 3>, StrassenDepthwiseTile<1, 4>},
    {StrassenDepthwiseTile<2, 1>, StrassenDepthwiseTile<2, 2>, StrassenDepthwiseTile<2, 3>, StrassenDepthwiseTile<2, 4>},
};

// DepthwisePatch, and the sums of its rows for Strassen's algorithm. Two rows of pixels are the two halves of the product;
// a single row's halves are its own.
inline void DepthwiseOperands(const DepthwiseProblem& p, const ConstView& in, const float* packed, const float* bias, int y, int x, int height,
                              int width, const PatchOutput& out, const StrassenOperands& o) {
  if (height == 1) {
    DepthwisePatch(p, in, packed, bias, y, x, height, width, out);
    return MakeSums(o, 0, (width + 1) / 2);
  }
  const auto at = [&](int column) { return out.data + static_cast<size_t>(column - x) * out.pixel_stride; };
  ForEachColumn(
      p, x, width,
      [&](int column, int count) {
        kStrassenDepthwiseTiles[p.stride_w - 1][count - 1](p, in, packed, bias, y, column, {at(column), out.row_stride, out.pixel_stride}, o,
                                                           o.s1 + static_cast<size_t>(column - x) * o.s_stride);
      },
      [&](int column) {
        for (int i = 0; i < height; ++i) DepthwisePixel(p, in, packed, bias, y + i, column, at(column) + static_cast<size_t>(i) * out.row_stride);
        MakeSums(o, column - x, 1);
      });
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
