// Names of targets, the environment variable that forces one, and that none of this architecture's is missing.
#include "simd/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/pair/conv_pair.h"
#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/normalize/normalize.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/resize/resize.h"
#include "backends/cpu/separable/separable.h"
#include "simd/narrow_types.h"

namespace sinew::simd {
namespace {

// By this processor's own features rather than Highway's word for them.
#if defined(__aarch64__)
const std::vector<Target> kCompiled = {Target::kNeon};
bool ProcessorHas(Target) { return true; }
#else
const std::vector<Target> kCompiled = {Target::kScalar, Target::kSse4,       Target::kAvx2,
                                       Target::kAvx512, Target::kAvx512Bf16, Target::kAmx};
bool ProcessorHas(Target target) {
  const bool sse4 =
      __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
  const bool avx2 =
      sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return target == Target::kScalar || (target == Target::kSse4 && sse4) || (target == Target::kAvx2 && avx2) ||
         (target == Target::kAvx512 && avx512) || (target == Target::kAvx512Bf16 && HasAvx512Bf16()) ||
         (target == Target::kAmx && avx512 && MayUseAmx());
}
#endif

// The tests of the kernels walk this list: what it lacks goes untested.
TEST(SupportedTargetsTest, AreAllThatTheProcessorHas) {
  std::vector<Target> expected;
  for (const Target target : kCompiled) {
    if (ProcessorHas(target)) expected.push_back(target);
  }
  EXPECT_THAT(SupportedTargets(), ::testing::ElementsAreArray(expected));
}

template <class Problem, class Args>
void ExpectCompiled(std::span<const cpu::Algorithm<Problem, Args>> table) {
  for (const auto& algorithm : table) {
    for (const Target target : kCompiled) {
      const bool has_narrow_types = target == Target::kAvx512Bf16 || target == Target::kAmx;
      const bool lacks_type = algorithm.type != kernels::DataType::kF32 && !has_narrow_types;
      // VDPBF16PS makes no pairs: three times its work would be more than that of single precision.
      const bool pairs = algorithm.type == kernels::DataType::kBF16Pair && target == Target::kAvx512Bf16;
      if (lacks_type || pairs) continue;
      EXPECT_NE(algorithm.run_for(target), nullptr) << algorithm.name << " on " << TargetName(target);
    }
  }
}

TEST(SupportedTargetsTest, EveryAlgorithmIsCompiledForAllOfTheArchitecture) {
  ExpectCompiled(cpu::ConvAlgorithms());
  ExpectCompiled(cpu::ConvPairAlgorithms());
  ExpectCompiled(cpu::DepthwiseAlgorithms());
  ExpectCompiled(cpu::SeparableAlgorithms());
  ExpectCompiled(cpu::AddAlgorithms());
  ExpectCompiled(cpu::ScaleShiftAlgorithms());
  ExpectCompiled(cpu::PreluAlgorithms());
  ExpectCompiled(cpu::CopyAlgorithms());
  ExpectCompiled(cpu::NormalizeAlgorithms());
  ExpectCompiled(cpu::PoolAlgorithms());
  ExpectCompiled(cpu::ResizeAlgorithms());
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// By the compiler's own way of asking.
TEST(NarrowTypesTest, AreWhatTheProcessorSays) {
  EXPECT_EQ(HasAvx512Bf16(), __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni"));
  if (MayUseAmx()) {
    EXPECT_TRUE(__builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16"));
    EXPECT_TRUE(MayUseAmx()) << "asking twice";
  }
}
#endif

class ForcedTarget : public ::testing::Test {
 protected:
  void Force(const char* name) { setenv("SINEW_FORCE_TARGET", name, 1); }
  void TearDown() override { unsetenv("SINEW_FORCE_TARGET"); }
};

TEST_F(ForcedTarget, NamesAreParsedBack) {
  for (const Target target : SupportedTargets()) EXPECT_EQ(ParseTarget(TargetName(target)).value(), target);
}

TEST_F(ForcedTarget, TheBestIsTheDefault) {
  ASSERT_FALSE(SupportedTargets().empty());
  EXPECT_EQ(DefaultTarget().value(), SupportedTargets().back());
}

TEST_F(ForcedTarget, EverySupportedOneCanBeForced) {
  for (const Target target : SupportedTargets()) {
    Force(TargetName(target).data());
    EXPECT_EQ(DefaultTarget().value(), target);
    EXPECT_EQ(ForcedTargetOr(SupportedTargets().front()).value(), target);
    EXPECT_EQ(PreferredTarget(), target);
  }
}

TEST_F(ForcedTarget, WithoutOneTheWantedTargetStays) {
  EXPECT_EQ(ForcedTargetOr(Target::kScalar).value(), Target::kScalar);
  Force("");
  EXPECT_EQ(ForcedTargetOr(Target::kScalar).value(), Target::kScalar);
}

TEST_F(ForcedTarget, UnknownNamesAreErrors) {
  Force("mmx");
  EXPECT_THAT(DefaultTarget().status().message(),
              ::testing::HasSubstr("SINEW_FORCE_TARGET: \"mmx\" is not an instruction set; known are scalar"));
  EXPECT_EQ(PreferredTarget(), SupportedTargets().back());
}

}  // namespace
}  // namespace sinew::simd
