// Pointwise (1x1, stride 1) convolution: one matrix product on the NHWC tensor as it lies.
//   out[p,k] = act(bias[k] + sum_c in[p,c] * w[c,k])            p = y*W + x
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/pointwise/pointwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/rows.h"
#include "backends/cpu/gemm/strassen-inl.h"
#include "backends/cpu/row_block.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// With kLevels of Strassen's algorithm.
template <int kLevels>
void RunPointwise(const ConvProblem& problem, const ConvArgs& args, size_t first_task, size_t last_task,
                  [[maybe_unused]] float* scratch) noexcept {
  const RowBlocks blocks = MakeRowBlocks(problem.out_h * problem.out_w, problem.in_c);
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    const GemmProblem product = {
        .rows = blocks.Count(task), .depth = problem.in_c, .columns = problem.out_k, .activation = problem.activation};
    const GemmArgs product_args = {.a = args.input.data + first * args.input.pixel_stride,
                                   .a_stride = args.input.pixel_stride,
                                   .packed = args.packed,
                                   .bias = args.bias,
                                   .out = args.output.data + first * args.output.pixel_stride,
                                   .out_stride = args.output.pixel_stride};
    if constexpr (kLevels == 0) {
      Multiply(product, product_args);
    } else {
      MultiplyStrassen({.product = product, .levels = kLevels},
                       {.product = product_args,
                        .out_lower = static_cast<size_t>(product.rows / 2) * product_args.out_stride,
                        .next_lower = 0,
                        .scratch = scratch});
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunPointwiseFor, RunPointwise<0>)
SINEW_DEFINE_RUN_FOR(RunStrassen1For, RunPointwise<1>)
SINEW_DEFINE_RUN_FOR(RunStrassen2For, RunPointwise<2>)
}  // namespace sinew::cpu
#endif
