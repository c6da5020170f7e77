// Whether this processor multiplies narrow types of numbers, and the system lets it.
#pragma once

namespace sinew::simd {

// AVX-512 with VDPBF16PS (bf16) and VPDPBUSD (int8).
bool HasAvx512Bf16();

// Whether VDPBF16PS is worth using there: Intel's processors take four times as long over it as AMD's.
bool MultipliesBf16Fast();

// AMX tiles with bf16 and int8 products. Asks Linux for their registers, which it gives to processes that ask alone:
// from then on, for all threads. False where the processor, a hypervisor or the system does not provide them.
bool MayUseAmx();

}  // namespace sinew::simd
