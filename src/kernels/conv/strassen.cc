// Pointwise (1x1, stride 1) convolution by Strassen's algorithm, of one or two levels: see gemm/strassen.h.
#include "kernels/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/strassen.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "kernels/conv/rows.h"
#include "kernels/gemm/strassen-inl.h"
#include "kernels/row_block.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::kernels::HWY_NAMESPACE {

template <int kLevels>
void RunStrassen(const ConvProblem& problem, const ConvArgs& args, size_t first_task, size_t last_task, float* scratch) noexcept {
  const RowBlocks blocks = RowBlocksOf(problem.out_h * problem.out_w, problem.in_c);
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    const int rows = blocks.Count(task);
    MultiplyStrassen({.product = {.rows = rows,
                                  .depth = problem.in_c,
                                  .columns = problem.out_k,
                                  .a = args.input.data + first * args.input.pixel_stride,
                                  .a_stride = args.input.pixel_stride,
                                  .packed = args.packed,
                                  .bias = args.bias,
                                  .out = args.output.data + first * args.output.pixel_stride,
                                  .out_stride = args.output.pixel_stride,
                                  .activation = problem.activation},
                      .levels = kLevels,
                      .out_lower = static_cast<size_t>(rows / 2) * args.output.pixel_stride,
                      .next_lower = 0,
                      .scratch = scratch});
  }
}

}  // namespace sinew::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::kernels {
SINEW_DEFINE_RUN_FOR(RunStrassen1For, RunStrassen<1>)
SINEW_DEFINE_RUN_FOR(RunStrassen2For, RunStrassen<2>)
}  // namespace sinew::kernels
#endif
