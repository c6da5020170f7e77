// Separable convolutions in narrow types: the depthwise half in f32, a few pixels at a time, each converted as soon as
// it is there; then the pointwise half of the patch as a product of narrow rows.
//   out[p,k] = act(b2[k] + sum_c narrow(act1(b1[c] + depthwise[p,c])) * w[c,k])
#include "backends/cpu/separable/narrow.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/separable/narrow.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/depthwise/depthwise-inl.h"
#include "backends/cpu/gemm/narrow/engines.h"

#if SINEW_NARROW_KERNELS && HWY_TARGET == HWY_AVX3  // what has narrow types has AVX-512

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

template <class Engine>
void RunNarrowPatches(const SeparableProblem& p, const SeparableArgs& args, size_t first_task, size_t last_task,
                      float* scratch) noexcept {
  constexpr DataType kType = Engine::kType;
  const DepthwiseProblem& d = p.depthwise;
  const PatchTiling tiling = MakeNarrowPatchTiling(d, kType);
  const DepthwiseChannels channels = MakeDepthwiseChannels(d, args.input, args.packed, args.depthwise_bias);
  const size_t pixel_floats = static_cast<size_t>(RoundUpToChannelBlock(d.channels));
  const size_t row_bytes = NarrowRowBytes(kType, d.channels), plane_bytes = NarrowPatchPlaneBytes(p, kType);
  std::byte* const rows = reinterpret_cast<std::byte*>(scratch);
  float* const piece = scratch + plane_bytes * static_cast<size_t>(NarrowPlanes(kType)) / sizeof(float);
  RowScale* const scales =
      reinterpret_cast<RowScale*>(piece + static_cast<size_t>(kStripHeight * kNarrowPiece) * pixel_floats);
  constexpr size_t kPieceWidth = kNarrowPiece;
  const size_t no_tap = 0;
  Engine engine;
  for (size_t task = first_task; task < last_task; ++task) {
    const auto [y, x, height, width] = tiling.At(task);
    for (int left = 0; left < width; left += kNarrowPiece) {
      const int columns = std::min(kNarrowPiece, width - left);
      DepthwisePatch(d, channels, y, x + left, height, columns, {piece, kPieceWidth * pixel_floats, pixel_floats});
      for (int i = 0; i < height; ++i) {
        for (int j = 0; j < columns; ++j) {
          const size_t from = static_cast<size_t>(i) * kPieceWidth + static_cast<size_t>(j);
          const size_t to = static_cast<size_t>(i * width + left + j);
          ConvertScaled<Engine>(piece + from * pixel_floats, d.channels, rows + to * row_bytes, plane_bytes,
                                scales + to);
        }
      }
    }
    // Whole rows lie one after another in the output as well.
    const int products = width == d.out_w ? 1 : height;
    for (int i = 0; i < products; ++i) {
      const size_t pixel = static_cast<size_t>(y + i) * static_cast<size_t>(d.out_w) + static_cast<size_t>(x);
      engine.Multiply({.rows = height * width / products,
                       .taps = 1,
                       .depth = d.channels,
                       .columns = p.out_k,
                       .activation = p.activation},
                      {.a = rows + static_cast<size_t>(i * width) * row_bytes,
                       .row_bytes = row_bytes,
                       .plane_bytes = plane_bytes,
                       .tap_bytes = &no_tap,
                       .packed = reinterpret_cast<const uint32_t*>(args.packed + PackedDepthwiseFloats(d)),
                       .bias = args.pointwise_bias,
                       .out = args.output.data + pixel * args.output.pixel_stride,
                       .out_stride = args.output.pixel_stride,
                       .scales = scales + i * width});
    }
  }
}

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE

namespace sinew::cpu {

#if SINEW_NARROW_KERNELS && (HWY_TARGETS & HWY_AVX3)

template <DataType kType>
SeparableAlgorithm::Run RunNarrowPatchesFor(Target target) {
  if (target == Target::kAmx) return N_AVX3::RunNarrowPatches<TilesEngine<AmxTiles, kType>>;
  if (target == Target::kAvx512Bf16 && kType != DataType::kBF16Pair) return N_AVX3::RunNarrowPatches<DotsEngine<kType>>;
  return nullptr;
}
template <DataType kType>
SeparableAlgorithm::Run EmulateNarrowPatchesFor(Target) {
  return SoftwareTiles::CanRun() ? N_AVX3::RunNarrowPatches<TilesEngine<SoftwareTiles, kType>> : nullptr;
}

#else

template <DataType kType>
SeparableAlgorithm::Run RunNarrowPatchesFor(Target) {
  return nullptr;
}
template <DataType kType>
SeparableAlgorithm::Run EmulateNarrowPatchesFor(Target) {
  return nullptr;
}

#endif

template SeparableAlgorithm::Run RunNarrowPatchesFor<DataType::kBF16>(Target);
template SeparableAlgorithm::Run RunNarrowPatchesFor<DataType::kBF16Pair>(Target);
template SeparableAlgorithm::Run RunNarrowPatchesFor<DataType::kI8>(Target);
template SeparableAlgorithm::Run EmulateNarrowPatchesFor<DataType::kBF16>(Target);
template SeparableAlgorithm::Run EmulateNarrowPatchesFor<DataType::kBF16Pair>(Target);
template SeparableAlgorithm::Run EmulateNarrowPatchesFor<DataType::kI8>(Target);

}  // namespace sinew::cpu
#endif
