// Convolution with its halo in shared memory.
#include "backends/cuda/kernels/halo_conv.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/kernels/elements.h"
#include "backends/cuda/kernels/hopper-inl.h"

namespace sinew::cuda {
namespace {

constexpr int kTileColumns = 8;      // what a core matrix takes
constexpr int kWarpgroupRows = 8;    // 8x8 pixels are the 64 rows of a matrix instruction
constexpr int kChunk = 64;           // input channels of a stage
constexpr int kMaxShared = 227 << 10;
constexpr int kBarrierBytes = 1024;  // two of 8 bytes for each stage; what follows begins at a multiple of 1024
constexpr int kMaxStages = 16;

// How operands lie in shared memory. Interleaved, a tensor core fetches them at half its speed (X and Y cycles for the 2 KB
// of a 64x16 operand, 44 and 31, follow from times of 64 and 128 channels); swizzled, at full speed.
//   kInterleaved  [planes of eight channels][pixel or output channel][8]
//   kSwizzled     [pixel or output channel][64 channels], the 16-byte pieces of each 128 bytes exchanged by address bits
//                 7 to 9 (the hardware's 128-byte swizzle)
enum Operands : int { kInterleaved, kWeightsSwizzled, kSwizzled };

struct HaloShape {
  int batch, in_h, in_w, in_c, out_h, out_w, out_k;
  int kernel_h, kernel_w, dilation_h, dilation_w, pad_top, pad_left;
  int tiles_x, tiles_y, tiles;   // tiles: of all pictures
  int halo_h, halo_w;
  int plane;         // of an interleaved input: bytes of eight channels
  int chunk_bytes;   // of kChunk channels of the input
  int64_t in_stride, out_stride;
  Activation activation;
};

// Bytes of one plane: a remainder of 16 modulo 128 spreads the eight planes that neighbouring threads write over the banks.
int PlaneBytes(int halo_h, int halo_w) { return (halo_h * halo_w * 16 + 127) / 128 * 128 + 16; }

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define SINEW_HOPPER 1
#endif

template <int kPendingMost>
__device__ __forceinline__ void WaitCopiesUpTo(int pending) {
  if constexpr (kPendingMost == 0) {
    hopper::WaitCopies<0>();
  } else {
    if (pending >= kPendingMost) {
      hopper::WaitCopies<kPendingMost>();
    } else {
      WaitCopiesUpTo<kPendingMost - 1>(pending);
    }
  }
}

template <class T>
__device__ __forceinline__ uint32_t PackPair(float a, float b);
template <>
__device__ __forceinline__ uint32_t PackPair<__half>(float a, float b) {
  const __half2 pair = __floats2half2_rn(a, b);
  return *reinterpret_cast<const uint32_t*>(&pair);
}
template <>
__device__ __forceinline__ uint32_t PackPair<__nv_bfloat16>(float a, float b) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(a, b);
  return *reinterpret_cast<const uint32_t*>(&pair);
}

template <class T, int kWarpgroups, int kN, int kCluster, int kStages, Operands kOperands>
__global__ void __launch_bounds__(kWarpgroups * 128 + 32, 1) HaloConvKernel(HaloShape p, const T* in, T* out, const T* weights, const float* bias) {
#if defined(SINEW_HOPPER)
  using namespace hopper;
  constexpr int kStageBytes = kChunk * kN * 2;
  extern __shared__ __align__(1024) unsigned char shared[];
  uint64_t* full = reinterpret_cast<uint64_t*>(shared);
  uint64_t* empty = full + kMaxStages;
  unsigned char* stages = shared + kBarrierBytes;
  unsigned char* halo = stages + kStages * kStageBytes;

  const int warp = threadIdx.x / 32;
  const int taps = p.kernel_h * p.kernel_w, chunks = p.in_c / kChunk, steps = chunks * taps;
  const uint32_t rank = kCluster == 1 ? 0 : blockIdx.x % kCluster;
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i) {
      InitBarrier(&full[i], 1);
      InitBarrier(&empty[i], kCluster * kWarpgroups);
    }
    FenceBarrierInit();
  }
  __syncthreads();
  if constexpr (kCluster > 1) SyncCluster();

  if (warp == kWarpgroups * 4) {
    // The producer: a thread that streams this block's share of the weights to the whole cluster.
    if (threadIdx.x % 32 == 0) {
      const unsigned char* from = reinterpret_cast<const unsigned char*>(weights) + static_cast<int64_t>(blockIdx.y) * steps * kStageBytes;
      constexpr int kShare = kStageBytes / kCluster;
      int stage = 0;
      uint32_t phase = 1;  // waiting for the phase before the first returns at once
      for (int step = 0; step < steps; ++step) {
        WaitFor(&empty[stage], phase);
        ArriveExpect(&full[stage], kStageBytes);
        unsigned char* to = stages + stage * kStageBytes + rank * kShare;
        const unsigned char* source = from + static_cast<int64_t>(step) * kStageBytes + rank * kShare;
        if constexpr (kCluster > 1) {
          BulkCopyTo(to, source, kShare, &full[stage], (1 << kCluster) - 1);
        } else {
          BulkCopy(to, source, kShare, &full[stage]);
        }
        if (++stage == kStages) {
          stage = 0;
          phase ^= 1;
        }
      }
    }
  } else {
    const int tile = blockIdx.x;
    const int tiles_of_picture = p.tiles_x * p.tiles_y;
    const int n = tile / tiles_of_picture, in_picture = tile - n * tiles_of_picture;
    const int tile_y = in_picture / p.tiles_x, tile_x = in_picture - tile_y * p.tiles_x;
    const int y0 = tile_y * kWarpgroups * kWarpgroupRows, x0 = tile_x * kTileColumns;
    const bool real = tile < p.tiles;  // the grid is rounded up to whole clusters

    // The input, a chunk of channels after the other, so that the first can be used while the others are under way.
    const T* picture = in + static_cast<int64_t>(real ? n : 0) * p.in_h * p.in_w * p.in_stride;
    const int pixels = p.halo_h * p.halo_w;
    for (int chunk = 0; chunk < chunks; ++chunk) {
      for (int i = threadIdx.x; i < pixels * (kChunk / 8); i += kWarpgroups * 128) {
        const int pixel = i / (kChunk / 8), plane = i % (kChunk / 8);
        const int hy = pixel / p.halo_w, hx = pixel - hy * p.halo_w;
        const int y = y0 + hy - p.pad_top, x = x0 + hx - p.pad_left;
        const bool valid = real && y >= 0 && x >= 0 && y < p.in_h && x < p.in_w;
        const T* source = picture + (valid ? (static_cast<int64_t>(y) * p.in_w + x) * p.in_stride + chunk * kChunk + plane * 8 : 0);
        const int place = kOperands == kSwizzled ? pixel * 128 + (plane ^ (pixel & 7)) * 16 : plane * p.plane + pixel * 16;
        CopyAsync16(halo + chunk * p.chunk_bytes + place, source, valid);
      }
      CommitCopies();
    }

    float sums[kN / 2];
#pragma unroll
    for (int i = 0; i < kN / 2; ++i) sums[i] = 0;
    // From lane 0, so that the compiler knows it to be the same for all of a warp: descriptors then live in uniform registers.
    const int warpgroup = __shfl_sync(0xffffffff, warp / 4, 0), thread = threadIdx.x % 128;
    constexpr int kPixelBytes = kOperands == kSwizzled ? 128 : 16;
    const uint32_t row_group = p.halo_w * kPixelBytes;
    const Matrix a = kOperands == kSwizzled ? Matrix::Swizzled(row_group) : Matrix::Interleaved(p.plane, row_group);
    const Matrix b = kOperands == kInterleaved ? Matrix::Interleaved(kN * 16, 128) : Matrix::Swizzled(1024);
    const uint32_t a_step = kOperands == kSwizzled ? 32 : 2 * p.plane, b_step = kOperands == kInterleaved ? 2 * kN * 16 : 32;
    const uint32_t column_step = p.dilation_w * kPixelBytes, row_step = p.dilation_h * row_group;
    uint32_t chunk_address = SharedAddress(halo) + warpgroup * kWarpgroupRows * row_group;
    const uint32_t stages_address = SharedAddress(stages);
    int stage = 0, before = -1;  // the stage of the step before, until it is given back
    uint32_t phase = 0;
    for (int chunk = 0; chunk < chunks; ++chunk, chunk_address += p.chunk_bytes) {
      WaitCopiesUpTo<7>(chunks - 1 - chunk);
      FenceAsyncProxy();
      asm volatile("bar.sync 1, %0;" ::"n"(kWarpgroups * 128) : "memory");
      uint32_t row = chunk_address;
      for (int r = 0; r < p.kernel_h; ++r, row += row_step) {
        uint32_t tap = row;
        for (int s = 0; s < p.kernel_w; ++s, tap += column_step) {
          const uint32_t weights_at = stages_address + stage * kStageBytes;
          WaitFor(&full[stage], phase);
          WgmmaFence();
#pragma unroll
          for (int k = 0; k < kChunk / 16; ++k) Wgmma<kN, T>::Run(sums, a.At(tap + k * a_step), b.At(weights_at + k * b_step));
          WgmmaCommit();
          // The step before is done once only this one is under way: its stage may be filled again.
          WgmmaWait<1>();
          if (before >= 0 && thread < kCluster) {
            if constexpr (kCluster > 1) {
              ArriveAt(&empty[before], thread);
            } else {
              Arrive(&empty[before]);
            }
          }
          before = stage;
          if (++stage == kStages) {
            stage = 0;
            phase ^= 1;
          }
        }
      }
    }
    WgmmaWait<0>();

    const int lane = thread % 32, row0 = thread / 32 * 16 + lane / 4;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = row0 + half * 8;
      const int y = y0 + warpgroup * kWarpgroupRows + row / kTileColumns, x = x0 + row % kTileColumns;
      if (!real || y >= p.out_h || x >= p.out_w) continue;
      T* to = out + ((static_cast<int64_t>(n) * p.out_h + y) * p.out_w + x) * p.out_stride;
#pragma unroll
      for (int j = 0; j < kN / 8; ++j) {
        const int k = blockIdx.y * kN + j * 8 + lane % 4 * 2;
        if (k >= p.out_k) continue;
        const float a = Activate(sums[j * 4 + half * 2] + bias[k], p.activation);
        const float b = Activate(sums[j * 4 + half * 2 + 1] + bias[k + 1], p.activation);
        *reinterpret_cast<uint32_t*>(to + k) = PackPair<T>(a, b);
      }
    }
  }
  // Nobody leaves while another block may still write to its memory or arrive at its barriers.
  if constexpr (kCluster > 1) {
    __syncwarp();
    SyncCluster();
  }
#endif
}

struct Variant {
  int warpgroups, channels, cluster, stages;
  Operands operands;
  const void* half_kernel;
  const void* bfloat_kernel;

  std::string name() const {
    return "halo:x" + std::to_string(operands) + "w" + std::to_string(warpgroups) + "n" + std::to_string(channels) + "c" + std::to_string(cluster) + "s" +
           std::to_string(stages);
  }
  int threads() const { return warpgroups * 128 + 32; }
};

template <int kWarpgroups, int kN, int kCluster, int kStages, Operands kOperands>
Variant MakeVariant() {
  static_assert(kStages <= kMaxStages && 2 * kMaxStages * 8 <= kBarrierBytes);
  return {kWarpgroups, kN, kCluster, kStages, kOperands, reinterpret_cast<const void*>(&HaloConvKernel<__half, kWarpgroups, kN, kCluster, kStages, kOperands>),
          reinterpret_cast<const void*>(&HaloConvKernel<__nv_bfloat16, kWarpgroups, kN, kCluster, kStages, kOperands>)};
}

// With four stages of 64 channels, two blocks of 7x7 convolutions of 128 channels fit on a multiprocessor: one computes
// while the other loads its input or writes its result.
const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants = {
      MakeVariant<2, 64, 1, 4, kSwizzled>(),         MakeVariant<2, 64, 2, 4, kSwizzled>(),  MakeVariant<2, 64, 1, 8, kSwizzled>(),
      MakeVariant<2, 128, 1, 6, kSwizzled>(),        MakeVariant<2, 128, 2, 6, kSwizzled>(), MakeVariant<1, 128, 2, 6, kSwizzled>(),
      MakeVariant<1, 64, 1, 4, kSwizzled>(),         MakeVariant<1, 64, 2, 4, kSwizzled>(),  MakeVariant<2, 64, 2, 8, kSwizzled>(),
      MakeVariant<2, 64, 1, 4, kWeightsSwizzled>(),  MakeVariant<2, 128, 1, 6, kWeightsSwizzled>(),
      MakeVariant<2, 64, 1, 4, kInterleaved>(),      MakeVariant<2, 128, 1, 6, kInterleaved>()};
  return variants;
}

HaloShape ShapeFor(const ConvProblem& p, const Variant& v) {
  const int rows = v.warpgroups * kWarpgroupRows;
  HaloShape s{.batch = p.batch, .in_h = p.in_h, .in_w = p.in_w, .in_c = p.in_c, .out_h = p.out_h, .out_w = p.out_w, .out_k = p.out_k,
              .kernel_h = p.window.kernel_h, .kernel_w = p.window.kernel_w, .dilation_h = p.window.dilation_h, .dilation_w = p.window.dilation_w,
              .pad_top = p.window.pad_top, .pad_left = p.window.pad_left, .in_stride = p.in_pixel_stride, .out_stride = p.out_pixel_stride,
              .activation = p.activation};
  s.tiles_x = (p.out_w + kTileColumns - 1) / kTileColumns;
  s.tiles_y = (p.out_h + rows - 1) / rows;
  s.tiles = s.tiles_x * s.tiles_y * p.batch;
  s.halo_h = rows + (p.window.kernel_h - 1) * p.window.dilation_h;
  s.halo_w = kTileColumns + (p.window.kernel_w - 1) * p.window.dilation_w;
  s.plane = PlaneBytes(s.halo_h, s.halo_w);
  s.chunk_bytes = v.operands == kSwizzled ? (s.halo_h * s.halo_w * 128 + 1023) / 1024 * 1024 : kChunk / 8 * s.plane;
  return s;
}

int64_t SharedBytes(const HaloShape& s, const Variant& v) {
  return kBarrierBytes + static_cast<int64_t>(v.stages) * kChunk * v.channels * 2 + static_cast<int64_t>(s.in_c / kChunk) * s.chunk_bytes;
}

bool Fits(const DeviceInfo& device, const ConvProblem& p, const Variant& v) {
  if (device.compute_major != 9 || device.compute_minor != 0) return false;
  if (StorageOf(p.precision) == DataType::kFloat32) return false;
  const Window& w = p.window;
  if (w.stride_h != 1 || w.stride_w != 1 || p.in_c % kChunk != 0 || p.in_c / kChunk > 8) return false;
  if (p.in_pixel_stride % 8 != 0 || p.out_pixel_stride % 2 != 0) return false;
  // More than half of the matrix instruction's channels would be padding.
  if (v.channels == 128 && p.out_k <= 64) return false;
  const int64_t wide = int64_t{w.kernel_w} * w.dilation_w + int64_t{w.kernel_h} * w.dilation_h;
  return wide < 1024 && SharedBytes(ShapeFor(p, v), v) <= kMaxShared;
}

class HaloConv final : public ConvAlgorithm {
 public:
  HaloConv(const ConvProblem& problem, const Variant& variant) : p_(problem), v_(variant), shape_(ShapeFor(problem, variant)) {
    blocks_k_ = (p_.out_k + v_.channels - 1) / v_.channels;
    kernel_ = StorageOf(p_.precision) == DataType::kFloat16 ? v_.half_kernel : v_.bfloat_kernel;
  }

  Status Prepare() {
    const int bytes = static_cast<int>(SharedBytes(shape_, v_));
    // For the largest that any shape asks for: kernels are shared between convolutions.
    SINEW_CUDA_RETURN_IF_ERROR(cudaFuncSetAttribute(kernel_, cudaFuncAttributeMaxDynamicSharedMemorySize, kMaxShared), "preparing a convolution");
    shared_bytes_ = bytes;
    return Status();
  }

  size_t workspace_bytes() const override { return 0; }
  std::string packing() const override { return (v_.operands == kInterleaved ? "halo-n" : "halo-swizzled-n") + std::to_string(v_.channels); }
  size_t packed_bytes() const override { return BiasOffset() + static_cast<size_t>(blocks_k_ * v_.channels) * sizeof(float); }

  void PackWeights(const float* kernel, const float* bias, void* packed) const override {
    const int taps = p_.window.kernel_h * p_.window.kernel_w, n = v_.channels;
    uint16_t* stage = static_cast<uint16_t*>(packed);
    for (int block = 0; block < blocks_k_; ++block) {
      for (int chunk = 0; chunk < p_.in_c / kChunk; ++chunk) {
        for (int tap = 0; tap < taps; ++tap, stage += kChunk * n) {
          for (int j = 0; j < n; ++j) {
            const int k = block * n + j;
            if (k >= p_.out_k) continue;  // zeros
            const float* from = kernel + (static_cast<size_t>(k) * taps + tap) * p_.in_c + chunk * kChunk;
            for (int c = 0; c < kChunk; ++c) {
              const int plane = c / 8;
              const int place = v_.operands == kInterleaved ? (plane * n + j) * 8 : j * kChunk + (plane ^ (j & 7)) * 8;
              stage[place + c % 8] = Bits(from[c]);
            }
          }
        }
      }
    }
    std::memcpy(static_cast<unsigned char*>(packed) + BiasOffset(), bias, static_cast<size_t>(p_.out_k) * sizeof(float));
  }

  Status Enqueue(const ConvArgs& args, Stream* stream) const override {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim = {static_cast<unsigned>(v_.cluster), 1, 1};
    cudaLaunchConfig_t config{};
    const unsigned tiles = static_cast<unsigned>((shape_.tiles + v_.cluster - 1) / v_.cluster * v_.cluster);
    config.gridDim = dim3(tiles, static_cast<unsigned>(blocks_k_));
    config.blockDim = dim3(static_cast<unsigned>(v_.threads()));
    config.dynamicSmemBytes = static_cast<size_t>(shared_bytes_);
    config.stream = AsCuda(stream);
    config.attrs = &attribute;
    config.numAttrs = v_.cluster > 1 ? 1 : 0;
    const void* bias = static_cast<const unsigned char*>(args.weights) + BiasOffset();
    HaloShape shape = shape_;
    const void* in = args.in;
    void* out = args.out;
    const void* weights = args.weights;
    void* arguments[] = {&shape, &in, &out, &weights, &bias};
    SINEW_CUDA_RETURN_IF_ERROR(cudaLaunchKernelExC(&config, kernel_, arguments), "running a convolution");
    return Status();
  }

 private:
  uint16_t Bits(float value) const {
    uint16_t bits;
    if (StorageOf(p_.precision) == DataType::kFloat16) {
      const __half half = __float2half_rn(value);
      std::memcpy(&bits, &half, 2);
    } else {
      const __nv_bfloat16 bfloat = __float2bfloat16_rn(value);
      std::memcpy(&bits, &bfloat, 2);
    }
    return bits;
  }
  size_t BiasOffset() const {
    const size_t taps = static_cast<size_t>(p_.window.kernel_h) * static_cast<size_t>(p_.window.kernel_w);
    return (static_cast<size_t>(blocks_k_ * v_.channels) * taps * static_cast<size_t>(p_.in_c) * 2 + 255) / 256 * 256;
  }

  ConvProblem p_;
  Variant v_;
  HaloShape shape_;
  int blocks_k_ = 0;
  const void* kernel_ = nullptr;
  int shared_bytes_ = 0;
};

}  // namespace

std::vector<std::string> HaloCandidates(const DeviceInfo& device, const ConvProblem& problem) {
  std::vector<std::string> names;
  for (const Variant& variant : Variants()) {
    if (Fits(device, problem, variant)) names.push_back(variant.name());
  }
  return names;
}

Result<std::unique_ptr<ConvAlgorithm>> MakeHaloConv(const DeviceInfo& device, const ConvProblem& problem, const std::string& name) {
  for (const Variant& variant : Variants()) {
    if (variant.name() != name) continue;
    if (!Fits(device, problem, variant)) break;
    auto conv = std::make_unique<HaloConv>(problem, variant);
    if (Status status = conv->Prepare(); !status.ok()) return status;
    return std::unique_ptr<ConvAlgorithm>(std::move(conv));
  }
  return Status(StatusCode::kUnsupported, "\"" + name + "\" does not solve this convolution");
}

}  // namespace sinew::cuda
