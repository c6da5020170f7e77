// Highway's targets under the names of target.h. To be included before any Highway header.
//
// A source that is compiled once a target ends with, outside its per-target part,
//   #if HWY_ONCE
//   namespace sinew::simd {
//   SINEW_DEFINE_RUN_FOR(RunPointwiseFor, RunPointwise)   // RunPointwiseFor(Target) -> the function or null
//   }
//   #endif
// An explicit target, not Highway's process-wide choice: two models of one process may be compiled for different ones.
#pragma once

#include "simd/target.h"

// Processors with SSSE3 but without SSE4 are older than 2008; AVX3_DL adds nothing for floats. Tiles are arrays of
// vectors, which SVE's types of unknown size cannot be elements of: processors with SVE run NEON.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE_256 | HWY_SVE2 | HWY_SVE2_128)
#include <hwy/detect_targets.h>

#if HWY_TARGETS & HWY_AVX3
#define SINEW_CASE_AVX512(function) \
  case simd::Target::kAvx512:       \
  case simd::Target::kAvx512Bf16:   \
  case simd::Target::kAmx:          \
    return N_AVX3::function;
#else
#define SINEW_CASE_AVX512(function)
#endif
#if HWY_TARGETS & HWY_AVX2
#define SINEW_CASE_AVX2(function) \
  case simd::Target::kAvx2:       \
    return N_AVX2::function;
#else
#define SINEW_CASE_AVX2(function)
#endif
#if HWY_TARGETS & HWY_SSE4
#define SINEW_CASE_SSE4(function) \
  case simd::Target::kSse4:       \
    return N_SSE4::function;
#else
#define SINEW_CASE_SSE4(function)
#endif
#if HWY_TARGETS & HWY_NEON
#define SINEW_CASE_NEON(function) \
  case simd::Target::kNeon:       \
    return N_NEON::function;
#else
#define SINEW_CASE_NEON(function)
#endif
#if HWY_TARGETS & HWY_EMU128
#define SINEW_CASE_SCALAR(function) \
  case simd::Target::kScalar:       \
    return N_EMU128::function;
#elif HWY_TARGETS & HWY_SCALAR
#define SINEW_CASE_SCALAR(function) \
  case simd::Target::kScalar:       \
    return N_SCALAR::function;
#else
#define SINEW_CASE_SCALAR(function)
#endif

#define SINEW_DEFINE_RUN_FOR(run_for, function)                           \
  auto run_for(simd::Target target)->decltype(&HWY_NAMESPACE::function) { \
    switch (target) {                                                     \
      SINEW_CASE_AVX512(function)                                         \
      SINEW_CASE_AVX2(function)                                           \
      SINEW_CASE_SSE4(function)                                           \
      SINEW_CASE_NEON(function)                                           \
      SINEW_CASE_SCALAR(function)                                         \
      default:                                                            \
        return nullptr;                                                   \
    }                                                                     \
  }
