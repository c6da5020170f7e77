// Convolution of any window as a matrix product: the inputs of a block of output pixels are gathered into rows, one row
// of R*S*C floats a pixel ("image to columns"), and multiplied at once.
//   out[p,k] = act(bias[k] + sum_i row[p,i] * w[i,k])           i = (r*S + s)*C + c
// The rows of a block stay in L2. Gathering costs about 4/K of the multiplication at 8 floats a vector; where K is
// small (the first convolution of a network), direct.cc does without.
//   Source: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document Processing", 2006.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/im2col/im2col.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/rows.h"
#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/row_block.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

HWY_INLINE float* CopyFloats(const float* from, int count, float* to) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::LoadU(FloatTag(), from + i), FloatTag(), to + i);
  if (i < count) StorePartial(LoadPartial(from + i, count - i), to + i, count - i);
  return to + count;
}

HWY_INLINE float* ZeroFloats(int count, float* to) { return std::fill_n(to, count, 0.0f); }

// Columns [x, x + S) of one input row, zeros outside.
HWY_INLINE float* GatherDense(const ConstView& in, const float* row, int x, int kernel_w, float* to) {
  const int first = std::clamp(-x, 0, kernel_w);
  const int last = std::clamp(in.width - x, first, kernel_w);
  to = ZeroFloats(first * in.channels, to);
  to = CopyFloats(row + static_cast<ptrdiff_t>(x + first) * in.channels, (last - first) * in.channels, to);
  return ZeroFloats((kernel_w - last) * in.channels, to);
}

// The same one column at a time, for channel slices and dilated windows.
HWY_INLINE float* GatherColumns(const ConstView& in, const float* row, int x, int kernel_w, int dilation, float* to) {
  for (int s = 0; s < kernel_w; ++s, x += dilation) {
    to = x < 0 || x >= in.width ? ZeroFloats(in.channels, to)
                                : CopyFloats(row + static_cast<size_t>(x) * in.pixel_stride, in.channels, to);
  }
  return to;
}

HWY_INLINE float* GatherPixel(const ConvProblem& p, const ConstView& in, int y, int x, float* to) {
  const bool dense = p.dilation_w == 1 && in.pixel_stride == static_cast<size_t>(in.channels);
  const int left = x * p.stride_w - p.pad_left;
  for (int r = 0; r < p.kernel_h; ++r) {
    const int row_index = y * p.stride_h + r * p.dilation_h - p.pad_top;
    if (row_index < 0 || row_index >= in.height) {
      to = ZeroFloats(p.kernel_w * p.in_c, to);
      continue;
    }
    const float* row = in.data + static_cast<size_t>(row_index) * static_cast<size_t>(in.width) * in.pixel_stride;
    to =
        dense ? GatherDense(in, row, left, p.kernel_w, to) : GatherColumns(in, row, left, p.kernel_w, p.dilation_w, to);
  }
  return to;
}

void RunIm2col(const ConvProblem& problem, const ConvArgs& args, size_t first_task, size_t last_task,
               float* scratch) noexcept {
  const int depth = problem.kernel_h * problem.kernel_w * problem.in_c;
  const RowBlocks blocks = MakeRowBlocks(problem.out_h * problem.out_w, depth);
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    const int count = blocks.Count(task);
    float* row = scratch;
    for (int i = 0; i < count; ++i) {
      const int p = static_cast<int>(first) + i;
      row = GatherPixel(problem, args.input, p / problem.out_w, p % problem.out_w, row);
    }
    Multiply({.rows = count, .depth = depth, .columns = problem.out_k, .activation = problem.activation},
             {.a = scratch,
              .a_stride = static_cast<size_t>(depth),
              .packed = args.packed,
              .bias = args.bias,
              .out = args.output.data + first * args.output.pixel_stride,
              .out_stride = args.output.pixel_stride});
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunIm2colFor, RunIm2col)
}  // namespace sinew::cpu
#endif
