// Blocks of threads that work in phases. Kernels are written on them once: a GPU runs a block's threads side by side, a
// processor one after another, so that the same bodies are tested where there is no GPU.
//
// What lives longer than a phase lies in the block's shared memory, never in a thread's own variables.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define SINEW_HOST_DEVICE __host__ __device__
#else
#define SINEW_HOST_DEVICE
#endif
#ifdef __CUDA_ARCH__
#define SINEW_UNROLL _Pragma("unroll")
#else
#define SINEW_UNROLL
#endif

namespace sinew::cuda {

class PhasedBlock {
 public:
  explicit SINEW_HOST_DEVICE PhasedBlock(int threads) : threads_(threads) {}

  SINEW_HOST_DEVICE int threads() const { return threads_; }

  // phase(thread) for all threads; returns when all are done.
  template <class Phase>
  SINEW_HOST_DEVICE void ForEachThread(Phase phase) const {
#ifdef __CUDA_ARCH__
    phase(static_cast<int>(threadIdx.x));
    __syncthreads();
#else
    for (int thread = 0; thread < threads_; ++thread) phase(thread);
#endif
  }

  // phase(i) for 0 <= i < count, spread over the threads; returns when all are done.
  template <class Phase>
  SINEW_HOST_DEVICE void ForEach(int count, Phase phase) const {
    ForEachThread([&](int thread) {
      for (int i = thread; i < count; i += threads_) phase(i);
    });
  }

 private:
  int threads_;
};

// Combinations whose result does not depend on the order in which threads get to them.
SINEW_HOST_DEVICE inline void CombineOr(uint32_t bits, uint32_t* word) {
#ifdef __CUDA_ARCH__
  atomicOr(word, bits);
#else
  *word |= bits;
#endif
}

SINEW_HOST_DEVICE inline void CombineLeast(uint32_t value, uint32_t* least) {
#ifdef __CUDA_ARCH__
  atomicMin(least, value);
#else
  if (value < *least) *least = value;
#endif
}

// Turns counts[0 .. block.threads()) into the sums of all before each; returns the sum of all. Two levels: a serial sum
// of `kScanGroup` values takes less time than the barriers of a tree.
struct ScanScratch {
  int groups[32];
  int total;
};
SINEW_HOST_DEVICE inline int ScanExclusive(const PhasedBlock& block, int* counts, ScanScratch* scratch) {
  constexpr int kScanGroup = 32;
  const int groups = (block.threads() + kScanGroup - 1) / kScanGroup;
  const auto scan = [](int* values, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
      const int value = values[i];
      values[i] = sum;
      sum += value;
    }
    return sum;
  };
  block.ForEach(groups, [&](int group) {
    const int left = block.threads() - group * kScanGroup;
    scratch->groups[group] = scan(counts + group * kScanGroup, left < kScanGroup ? left : kScanGroup);
  });
  block.ForEach(1, [&](int) { scratch->total = scan(scratch->groups, groups); });
  block.ForEachThread([&](int thread) { counts[thread] += scratch->groups[thread / kScanGroup]; });
  return scratch->total;
}

}  // namespace sinew::cuda
