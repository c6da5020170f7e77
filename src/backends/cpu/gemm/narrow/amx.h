// The processor's matrix tiles (AMX), and the same in software.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/gemm/narrow/intrinsics.h"
#include "backends/cpu/gemm/narrow/narrow.h"

#if SINEW_NARROW_KERNELS

namespace sinew::cpu {

// Of a row of 16 sums from column k on, those that exist: with bias, activated, to element `at` of the output and those
// behind it. In I8 the sums are whole numbers, of row `row` of `a`.
void StoreTileRow(const NarrowProblem& p, const NarrowArgs& g, const float* sums, int k, size_t at);
void StoreI8TileRow(const NarrowProblem& p, const NarrowArgs& g, const float* sums, int row, int k, size_t at);

// Written as assembly: intrinsics want the numbers of tiles as tokens, templates give them as constants. An object
// configures the tiles of its thread, and gives them back, about 54 ns together: one serves all tasks of a call.
class AmxTiles {
 public:
  AmxTiles();
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  template <int kTile>
  void Zero() {
    asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
  }
  template <int kTile>
  void Load(const void* from, size_t stride_bytes) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride_bytes), "i"(kTile) : "memory");
  }
  template <int kTile>
  void Store(void* to, size_t stride_bytes) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride_bytes), "i"(kTile) : "memory");
  }
  template <DataType kType, int kSums, int kA, int kB>
  void Multiply() {
    if constexpr (kType == DataType::kI8) {
      asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kA), "i"(kB));
    } else {
      asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kA), "i"(kB));
    }
  }
};

// A bf16 product sums the even and the odd elements of words in two chains of fused multiply-adds along the row, adds
// the two, and adds that to the sum; denormals are zeros before and after each operation.
class SoftwareTiles {
 public:
  template <int kTile>
  void Zero() {
    Fill(tiles_[kTile]);
  }
  template <int kTile>
  void Load(const void* from, size_t stride_bytes) {
    Read(static_cast<const std::byte*>(from), stride_bytes, tiles_[kTile]);
  }
  template <int kTile>
  void Store(void* to, size_t stride_bytes) {
    Write(tiles_[kTile], stride_bytes, static_cast<std::byte*>(to));
  }
  template <DataType kType, int kSums, int kA, int kB>
  void Multiply() {
    (kType == DataType::kI8 ? MultiplyI8 : MultiplyBf16)(tiles_[kSums], tiles_[kA], tiles_[kB]);
  }

  // Whether this processor can: it takes AVX2, and AVX-512 to store what is done.
  static bool CanRun();

 private:
  struct alignas(64) Tile {
    uint32_t words[16][16];
  };
  static void Fill(Tile& tile);
  static void Read(const std::byte* from, size_t stride_bytes, Tile& tile);
  static void Write(const Tile& tile, size_t stride_bytes, std::byte* to);
  static void MultiplyBf16(Tile& sums, const Tile& a, const Tile& b);
  static void MultiplyI8(Tile& sums, const Tile& a, const Tile& b);

  Tile tiles_[8];
};

}  // namespace sinew::cpu

#endif
