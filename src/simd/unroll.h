// For loops with constant bounds over arrays of vectors: the arrays live in registers only when every index is a
// constant.
#pragma once

#if defined(__clang__)
#define SINEW_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SINEW_UNROLL _Pragma("GCC unroll 32")
#endif
