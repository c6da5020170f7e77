// Which of a kernel's pictures may lie in memory as bf16 in place of f32: a column of the algorithm tables.
//
// Rounding when a picture is stored or when it is read gives the same numbers, so that what only products of bf16 read
// is stored as such: half the bytes, the same results.
#pragma once

namespace sinew::kernels {

enum class Storage : unsigned char {
  kF32,         // none
  kBf16Output,  // the output: it is rounded as it is stored
  kBf16,        // the input, which is rounded as it is read otherwise, the output, both or none
  kSameType,    // both or none: numbers are moved, not computed with
};

constexpr bool MayReadBf16(Storage storage) { return storage == Storage::kBf16 || storage == Storage::kSameType; }
constexpr bool MayStoreBf16(Storage storage) { return storage != Storage::kF32; }

}  // namespace sinew::kernels
