// Targets: their names, and which of those compiled in this processor has.
#include "simd/target.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "simd/dispatch.h"
#include "simd/narrow_types.h"

#include <hwy/targets.h>

namespace sinew::simd {
namespace {

bool Always() { return true; }

struct Named {
  Target target;
  std::string_view name;
  int64_t highway;
  bool (*has_more)() = Always;  // than Highway's target
};
constexpr Named kTargets[] = {
    {Target::kScalar, "scalar", HWY_EMU128 | HWY_SCALAR},
    {Target::kSse4, "sse4", HWY_SSE4},
    {Target::kAvx2, "avx2", HWY_AVX2},
    {Target::kAvx512, "avx512", HWY_AVX3},
    {Target::kAvx512Bf16, "avx512_bf16", HWY_AVX3, HasAvx512Bf16},
    {Target::kAmx, "amx", HWY_AVX3, [] { return HasAvx512Bf16() && MayUseAmx(); }},
    {Target::kNeon, "neon", HWY_NEON},
};

std::vector<Target> Detect() {
  // The static target's instructions are in every part of the program, and the baseline's functions are always there.
  int64_t usable = HWY_STATIC_TARGET;
  // Where there is no other (ARM), nothing is asked of the processor, nor of Highway's library.
  if constexpr (HWY_TARGETS != HWY_STATIC_TARGET) usable |= hwy::SupportedTargets() & HWY_TARGETS;
  std::vector<Target> result;
  for (const Named& named : kTargets) {
    if ((usable & named.highway) != 0 && named.has_more()) result.push_back(named.target);
  }
  return result;
}

}  // namespace

std::string_view TargetName(Target target) {
  for (const Named& named : kTargets) {
    if (named.target == target) return named.name;
  }
  return "";
}

Result<Target> ParseTarget(std::string_view name) {
  std::string known;
  for (const Named& named : kTargets) {
    if (named.name == name) return named.target;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", named.name);
  }
  return InvalidArgument("\"{}\" is not an instruction set; known are {}", name, known);
}

std::span<const Target> SupportedTargets() {
  static const std::vector<Target> supported = Detect();
  return supported;
}

bool IsSupported(Target target) {
  for (const Target supported : SupportedTargets()) {
    if (supported == target) return true;
  }
  return false;
}

Result<Target> DefaultTarget() { return ForcedTargetOr(SupportedTargets().back()); }

Target PreferredTarget() {
  const Result<Target> target = DefaultTarget();
  return target.ok() ? *target : SupportedTargets().back();
}

Result<Target> ForcedTargetOr(Target wanted) {
  const char* const forced = std::getenv("SINEW_FORCE_TARGET");
  if (forced == nullptr || *forced == '\0') return wanted;
  Result<Target> target = ParseTarget(forced);
  if (!target.ok()) return Prefixed("SINEW_FORCE_TARGET", target.status());
  if (!IsSupported(*target)) {
    return InvalidArgument("SINEW_FORCE_TARGET: this processor or build lacks {}", TargetName(*target));
  }
  return target;
}

}  // namespace sinew::simd
