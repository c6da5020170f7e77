// Independent chains of multiply-adds, as many as hide their latency, on every target.
#include "measure/fma_peak.h"

#include <algorithm>
#include <chrono>

#include "simd/dispatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "measure/fma_peak.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "simd/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace sinew::measure::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Floating point operations done. `seed` and `result` keep the compiler from knowing better.
inline double MultiplyAdds(int steps, float seed, float* result) {
  // 4 to 5 cycles of latency on two units are hidden by ten; 12 stay in registers everywhere.
  constexpr int kChains = 12;
  const hn::CappedTag<float, 16> d;
  using FloatVec = hn::Vec<decltype(d)>;
  const FloatVec factor = hn::Set(d, seed), summand = hn::Set(d, 1 - seed);
  FloatVec sums[kChains];
  SINEW_UNROLL for (int i = 0; i < kChains; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  for (int step = 0; step < steps; ++step) {
    SINEW_UNROLL for (int i = 0; i < kChains; ++i) sums[i] = hn::MulAdd(sums[i], factor, summand);
  }
  FloatVec total = sums[0];
  SINEW_UNROLL for (int i = 1; i < kChains; ++i) total = hn::Add(total, sums[i]);
  *result = hn::GetLane(total);
  return 2.0 * kChains * hn::Lanes(d) * steps;
}

}  // namespace sinew::measure::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sinew::measure {
SINEW_DEFINE_RUN_FOR(MultiplyAddsFor, MultiplyAdds)

double FmaPeakGflops(simd::Target target) {
  using Clock = std::chrono::steady_clock;
  constexpr int kTries = 10, kSteps = 500'000;
  const auto run = MultiplyAddsFor(target);
  if (run == nullptr) return 0;
  volatile float seed = 0.5f;
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    float result = 0;
    const Clock::time_point start = Clock::now();
    const double operations = run(kSteps, seed, &result);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    seed = result > 1e30f ? 0.25f : 0.5f;
    best = std::max(best, operations / seconds / 1e9);
  }
  return best;
}

}  // namespace sinew::measure
#endif
