// Convolution by F(m,r) in two dimensions. Per-target code.
//   1. V[i,j] = B^T d B    for each tile: n x n inputs become n x n transformed ones, along vectors of channels
//   2. M[i,j] = V[i,j] U[i,j]   for each of the n*n points: a matrix product of tiles x C with C x K
//   3. Y = A^T M A         m x m outputs a tile, with bias, activation and max pooling
// U = G g G^T is computed in double when the weights are packed (pack.cc). Inputs outside the picture are zeros:
// a tile at the border reads a pixel of zeros that lies in the scratch.

#if defined(SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#undef SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#else
#define SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#endif

#include <algorithm>

#include "kernels/gemm/gemm-inl.h"
#include "kernels/simd/vector-inl.h"
#include "kernels/winograd/tiling.h"
#include "kernels/winograd/transform-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

// The n x n input pixels of the tile at output (y, x), as pointers to their first channels.
template <class TC>
HWY_INLINE void PointAtInputs(const ConvProblem& p, const ConstView& in, const float* zeros, int y, int x, const float** pixels) {
  for (int i = 0; i < TC::kTile; ++i) {
    const int row = y - p.pad_top + i;
    for (int j = 0; j < TC::kTile; ++j) {
      const int column = x - p.pad_left + j;
      const bool inside = row >= 0 && row < in.height && column >= 0 && column < in.width;
      *pixels++ = inside ? in.data + (static_cast<size_t>(row) * static_cast<size_t>(in.width) + static_cast<size_t>(column)) * in.pixel_stride : zeros;
    }
  }
}

// One tile into column `to` of V; `point_stride` floats lie between the points. `next_tile`: floats from a pixel to the one
// that the next tile needs in its place.
template <class TC>
HWY_INLINE void TransformInputTile(int channels, const float* const* pixels, size_t next_tile, float* HWY_RESTRICT to, size_t point_stride) {
  constexpr int n = TC::kTile;
  const FloatTag d;
  HWY_ALIGN float rows[n * n * kLanes];
  ForEachVector(channels, [&](auto access, int c) HWY_ATTR {
    for (int j = 0; j < n; ++j) {
      const bool is_new = j >= n - TC::kOutputs;  // tiles overlap by kTaps - 1 columns
      TransformInput<TC>(
          d,
          [&](int i) HWY_ATTR {
            const float* const from = pixels[i * n + j] + c;
            if (is_new) __builtin_prefetch(from + next_tile, 0, 2);
            return access.Load(from);
          },
          [&](int i, FloatVec value) HWY_ATTR { hn::Store(value, d, rows + (i * n + j) * kLanes); });
    }
    for (int i = 0; i < n; ++i) {
      TransformInput<TC>(
          d, [&](int j) HWY_ATTR { return hn::Load(d, rows + (i * n + j) * kLanes); },
          [&](int j, FloatVec value) HWY_ATTR { hn::StoreU(value, d, to + static_cast<size_t>(i * n + j) * point_stride + c); });
    }
  });
}

// The first half of A^T M A for kLanes channels: n x n products, `point_stride` floats apart, become m x n in `rows`.
template <class TC>
HWY_INLINE void TransformOutputColumns(const float* HWY_RESTRICT from, size_t point_stride, float* HWY_RESTRICT rows) {
  constexpr int n = TC::kTile;
  const FloatTag d;
  for (int j = 0; j < n; ++j) {
    TransformOutput<TC>(
        d, [&](int i) HWY_ATTR { return hn::Load(d, from + static_cast<size_t>(i * n + j) * point_stride); },
        [&](int i, FloatVec value) HWY_ATTR { hn::Store(value, d, rows + (i * n + j) * kLanes); });
  }
}

// The second half for row `i`: store(j, y) for each of the m columns.
template <class TC, class Store>
HWY_INLINE void TransformOutputRow(const float* HWY_RESTRICT rows, int i, const Store& store) {
  const FloatTag d;
  TransformOutput<TC>(
      d, [&](int j) HWY_ATTR { return hn::Load(d, rows + (i * TC::kTile + j) * kLanes); }, store);
}

// One tile from column `from` of M to the output at (y, x); what lies beyond the picture is dropped.
template <class TC>
HWY_INLINE void TransformOutputTile(const ConvProblem& p, const ConvArgs& args, const float* HWY_RESTRICT from, size_t point_stride, int y,
                                    int x) {
  constexpr int n = TC::kTile, m = TC::kOutputs;
  const Clamp clamp = ClampOf(p.activation);
  const View& out = args.output;
  const int height = std::min(m, p.out_h - y), width = std::min(m, p.out_w - x);
  float* const first = out.data + (static_cast<size_t>(y) * static_cast<size_t>(out.width) + static_cast<size_t>(x)) * out.pixel_stride;
  HWY_ALIGN float rows[m * n * kLanes];
  ForEachVector(p.out_k, [&](auto access, int k) HWY_ATTR {
    TransformOutputColumns<TC>(from + k, point_stride, rows);
    const FloatVec bias = hn::LoadU(FloatTag(), args.bias + k);
    for (int i = 0; i < height; ++i) {
      float* const row = first + static_cast<size_t>(i) * static_cast<size_t>(out.width) * out.pixel_stride + k;
      TransformOutputRow<TC>(rows, i, [&](int j, FloatVec value) HWY_ATTR {
        if (j < width) access.Store(Apply(clamp, hn::Add(value, bias)), row + static_cast<size_t>(j) * out.pixel_stride);
      });
    }
  });
}

// The same with max pooling: m is even, so that no pooling window crosses tiles. Bias and activation never change which
// of two values is larger, and are applied once.
template <class TC>
HWY_INLINE void TransformOutputTilePooled(const ConvProblem& p, const ConvArgs& args, const float* HWY_RESTRICT from, size_t point_stride,
                                          int y, int x) {
  constexpr int n = TC::kTile, m = TC::kOutputs;
  static_assert(m % 2 == 0);
  const Clamp clamp = ClampOf(p.activation);
  const View& out = args.output;
  const int height = std::min(m, p.out_h - y), width = std::min(m, p.out_w - x);
  const int pooled_height = std::min(m / 2, out.height - y / 2), pooled_width = std::min(m / 2, out.width - x / 2);
  float* const first =
      out.data + (static_cast<size_t>(y / 2) * static_cast<size_t>(out.width) + static_cast<size_t>(x / 2)) * out.pixel_stride;
  HWY_ALIGN float rows[m * n * kLanes];
  ForEachVector(p.out_k, [&](auto access, int k) HWY_ATTR {
    TransformOutputColumns<TC>(from + k, point_stride, rows);
    const FloatVec bias = hn::LoadU(FloatTag(), args.bias + k);
    for (int i = 0; i < pooled_height; ++i) {
      FloatVec largest[m];
      TransformOutputRow<TC>(rows, 2 * i, [&](int j, FloatVec value) HWY_ATTR { largest[j] = value; });
      if (2 * i + 1 < height) {
        TransformOutputRow<TC>(rows, 2 * i + 1, [&](int j, FloatVec value) HWY_ATTR { largest[j] = hn::Max(largest[j], value); });
      }
      float* const row = first + static_cast<size_t>(i) * static_cast<size_t>(out.width) * out.pixel_stride + k;
      SINEW_UNROLL for (int j = 0; j < m / 2; ++j) {
        if (j >= pooled_width) break;
        const FloatVec value = 2 * j + 1 < width ? hn::Max(largest[2 * j], largest[2 * j + 1]) : largest[2 * j];
        access.Store(Apply(clamp, hn::Add(value, bias)), row + static_cast<size_t>(j) * out.pixel_stride);
      }
    }
  });
}

template <class TC>
void RunWinograd(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task, float* scratch) noexcept {
  constexpr int m = TC::kOutputs;
  const WinogradTiling t = TilingOf(p, m, TC::kTile);
  float* const inputs = scratch;
  float* const products = inputs + t.InputFloats();
  float* const zeros = products + t.ProductFloats();
  std::fill_n(zeros, t.c_stride, 0.0f);
  const size_t input_points = t.InputPointFloats(), product_points = t.ProductPointFloats();
  const size_t weight_points = static_cast<size_t>(p.in_c) * t.k_stride;
  for (size_t task = first_task; task < last_task; ++task) {
    const int first = t.First(task), count = t.Count(task);
    for (int i = 0; i < count; ++i) {
      const int tile = first + i;
      const float* pixels[TC::kTile * TC::kTile];
      PointAtInputs<TC>(p, args.input, zeros, tile / t.tiles_x * m, tile % t.tiles_x * m, pixels);
      TransformInputTile<TC>(p.in_c, pixels, TC::kOutputs * args.input.pixel_stride, inputs + static_cast<size_t>(i) * t.c_stride, input_points);
    }
    for (int point = 0; point < t.points; ++point) {
      const size_t q = static_cast<size_t>(point);
      Multiply({.rows = count,
                .depth = p.in_c,
                .columns = static_cast<int>(t.k_stride),
                .a = inputs + q * input_points,
                .a_stride = t.c_stride,
                .packed = args.packed + q * weight_points,
                .bias = nullptr,
                .out = products + q * product_points,
                .out_stride = t.k_stride,
                .activation = Activation::kNone,
                .next = inputs + (q + 1) * input_points,
                .next_floats = static_cast<size_t>(count) * t.c_stride});
    }
    for (int i = 0; i < count; ++i) {
      const int tile = first + i;
      const float* const from = products + static_cast<size_t>(i) * t.k_stride;
      const int y = tile / t.tiles_x * m, x = tile % t.tiles_x * m;
      if (p.max_pool) {
        TransformOutputTilePooled<TC>(p, args, from, product_points, y, x);
      } else {
        TransformOutputTile<TC>(p, args, from, product_points, y, x);
      }
    }
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
