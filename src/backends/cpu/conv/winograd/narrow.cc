// Winograd algorithms with matrix tiles: the transforms of AVX-512, products by an engine.
#include "backends/cpu/conv/winograd/narrow.h"

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/conv/winograd/narrow.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "backends/cpu/conv/winograd/winograd-inl.h"
#include "backends/cpu/gemm/narrow/engines.h"

#if SINEW_NARROW_KERNELS && HWY_TARGET == HWY_AVX3  // what has narrow types has AVX-512

HWY_BEFORE_NAMESPACE();
namespace sinew::cpu::HWY_NAMESPACE {

// A point's inputs are converted just before they are multiplied, and lie in L1 or L2 as both.
template <class Engine>
class NarrowProducts {
 public:
  static constexpr int kMostTiles = kNarrowTiles;

  NarrowProducts(const ConvProblem& p, const WinogradTiling& t, const ConvArgs& args, float* scratch)
      : p_(p),
        t_(t),
        packed_(reinterpret_cast<const uint32_t*>(args.packed)),
        rows_(reinterpret_cast<std::byte*>(scratch)),
        row_bytes_(NarrowRowBytes(Engine::kType, p.in_c)),
        plane_bytes_(NarrowPointPlaneBytes(t, Engine::kType, p.in_c)) {}

  void Multiply(size_t point, int count, const float* inputs, float* products) {
    for (size_t i = 0; i < static_cast<size_t>(count); ++i)
      Engine::Convert(inputs + i * t_.c_stride, p_.in_c, rows_ + i * row_bytes_, plane_bytes_, {});
    const size_t no_tap = 0;
    engine_.Multiply({.rows = count,
                      .taps = 1,
                      .depth = p_.in_c,
                      .columns = static_cast<int>(t_.k_stride),
                      .activation = Activation::kNone},
                     {.a = rows_,
                      .row_bytes = row_bytes_,
                      .plane_bytes = plane_bytes_,
                      .tap_bytes = &no_tap,
                      .packed = packed_ + point * PackedNarrowWords(Engine::kType, 1, p_.in_c, p_.out_k),
                      .bias = nullptr,
                      .out = products,
                      .out_stride = t_.k_stride});
  }

 private:
  const ConvProblem& p_;
  const WinogradTiling& t_;
  const uint32_t* packed_;
  std::byte* rows_;
  size_t row_bytes_, plane_bytes_;
  Engine engine_;
};

}  // namespace sinew::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE

namespace sinew::cpu {

#if SINEW_NARROW_KERNELS && (HWY_TARGETS & HWY_AVX3)

template <class TC, DataType kType>
ConvAlgorithm::Run RunNarrowWinogradFor(Target target) {
  if (target == Target::kAmx) return N_AVX3::RunWinograd<TC, N_AVX3::NarrowProducts<TilesEngine<AmxTiles, kType>>>;
  if (target == Target::kAvx512Bf16 && kType == DataType::kBF16)
    return N_AVX3::RunWinograd<TC, N_AVX3::NarrowProducts<DotsEngine<kType>>>;
  return nullptr;
}
template <class TC, DataType kType>
ConvAlgorithm::Run EmulateNarrowWinogradFor(Target) {
  if (!SoftwareTiles::CanRun()) return nullptr;
  return N_AVX3::RunWinograd<TC, N_AVX3::NarrowProducts<TilesEngine<SoftwareTiles, kType>>>;
}

#else

template <class TC, DataType kType>
ConvAlgorithm::Run RunNarrowWinogradFor(Target) {
  return nullptr;
}
template <class TC, DataType kType>
ConvAlgorithm::Run EmulateNarrowWinogradFor(Target) {
  return nullptr;
}

#endif

#define SINEW_INSTANTIATE_NARROW_WINOGRAD(tc, type)                   \
  template ConvAlgorithm::Run RunNarrowWinogradFor<tc, type>(Target); \
  template ConvAlgorithm::Run EmulateNarrowWinogradFor<tc, type>(Target);

SINEW_INSTANTIATE_NARROW_WINOGRAD(F4x3, DataType::kBF16)
SINEW_INSTANTIATE_NARROW_WINOGRAD(F4x3, DataType::kBF16Pair)
SINEW_INSTANTIATE_NARROW_WINOGRAD(F6x3, DataType::kBF16Pair)
SINEW_INSTANTIATE_NARROW_WINOGRAD(F4x7, DataType::kBF16Pair)
SINEW_INSTANTIATE_NARROW_WINOGRAD(F6x7, DataType::kBF16Pair)

}  // namespace sinew::cpu
#endif
