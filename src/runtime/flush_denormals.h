// Denormal numbers as zeros, for a stretch of code: processors take a hundred times longer over a product with one.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace sinew::runtime {

// For the calling thread, until destroyed; then as it was before.
class FlushDenormals {
 public:
  FlushDenormals() : before_(Read()) { Write(before_ | kFlags); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
  ~FlushDenormals() { Write(before_); }

 private:
#if defined(__SSE__)
  static constexpr uint64_t kFlags = 0x8040;  // MXCSR: flush to zero, denormals are zero
  static uint64_t Read() { return _mm_getcsr(); }
  static void Write(uint64_t value) { _mm_setcsr(static_cast<uint32_t>(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t kFlags = uint64_t{1} << 24;  // FPCR: flush to zero
  static uint64_t Read() {
    uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void Write(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  static constexpr uint64_t kFlags = 0;
  static uint64_t Read() { return 0; }
  static void Write(uint64_t) {}
#endif
  uint64_t before_;
};

}  // namespace sinew::runtime
