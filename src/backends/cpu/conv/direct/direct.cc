// Convolution of any window without gathering its inputs: for each tap, one after another, a matrix product adds to
// sums that stay in registers. In a dense picture the columns of a window lie side by side, and so all taps of a row
// are one product of depth S*C, whose rows, the windows of neighbouring pixels, begin stride_w * C floats apart.
//   out[y,x,k] = act(bias[k] + sum_r sum_i in[y',x' + i] * w[r,i,k])      i = s*C + c, x' in floats
// Where the picture is not dense or the window dilated, each tap is a product of depth C. Pixels whose windows reach
// over the left or right edge are computed alone, from the taps within.
#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/direct/direct.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/rows.h"
#include "backends/cpu/gemm/gemm-inl.h"
#include "backends/cpu/taps.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// A row of output pixels, and those of their taps that lie within the picture.
struct DirectRow {
  int y;
  TapRange taps;
};

// kRows pixels from `x` on, by the taps [columns.first, columns.last) of each row; channels [k, k + count) of the
// output.
template <int kRows, int kVectors>
struct DirectTile {
  static void Run(const ConvProblem& p, const ConvArgs& args, const DirectRow& row, int x, TapRange columns, int k,
                  int count) {
    const ConstView& in = args.input;
    const size_t channels = static_cast<size_t>(p.in_c), stride = static_cast<size_t>(p.stride_w) * in.pixel_stride;
    const size_t panel_floats = static_cast<size_t>(p.kernel_h * p.kernel_w) * channels * kChannelBlock;
    const float* const panel = args.packed + panel_floats * static_cast<size_t>(k / kChannelBlock);
    const bool dense = p.dilation_w == 1 && in.pixel_stride == channels;
    const int taps = columns.last - columns.first, products = dense ? 1 : taps, depth = dense ? taps * p.in_c : p.in_c;
    const size_t left = static_cast<size_t>(x * p.stride_w - p.pad_left + columns.first * p.dilation_w);
    FloatVec sums[kRows][kVectors];
    StartTile(args.bias + k, sums);
    for (int r = row.taps.first; r < row.taps.last && taps > 0; ++r) {
      const size_t in_row = static_cast<size_t>(row.y * p.stride_h + r * p.dilation_h - p.pad_top);
      const float* a = in.data + (in_row * static_cast<size_t>(p.in_w) + left) * in.pixel_stride;
      const float* w = panel + static_cast<size_t>(r * p.kernel_w + columns.first) * channels * kChannelBlock;
      for (int i = 0; i < products; ++i) {
        Accumulate(depth, a, stride, w, panel_floats, a + kRows * stride, sums);
        a += static_cast<size_t>(p.dilation_w) * in.pixel_stride;
        w += channels * kChannelBlock;
      }
    }
    const size_t pixel = static_cast<size_t>(row.y) * static_cast<size_t>(p.out_w) + static_cast<size_t>(x);
    FinishTile(p.activation, sums, count, args.output.data + pixel * args.output.pixel_stride + k,
               args.output.pixel_stride);
  }
};
inline constexpr auto kDirectTiles = AllTiles<DirectTile, kTileRows, kTileVectors>();

void RunDirect(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task, float*) noexcept {
  // Windows of the pixels [inside, beyond) lie within the row.
  const int reach = (p.kernel_w - 1) * p.dilation_w;
  const int inside = std::min((p.pad_left + p.stride_w - 1) / p.stride_w, p.out_w);
  const int room = p.in_w - 1 - reach + p.pad_left;
  const int beyond = room < 0 ? inside : std::clamp(room / p.stride_w + 1, inside, p.out_w);
  for (size_t task = first_task; task < last_task; ++task) {
    const int y = static_cast<int>(task);
    const DirectRow row = {y, TapsInside(y * p.stride_h - p.pad_top, p.kernel_h, p.dilation_h, p.in_h)};
    for (int k = 0; k < p.out_k; k += kTileColumns) {
      const int count = std::min(kTileColumns, p.out_k - k);
      const size_t vectors = static_cast<size_t>((count + kLanes - 1) / kLanes);
      for (int x = 0; x < p.out_w;) {
        if (x < inside || x >= beyond) {
          const TapRange columns = TapsInside(x * p.stride_w - p.pad_left, p.kernel_w, p.dilation_w, p.in_w);
          kDirectTiles[0][vectors - 1](p, args, row, x, columns, k, count);
          ++x;
        } else {
          const int rows = std::min(kTileRows, beyond - x);
          kDirectTiles[static_cast<size_t>(rows - 1)][vectors - 1](p, args, row, x, {0, p.kernel_w}, k, count);
          x += rows;
        }
      }
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::cpu {
SINEW_DEFINE_RUN_FOR(RunDirectFor, RunDirect)
}  // namespace sinew::cpu
#endif
