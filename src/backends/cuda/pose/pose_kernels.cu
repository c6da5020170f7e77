// The decoding and resizing kernels on a GPU: blocks and threads for the bodies in decode-inl.h and resize-inl.h.
// Compiled with -fmad=false: the bodies say which products are fused with their sums.
#include "backends/cuda/pose/pose_kernels.h"

namespace sinew::cuda {
namespace {

constexpr int kResizeColumns = 32, kResizeRows = 8;  // pixels of a block
constexpr int kSplitThreads = 256;

__global__ void __launch_bounds__(kResizeColumns* kResizeRows)
    ResizeKernel(const __grid_constant__ ResizeJobs jobs, const InputValues values, const View input,
                 int first_picture) {
  const int x = static_cast<int>(blockIdx.x * kResizeColumns + threadIdx.x),
            y = static_cast<int>(blockIdx.y * kResizeRows + threadIdx.y);
  if (x >= input.width || y >= input.height) return;
  ResizePixel(jobs.jobs[blockIdx.z], values, input, first_picture + static_cast<int>(blockIdx.z), x, y);
}

__global__ void __launch_bounds__(kSplitThreads)
    SplitKernel(const __grid_constant__ DecodeTables tables, const __grid_constant__ MapParts maps,
                const DecodeBuffers buffers) {
  const int i = static_cast<int>(blockIdx.x * kSplitThreads + threadIdx.x);
  if (i >= ValueCount(tables, maps)) return;
  SplitValue(maps, static_cast<int>(blockIdx.y), i, tables, buffers);
}

__global__ void __launch_bounds__(kTileThreads)
    TileKernel(const __grid_constant__ DecodeTables tables, const DecodeBuffers buffers) {
  __shared__ TileMemory memory;
  const int plane = static_cast<int>(blockIdx.z);
  FindInTile(PhasedBlock(kTileThreads), tables, buffers, plane / tables.keypoints, plane % tables.keypoints,
             static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y), &memory);
}

__global__ void __launch_bounds__(kListThreads)
    ListKernel(const __grid_constant__ DecodeTables tables, const __grid_constant__ MapParts maps,
               const DecodeBuffers buffers, const DecodeResults results) {
  __shared__ ListMemory memory;
  ListPeaks(PhasedBlock(kListThreads), tables, maps, buffers, results, static_cast<int>(blockIdx.y),
            static_cast<int>(blockIdx.x), &memory);
}

__global__ void __launch_bounds__(kPairThreads)
    PairKernel(const __grid_constant__ DecodeTables tables, const View fields, const DecodeBuffers buffers,
               const DecodeResults results) {
  __shared__ PairMemory memory;
  ScorePairs(PhasedBlock(kPairThreads), tables, fields, buffers, results, static_cast<int>(blockIdx.y),
             static_cast<int>(blockIdx.x), &memory);
}

unsigned BlocksFor(int count, int per_block) { return static_cast<unsigned>((count + per_block - 1) / per_block); }

}  // namespace

cudaError_t LaunchResize(const ResizeJobs& jobs, int count, const InputValues& values, const View& input,
                         int first_picture, cudaStream_t stream) {
  const dim3 grid(BlocksFor(input.width, kResizeColumns), BlocksFor(input.height, kResizeRows),
                  static_cast<unsigned>(count));
  ResizeKernel<<<grid, dim3(kResizeColumns, kResizeRows), 0, stream>>>(jobs, values, input, first_picture);
  return cudaGetLastError();
}

cudaError_t LaunchDecode(const DecodeTables& tables, const MapParts& maps, const DecodeBuffers& buffers,
                         const DecodeResults& results, int pictures, cudaStream_t stream) {
  const unsigned count = static_cast<unsigned>(pictures), keypoints = static_cast<unsigned>(tables.keypoints);
  const unsigned limbs = static_cast<unsigned>(tables.limb_count);
  if (const cudaError_t error = cudaMemsetAsync(buffers.not_finite, 0xff, count * sizeof(uint32_t), stream);
      error != cudaSuccess)
    return error;
  SplitKernel<<<dim3(BlocksFor(ValueCount(tables, maps), kSplitThreads), count), kSplitThreads, 0, stream>>>(
      tables, maps, buffers);
  const dim3 tiles(BlocksFor(tables.x.positions, kTileWidth), BlocksFor(tables.y.positions, kTileHeight),
                   keypoints * count);
  TileKernel<<<tiles, kTileThreads, 0, stream>>>(tables, buffers);
  ListKernel<<<dim3(keypoints, count), kListThreads, 0, stream>>>(tables, maps, buffers, results);
  if (limbs > 0) {
    PairKernel<<<dim3(limbs, count), kPairThreads, 0, stream>>>(tables, maps.views[maps.fields], buffers, results);
  }
  return cudaGetLastError();
}

}  // namespace sinew::cuda
