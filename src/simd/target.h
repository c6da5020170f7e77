// Instruction-set targets that the kernels are compiled for, and which of them this processor has.
#pragma once

#include <span>
#include <string_view>

#include "sinew/status.h"

namespace sinew::simd {

// In order of preference, least first; a build holds those of its architecture. All but two are Highway's targets.
// Those two run what is compiled for kAvx512, and kernels for narrow types of numbers (backends/cpu/gemm/narrow.h)
// beside it:
//   kAvx512Bf16  AVX-512 with its BF16 and VNNI instructions (AMD from Zen 4 on, Intel's Cooper Lake and Sapphire
//   Rapids) kAmx         these, and matrix tiles with bf16 and int8 products (Intel from Sapphire Rapids on)
enum class Target { kScalar, kSse4, kAvx2, kAvx512, kAvx512Bf16, kAmx, kNeon };

// "scalar", "sse4", "avx2", "avx512", "avx512_bf16", "amx", "neon"
std::string_view TargetName(Target target);
// Fails with the list of known names.
Result<Target> ParseTarget(std::string_view name);

// Compiled into this build and executable on this processor, least first; never empty.
std::span<const Target> SupportedTargets();
bool IsSupported(Target target);

// The one that the environment variable SINEW_FORCE_TARGET names, else `wanted`. An unknown or unsupported name there
// is an error.
Result<Target> ForcedTargetOr(Target wanted);
// The same with the best supported target.
Result<Target> DefaultTarget();
// The same for those who have nobody to tell: an unknown or unsupported name counts for nothing. Whoever loads a model
// is told about it.
Target PreferredTarget();

}  // namespace sinew::simd
