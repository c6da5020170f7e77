// Asking the processor and the system. Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1,
// 18.3 (detection of AMX); Linux, Documentation/arch/x86/xstate.rst (permission).
#include "simd/narrow_types.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace sinew::simd {

#if defined(__x86_64__)

namespace {

struct Registers {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

// Zeros where the processor has no such leaf.
Registers Cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d) == 0) return {};
  return r;
}

bool HasBits(uint64_t value, uint64_t bits) { return (value & bits) == bits; }

// What the system saves when it switches between threads.
uint64_t EnabledStates() {
  constexpr uint32_t kOsXsave = 1u << 27;
  if (!HasBits(Cpuid(1, 0).c, kOsXsave)) return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

}  // namespace

bool HasAvx512Bf16() {
  constexpr uint32_t kVnni = 1u << 11;          // leaf 7.0, ecx
  constexpr uint32_t kBf16 = 1u << 5;           // leaf 7.1, eax
  constexpr uint64_t kZmmStates = 0b1110'0110;  // SSE, AVX, masks, and both halves of the ZMM registers
  return HasBits(EnabledStates(), kZmmStates) && HasBits(Cpuid(7, 0).c, kVnni) && HasBits(Cpuid(7, 1).a, kBf16);
}

bool MultipliesBf16Fast() {
  const Registers vendor = Cpuid(0, 0);
  return vendor.b == 0x68747541 && vendor.d == 0x69746E65 && vendor.c == 0x444D4163;  // "AuthenticAMD"
}

bool MayUseAmx() {
  constexpr uint32_t kBf16 = 1u << 22, kTile = 1u << 24, kInt8 = 1u << 25;  // leaf 7.0, edx
  constexpr uint64_t kTileStates = 0b11 << 17;                              // configuration and data
  constexpr long kRequestPermission = 0x1023;                               // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  if (!HasBits(Cpuid(7, 0).d, kBf16 | kTile | kInt8) || !HasBits(EnabledStates(), kTileStates)) return false;
  // Some hypervisors show the instructions and no palette. The kernels need eight tiles of sixteen rows of 64 bytes.
  if (Cpuid(0x1D, 0).a < 1) return false;
  const Registers palette = Cpuid(0x1D, 1);
  const uint32_t row_bytes = palette.b & 0xFFFF, tiles = palette.b >> 16, rows = palette.c & 0xFFFF;
  if (row_bytes < 64 || tiles < 8 || rows < 16) return false;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

#else

bool HasAvx512Bf16() { return false; }
bool MultipliesBf16Fast() { return false; }
bool MayUseAmx() { return false; }

#endif

}  // namespace sinew::simd
