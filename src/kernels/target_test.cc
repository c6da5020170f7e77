// Names of targets, and the environment variable that forces one.
#include "kernels/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace sinew::kernels {
namespace {

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
  EXPECT_EQ(SupportedTargets().front(), Target::kScalar);
  EXPECT_EQ(DefaultTarget().value(), SupportedTargets().back());
}

TEST_F(ForcedTarget, EverySupportedOneCanBeForced) {
  for (const Target target : SupportedTargets()) {
    Force(TargetName(target).data());
    EXPECT_EQ(DefaultTarget().value(), target);
    EXPECT_EQ(ForcedTargetOr(SupportedTargets().front()).value(), target);
  }
}

TEST_F(ForcedTarget, WithoutOneTheWantedTargetStays) {
  EXPECT_EQ(ForcedTargetOr(Target::kScalar).value(), Target::kScalar);
  Force("");
  EXPECT_EQ(ForcedTargetOr(Target::kScalar).value(), Target::kScalar);
}

TEST_F(ForcedTarget, UnknownNamesAreErrors) {
  Force("mmx");
  EXPECT_THAT(DefaultTarget().status().message(), ::testing::HasSubstr("SINEW_FORCE_TARGET: \"mmx\" is no instruction set; known are scalar"));
}

}  // namespace
}  // namespace sinew::kernels
