// Functions with instructions that the rest of the program is not compiled for, beside Highway's targets.
#pragma once

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the undefined values in its own intrinsics (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#define SINEW_NARROW_KERNELS 1
#define SINEW_ATTR_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define SINEW_ATTR_AVX512_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,avx512bf16,avx512vnni")))
#define SINEW_ATTR_FMA __attribute__((target("avx2,fma")))
#else
#define SINEW_NARROW_KERNELS 0
#endif
