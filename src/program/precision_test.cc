// Names of precisions, both ways.
#include "sinew/precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sinew {
namespace {

TEST(Precision, HasANameThatReadsBack) {
  for (const Precision precision :
       {Precision::kAuto, Precision::kFp32, Precision::kTf32, Precision::kFp16, Precision::kBf16, Precision::kInt8}) {
    const auto parsed = ParsePrecision(PrecisionName(precision));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, precision);
  }
  EXPECT_EQ(PrecisionName(Precision::kBf16), "bf16");
  EXPECT_THAT(ParsePrecision("fp8").status().message(), testing::HasSubstr("precision \"fp8\": must be auto"));
}

}  // namespace
}  // namespace sinew
