// The number formats that a network can be computed in.
#pragma once

#include <string_view>

#include "sinew/status.h"

namespace sinew {

// Sums are in fp32 always, but for int8's.
enum class Precision {
  kAuto,  // the fastest whose error is within the budget (CompileOptions::max_error)
  kFp32,
  kTf32,  // stored as fp32, multiplied with 10 bits of mantissa
  kFp16,
  kBf16,
  kInt8,  // never chosen by itself
};

std::string_view PrecisionName(Precision precision);  // "auto", "fp32", ...

// kInvalidArgument for anything but those names.
Result<Precision> ParsePrecision(std::string_view name);

}  // namespace sinew
