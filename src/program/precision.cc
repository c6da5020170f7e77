// Names of precisions.
#include "sinew/precision.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace sinew {
namespace {

constexpr std::array<std::pair<Precision, std::string_view>, 6> kNames = {{
    {Precision::kAuto, "auto"},
    {Precision::kFp32, "fp32"},
    {Precision::kTf32, "tf32"},
    {Precision::kFp16, "fp16"},
    {Precision::kBf16, "bf16"},
    {Precision::kInt8, "int8"},
}};

}  // namespace

std::string_view PrecisionName(Precision precision) { return kNames[static_cast<size_t>(precision)].second; }

Result<Precision> ParsePrecision(std::string_view name) {
  for (const auto& [precision, known] : kNames) {
    if (name == known) return precision;
  }
  return InvalidArgument("precision \"{}\": must be auto, fp32, tf32, fp16, bf16 or int8", name);
}

}  // namespace sinew
