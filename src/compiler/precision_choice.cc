// Precisions as sets of types.
#include "compiler/precision_choice.h"

#include "base/error.h"
#include "simd/target_names.h"
#include "sinew/compiler.h"

namespace sinew {
namespace {

using program::DataType;

// Plans are tried as they are compiled. AVX-512 does in software what it lacks of narrow types
// (Compilation::TrialTarget).
bool CanTryNarrowTypes() { return simd::IsSupported(simd::Target::kAvx512); }

bool AutoTakesNarrowTypes(simd::Target target, double max_error) {
  return target == simd::Target::kAmx || max_error > DefaultMaxError(Precision::kAuto);
}

}  // namespace

bool HasNarrowTypes(simd::Target target) { return target == simd::Target::kAvx512Bf16 || target == simd::Target::kAmx; }

bool IsKeptToFp32(Precision precision, simd::Target target, double max_error) {
  return precision == Precision::kAuto && HasNarrowTypes(target) && AutoTakesNarrowTypes(target, max_error) &&
         !CanTryNarrowTypes();
}

Result<plan::DataTypes> ChooseTypes(Precision precision, std::optional<simd::Target> target, double max_error) {
  if (!target) return plan::DataTypes{DataType::F32};
  plan::DataTypes types = {DataType::F32};
  switch (precision) {
    case Precision::kFp32:
      return types;
    case Precision::kAuto:
      if (!AutoTakesNarrowTypes(*target, max_error) || !CanTryNarrowTypes()) return types;
      return plan::DataTypes{DataType::F32, DataType::BF16, DataType::BF16Pair};
    case Precision::kBf16:
      types = {DataType::F32, DataType::BF16, DataType::BF16Pair};
      break;
    case Precision::kInt8:
      types = {DataType::F32, DataType::BF16, DataType::BF16Pair, DataType::I8};
      break;
    case Precision::kTf32:
    case Precision::kFp16:
      return InvalidArgument("precision {}: CPUs have auto, fp32, bf16 and int8", PrecisionName(precision));
  }
  if (HasNarrowTypes(*target) && !CanTryNarrowTypes()) {
    return InvalidArgument(
        "precision {}: plans for {} are tried as they are compiled, which takes a processor with AVX-512; this one has "
        "{}: compile on another one, or in fp32",
        PrecisionName(precision), simd::TargetName(*target), simd::TargetNames(simd::SupportedTargets()));
  }
  if (HasNarrowTypes(*target)) return types;
  return InvalidArgument(
      "precision {}: the instruction set {} multiplies fp32 alone; avx512_bf16 and amx have bf16 and int8, this "
      "processor has {}",
      PrecisionName(precision), simd::TargetName(*target), simd::TargetNames(simd::SupportedTargets()));
}

double DefaultMaxError(Precision precision) {
  switch (precision) {
    case Precision::kBf16:
      return 0.1;
    case Precision::kInt8:
      return 0.3;
    default:
      return 1e-3;
  }
}

}  // namespace sinew
