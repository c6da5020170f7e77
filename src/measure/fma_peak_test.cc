// The peak of every target.
#include "measure/fma_peak.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sinew::measure {
namespace {

TEST(FmaPeak, EveryTargetHasOne) {
  for (const simd::Target target : simd::SupportedTargets()) {
    const double gflops = FmaPeakGflops(target);
    EXPECT_TRUE(std::isfinite(gflops)) << simd::TargetName(target);
    EXPECT_GT(gflops, 0.01) << simd::TargetName(target);
    // 4 FMA units of 16 lanes at 6 GHz: more means that the compiler has left the loop out.
    EXPECT_LT(gflops, 768) << simd::TargetName(target);
  }
}

TEST(FmaPeak, TargetsOfOtherProcessorsHaveNone) {
  bool any = false;
  for (const simd::Target target : {simd::Target::kNeon, simd::Target::kAvx2}) any = any || FmaPeakGflops(target) == 0;
  EXPECT_TRUE(any);
}

}  // namespace
}  // namespace sinew::measure
