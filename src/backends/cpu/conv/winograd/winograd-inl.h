// Convolution by F(m,r) in two dimensions. Per-target code.
//   1. V[i,j] = B^T d B    for each tile: n x n inputs become n x n transformed ones, along vectors of channels
//   2. M[i,j] = V[i,j] U[i,j]   for each of the n*n points: a matrix product of tiles x C with C x K
//   3. Y = A^T M A         m x m outputs a tile, with bias, activation and max pooling
// U = G g G^T is computed in double when the weights are packed (pack.cc). Inputs outside the picture are zeros: rows
// beyond the border read a pixel of zeros that lies in the scratch.
//
// Order  V and M of a task are several times as large as L2, and writing and reading them would take as long as a third
// of
//        the products. So a task goes through the n rows of points one by one: what exists of V and M stays in L2. What
//        is kept of the others is B^T d, made in one pass over the inputs, whose columns neighbouring tiles share, and
//        M transformed along its rows, half as large. Both are written and read once, from front to back.

#if defined(SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#undef SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#else
#define SINEW_KERNELS_WINOGRAD_WINOGRAD_INL_H_
#endif

#include <algorithm>

#include "backends/cpu/conv/winograd/tiling.h"
#include "backends/cpu/conv/winograd/transform-inl.h"
#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// Neighbouring tiles of a task, in one row.
struct TileRun {
  int first, count;  // within the task
  int first_column;  // the same for input columns
  int y, x;          // output pixel of the first tile's corner
};

template <class Body>
HWY_INLINE void ForEachRun(const WinogradTiling& t, int first_tile, int count, const Body& body) {
  for (int first = 0, first_column = 0; first < count;) {
    const int tile = first_tile + first, column = tile % t.tiles_x;
    const int tiles = std::min(count - first, t.tiles_x - column);
    body(TileRun{first, tiles, first_column, tile / t.tiles_x * t.outputs, column * t.outputs});
    first += tiles;
    first_column += tiles * t.outputs + t.tile - t.outputs;
  }
}

// A pixel in each of the n input rows of a tile; Advance moves all of them one column on. Rows that all lie in the
// picture share pointers, three each, so that twelve need four of the sixteen general registers.
template <int kRows>
struct RowsInside {
  const float* row_groups[(kRows + 2) / 3];
  size_t row_floats, pixel_floats;

  HWY_INLINE RowsInside(const ConstView& in, int y, int x)
      : row_floats(static_cast<size_t>(in.width) * in.pixel_stride), pixel_floats(in.pixel_stride) {
    for (size_t i = 0; i < (kRows + 2) / 3; ++i)
      row_groups[i] = in.data + (static_cast<size_t>(y) + 3 * i) * row_floats + static_cast<size_t>(x) * pixel_floats;
  }
  HWY_INLINE const float* operator[](int k) const {
    return row_groups[k / 3] + static_cast<size_t>(k % 3) * row_floats;
  }
  HWY_INLINE void Advance() { SINEW_UNROLL for (const float*& group : row_groups) group += pixel_floats; }
};
// Those beyond the border stay at a pixel of zeros.
template <int kRows>
struct RowsAtBorder {
  const float* rows[kRows];
  size_t steps[kRows];

  HWY_INLINE RowsAtBorder(const ConstView& in, int y, int x, const float* zeros) {
    for (int k = 0; k < kRows; ++k) {
      const bool inside = y + k >= 0 && y + k < in.height;
      const size_t pixel =
          inside ? static_cast<size_t>(y + k) * static_cast<size_t>(in.width) + static_cast<size_t>(x) : 0;
      rows[k] = inside ? in.data + pixel * in.pixel_stride : zeros;
      steps[k] = inside ? in.pixel_stride : 0;
    }
  }
  HWY_INLINE const float* operator[](int k) const { return rows[k]; }
  HWY_INLINE void Advance() { SINEW_UNROLL for (int k = 0; k < kRows; ++k) rows[k] += steps[k]; }
};

// The vertical half of B^T d B, for `count` input columns.
template <class TC, class Rows>
HWY_INLINE void TransformColumns(const ConvProblem& p, const WinogradTiling& t, Rows rows, int count,
                                 float* HWY_RESTRICT to) {
  const FloatTag d;
  for (int x = 0; x < count; ++x, to += t.c_stride, rows.Advance()) {
    ForEachVector(p.in_c, [&](auto access, int c) HWY_ATTR {
      TransformInput<TC>(
          d, [&](int k) HWY_ATTR { return access.Load(rows[k] + c); },
          [&](int i, FloatVec value)
              HWY_ATTR { hn::StoreU(value, d, to + static_cast<size_t>(i) * t.ColumnRowFloats() + c); });
    });
  }
}

// The same for the columns that the tiles of a run read.
template <class TC>
HWY_INLINE void TransformColumns(const TileRun& run, const ConvProblem& p, const ConstView& in, const WinogradTiling& t,
                                 const float* zeros, float* HWY_RESTRICT columns) {
  constexpr int n = TC::kTile, m = TC::kOutputs;
  const int top = run.y - p.pad_top, left = run.x - p.pad_left, width = run.count * m + n - m;
  // Columns [first, last) lie in the picture; the others are zeros.
  const int first = std::clamp(-left, 0, width), last = std::clamp(in.width - left, first, width);
  float* const to = columns + static_cast<size_t>(run.first_column) * t.c_stride;
  for (size_t i = 0; i < n; ++i) {
    float* const row = to + i * t.ColumnRowFloats();
    std::fill_n(row, static_cast<size_t>(first) * t.c_stride, 0.0f);
    std::fill_n(row + static_cast<size_t>(last) * t.c_stride, static_cast<size_t>(width - last) * t.c_stride, 0.0f);
  }
  float* const inside = to + static_cast<size_t>(first) * t.c_stride;
  if (first == last) return;
  if (top >= 0 && top + n <= in.height) {
    TransformColumns<TC>(p, t, RowsInside<n>(in, top, left + first), last - first, inside);
  } else {
    TransformColumns<TC>(p, t, RowsAtBorder<n>(in, top, left + first, zeros), last - first, inside);
  }
}

// The horizontal half, for the tiles of a run and one row of points, from that row of `columns`.
template <class TC>
HWY_INLINE void TransformRow(const TileRun& run, const ConvProblem& p, const WinogradTiling& t,
                             const float* HWY_RESTRICT columns, float* HWY_RESTRICT inputs) {
  const FloatTag d;
  const float* from = columns + static_cast<size_t>(run.first_column) * t.c_stride;
  float* to = inputs + static_cast<size_t>(run.first) * t.c_stride;
  for (int i = 0; i < run.count; ++i, from += TC::kOutputs * t.c_stride, to += t.c_stride) {
    for (int c = 0; c < p.in_c; c += kLanes) {
      TransformInput<TC>(
          d, [&](int j) HWY_ATTR { return hn::LoadU(d, from + static_cast<size_t>(j) * t.c_stride + c); },
          [&](int j, FloatVec value)
              HWY_ATTR { hn::StoreU(value, d, to + static_cast<size_t>(j) * t.InputPointFloats() + c); });
    }
  }
}

// The horizontal half of A^T M A for one row of points: its n products a tile become m columns of `halves`.
template <class TC>
HWY_INLINE void TransformProducts(const WinogradTiling& t, int count, const float* HWY_RESTRICT products,
                                  float* HWY_RESTRICT halves) {
  const FloatTag d;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    for (size_t k = 0; k < t.k_stride; k += kLanes) {
      const float* const from = products + i * t.k_stride + k;
      float* const to = halves + i * TC::kOutputs * t.k_stride + k;
      TransformOutput<TC>(
          d, [&](int j) HWY_ATTR { return hn::Load(d, from + static_cast<size_t>(j) * t.ProductPointFloats()); },
          [&](int x, FloatVec value) HWY_ATTR { hn::Store(value, d, to + static_cast<size_t>(x) * t.k_stride); });
    }
  }
}

// The vertical half, column `x` of a tile: store(y, value) for each of the m rows.
template <class TC, class Store>
HWY_INLINE void TransformHalves(const WinogradTiling& t, const float* HWY_RESTRICT tile, int x, const Store& store) {
  const FloatTag d;
  TransformOutput<TC>(
      d,
      [&](int i) HWY_ATTR {
        return hn::Load(d, tile + static_cast<size_t>(i) * t.HalfRowFloats() + static_cast<size_t>(x) * t.k_stride);
      },
      store);
}

// One tile of `halves` to the output at (y, x); what lies beyond the picture is dropped.
template <class TC>
HWY_INLINE void StoreTile(const ConvProblem& p, const ConvArgs& args, const WinogradTiling& t,
                          const float* HWY_RESTRICT tile, int y, int x) {
  const Clamp clamp = MakeClamp(p.activation);
  const View& out = args.output;
  const int height = std::min(TC::kOutputs, p.out_h - y), width = std::min(TC::kOutputs, p.out_w - x);
  const size_t row_floats = static_cast<size_t>(out.width) * out.pixel_stride;
  float* const first = out.data + static_cast<size_t>(y) * row_floats + static_cast<size_t>(x) * out.pixel_stride;
  for (int j = 0; j < width; ++j) {
    ForEachVector(p.out_k, [&](auto access, int k) HWY_ATTR {
      const FloatVec bias = hn::LoadU(FloatTag(), args.bias + k);
      float* const to = first + static_cast<size_t>(j) * out.pixel_stride + k;
      TransformHalves<TC>(t, tile + k, j, [&](int i, FloatVec value) HWY_ATTR {
        if (i < height) access.Store(Apply(clamp, hn::Add(value, bias)), to + static_cast<size_t>(i) * row_floats);
      });
    });
  }
}

// The same with max pooling: m is even, so that no pooling window crosses tiles. Bias and activation never change which
// of two values is larger, and are applied once.
template <class TC>
HWY_INLINE void StoreTilePooled(const ConvProblem& p, const ConvArgs& args, const WinogradTiling& t,
                                const float* HWY_RESTRICT tile, int y, int x) {
  constexpr int m = TC::kOutputs;
  static_assert(m % 2 == 0);
  const Clamp clamp = MakeClamp(p.activation);
  const View& out = args.output;
  const int height = std::min(m, p.out_h - y), width = std::min(m, p.out_w - x);
  const int pooled_height = std::min(m / 2, out.height - y / 2), pooled_width = std::min(m / 2, out.width - x / 2);
  const size_t row_floats = static_cast<size_t>(out.width) * out.pixel_stride;
  float* const first =
      out.data + static_cast<size_t>(y / 2) * row_floats + static_cast<size_t>(x / 2) * out.pixel_stride;
  for (int j = 0; j < pooled_width; ++j) {
    ForEachVector(p.out_k, [&](auto access, int k) HWY_ATTR {
      const FloatVec bias = hn::LoadU(FloatTag(), args.bias + k);
      FloatVec largest[m];
      TransformHalves<TC>(t, tile + k, 2 * j, [&](int i, FloatVec value) HWY_ATTR { largest[i] = value; });
      if (2 * j + 1 < width) {
        TransformHalves<TC>(t, tile + k, 2 * j + 1,
                            [&](int i, FloatVec value) HWY_ATTR { largest[i] = hn::Max(largest[i], value); });
      }
      float* const to = first + static_cast<size_t>(j) * out.pixel_stride + k;
      SINEW_UNROLL for (int i = 0; i < m / 2; ++i) {
        if (i >= pooled_height) break;
        const FloatVec value = 2 * i + 1 < height ? hn::Max(largest[2 * i], largest[2 * i + 1]) : largest[2 * i];
        access.Store(Apply(clamp, hn::Add(value, bias)), to + static_cast<size_t>(i) * row_floats);
      }
    });
  }
}

// The products in single precision. What makes them is an object that a thread has for all tasks of a call; it may use
// the scratch behind that of the transforms.
struct FloatProducts {
  static constexpr int kMostTiles = 0;  // as MakeTiling has it

  HWY_INLINE FloatProducts(const ConvProblem& problem, const WinogradTiling& tiling, const ConvArgs& args, float*)
      : p(problem), t(tiling), packed(args.packed), point_floats(static_cast<size_t>(problem.in_c) * tiling.k_stride) {}
  HWY_INLINE void Multiply(size_t point, int count, const float* inputs, float* products) {
    ::sinew::cpu::HWY_NAMESPACE::Multiply(
        {.rows = count, .depth = p.in_c, .columns = static_cast<int>(t.k_stride), .activation = Activation::kNone},
        {.a = inputs,
         .a_stride = t.c_stride,
         .packed = packed + point * point_floats,
         .bias = nullptr,
         .out = products,
         .out_stride = t.k_stride});
  }

  const ConvProblem& p;
  const WinogradTiling& t;
  const float* packed;
  size_t point_floats;
};

template <class TC, class Products = FloatProducts>
void RunWinograd(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task,
                 float* scratch) noexcept {
  constexpr int n = TC::kTile;
  const WinogradTiling t = MakeTiling(p, TC::kOutputs, n, Products::kMostTiles);
  float* const columns = scratch;
  float* const inputs = columns + t.ColumnFloats();
  float* const products = inputs + t.InputFloats();
  float* const halves = products + t.ProductFloats();
  float* const zeros = halves + t.HalfFloats();
  std::fill_n(zeros, t.c_stride, 0.0f);
  Products multiplier(p, t, args, zeros + t.c_stride);
  for (size_t task = first_task; task < last_task; ++task) {
    const int first = t.First(task), count = t.Count(task);
    ForEachRun(t, first, count,
               [&](const TileRun& run) HWY_ATTR { TransformColumns<TC>(run, p, args.input, t, zeros, columns); });
    for (size_t row = 0; row < n; ++row) {
      ForEachRun(t, first, count, [&](const TileRun& run) HWY_ATTR {
        TransformRow<TC>(run, p, t, columns + row * t.ColumnRowFloats(), inputs);
      });
      for (size_t j = 0; j < n; ++j) {
        multiplier.Multiply(row * n + j, count, inputs + j * t.InputPointFloats(),
                            products + j * t.ProductPointFloats());
      }
      TransformProducts<TC>(t, count, products, halves + row * t.HalfRowFloats());
    }
    ForEachRun(t, first, count, [&](const TileRun& run) HWY_ATTR {
      for (int i = 0; i < run.count; ++i) {
        const float* const tile = halves + static_cast<size_t>((run.first + i) * TC::kOutputs) * t.k_stride;
        const int x = run.x + i * TC::kOutputs;
        if (p.max_pool) {
          StoreTilePooled<TC>(p, args, t, tile, run.y, x);
        } else {
          StoreTile<TC>(p, args, t, tile, run.y, x);
        }
      }
    });
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
