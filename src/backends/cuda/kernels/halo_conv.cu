// Convolution with its halo in shared memory.
#include "backends/cuda/kernels/halo_conv.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/kernels/elements.h"
#include "backends/cuda/kernels/hopper-inl.h"

namespace sinew::cuda {
namespace {

constexpr int kTileColumns = 8;    // what a core matrix takes
constexpr int kWarpgroupRows = 8;  // 8x8 pixels are the 64 rows of a matrix instruction
constexpr int kChunk = 64;         // input channels of a stage
constexpr int kPixelBytes = kChunk * 2;
constexpr int kMaxShared = 227 << 10;
constexpr int kBarrierBytes = 1024;  // two of 8 bytes for each stage; what follows begins at a multiple of 1024
constexpr int kMaxStages = 16;

struct HaloShape {
  int batch, in_h, in_w, in_c, out_h, out_w, out_k;
  int kernel_h, kernel_w, dilation_h, dilation_w, pad_top, pad_left;
  int tiles_x, tiles_y, tiles;      // tiles: of all pictures
  int halo_h, halo_w, chunk_bytes;  // chunk_bytes: of kChunk channels of the halo
  int64_t in_stride, out_stride;
  Activation activation;
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define SINEW_HOPPER 1

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

#endif  // SINEW_HOPPER; elsewhere the kernel is empty, and Fits refuses the device

template <class T, int kWarpgroups, int kN, int kStages>
__global__ void __launch_bounds__(kWarpgroups * 128 + 32, 1)
    HaloConvKernel(HaloShape p, const T* in, T* out, const T* weights, const float* bias) {
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
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i) {
      InitBarrier(&full[i], 1);
      InitBarrier(&empty[i], kWarpgroups);
    }
    FenceBarrierInit();
  }
  __syncthreads();

  if (warp == kWarpgroups * 4) {
    // The producer: a thread that streams the weights, the same bytes for all blocks of a row of the grid.
    if (threadIdx.x % 32 == 0) {
      const unsigned char* from =
          reinterpret_cast<const unsigned char*>(weights) + static_cast<int64_t>(blockIdx.y) * steps * kStageBytes;
      int stage = 0;
      uint32_t phase = 1;  // waiting for the phase before the first returns at once
      for (int step = 0; step < steps; ++step, from += kStageBytes) {
        WaitFor(&empty[stage], phase);
        ArriveExpect(&full[stage], kStageBytes);
        BulkCopy(stages + stage * kStageBytes, from, kStageBytes, &full[stage]);
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

    // The input, a chunk of channels after the other, so that the first can be used while the others are under way.
    const T* picture = in + static_cast<int64_t>(n) * p.in_h * p.in_w * p.in_stride;
    const int pixels = p.halo_h * p.halo_w;
    for (int chunk = 0; chunk < chunks; ++chunk) {
      for (int i = threadIdx.x; i < pixels * (kChunk / 8); i += kWarpgroups * 128) {
        const int pixel = i / (kChunk / 8), plane = i % (kChunk / 8);
        const int hy = pixel / p.halo_w, hx = pixel - hy * p.halo_w;
        const int y = y0 + hy - p.pad_top, x = x0 + hx - p.pad_left;
        const bool valid = y >= 0 && x >= 0 && y < p.in_h && x < p.in_w;
        const T* source =
            picture + (valid ? (static_cast<int64_t>(y) * p.in_w + x) * p.in_stride + chunk * kChunk + plane * 8 : 0);
        CopyAsync16(halo + chunk * p.chunk_bytes + pixel * kPixelBytes + (plane ^ (pixel & 7)) * 16, source, valid);
      }
      CommitCopies();
    }

    float sums[kN / 2];
#pragma unroll
    for (int i = 0; i < kN / 2; ++i) sums[i] = 0;
    // From lane 0, so that the compiler knows it to be the same for all of a warp: descriptors then live in uniform
    // registers.
    const int warpgroup = __shfl_sync(0xffffffff, warp / 4, 0), thread = threadIdx.x % 128;
    const uint32_t row_group = p.halo_w * kPixelBytes;
    const Matrix a = Matrix::Swizzled(row_group), b = Matrix::Swizzled(8 * kPixelBytes);
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
          for (int k = 0; k < kChunk / 16; ++k) Wgmma<kN, T>::Run(sums, a.At(tap + k * 32), b.At(weights_at + k * 32));
          WgmmaCommit();
          // The step before is done once only this one is under way: its stage may be filled again.
          WgmmaWait<1>();
          if (before >= 0 && thread == 0) Arrive(&empty[before]);
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
      if (y >= p.out_h || x >= p.out_w) continue;
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
#endif
}

struct Variant {
  int warpgroups, channels, stages;
  const void* half_kernel;
  const void* bfloat_kernel;

  std::string name() const {
    return "halo:w" + std::to_string(warpgroups) + "n" + std::to_string(channels) + "s" + std::to_string(stages);
  }
  int threads() const { return warpgroups * 128 + 32; }
};

template <int kWarpgroups, int kN, int kStages>
Variant MakeVariant() {
  static_assert(kStages <= kMaxStages && 2 * kMaxStages * 8 <= kBarrierBytes);
  return {kWarpgroups, kN, kStages, reinterpret_cast<const void*>(&HaloConvKernel<__half, kWarpgroups, kN, kStages>),
          reinterpret_cast<const void*>(&HaloConvKernel<__nv_bfloat16, kWarpgroups, kN, kStages>)};
}

// Few pixels want small blocks: 2x64 with as many stages as fit. With four stages two such blocks fit on a
// multiprocessor, and one computes while the other loads its input or writes its result. Many pixels want fewer bytes
// of weights for each: 2x128. (Clusters of blocks that share their weights by multicast were never faster on an H200,
// and are not here.)
const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants = {MakeVariant<2, 64, 8>(), MakeVariant<2, 64, 4>(),
                                                MakeVariant<2, 128, 6>(), MakeVariant<1, 64, 4>()};
  return variants;
}

HaloShape ShapeFor(const ConvProblem& p, const Variant& v) {
  const int rows = v.warpgroups * kWarpgroupRows;
  HaloShape s{.batch = p.batch,
              .in_h = p.in_h,
              .in_w = p.in_w,
              .in_c = p.in_c,
              .out_h = p.out_h,
              .out_w = p.out_w,
              .out_k = p.out_k,
              .kernel_h = p.window.kernel_h,
              .kernel_w = p.window.kernel_w,
              .dilation_h = p.window.dilation_h,
              .dilation_w = p.window.dilation_w,
              .pad_top = p.window.pad_top,
              .pad_left = p.window.pad_left,
              .in_stride = p.in_pixel_stride,
              .out_stride = p.out_pixel_stride,
              .activation = p.activation};
  s.tiles_x = (p.out_w + kTileColumns - 1) / kTileColumns;
  s.tiles_y = (p.out_h + rows - 1) / rows;
  s.tiles = s.tiles_x * s.tiles_y * p.batch;
  s.halo_h = rows + (p.window.kernel_h - 1) * p.window.dilation_h;
  s.halo_w = kTileColumns + (p.window.kernel_w - 1) * p.window.dilation_w;
  s.chunk_bytes = (s.halo_h * s.halo_w * kPixelBytes + 1023) / 1024 * 1024;
  return s;
}

int64_t SharedBytes(const HaloShape& s, const Variant& v) {
  return kBarrierBytes + static_cast<int64_t>(v.stages) * kChunk * v.channels * 2 +
         static_cast<int64_t>(s.in_c / kChunk) * s.chunk_bytes;
}

bool Fits(const DeviceInfo& device, const ConvProblem& p, const Variant& v) {
#if !defined(SINEW_CUDA_HAS_90A)
  return false;  // built without code for Hopper's own instructions
#endif
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
  HaloConv(const ConvProblem& problem, const Variant& variant)
      : p_(problem), v_(variant), shape_(ShapeFor(problem, variant)) {
    blocks_k_ = (p_.out_k + v_.channels - 1) / v_.channels;
    kernel_ = StorageOf(p_.precision) == DataType::kFloat16 ? v_.half_kernel : v_.bfloat_kernel;
  }

  Status Prepare() {
    const int bytes = static_cast<int>(SharedBytes(shape_, v_));
    // For the largest that any shape asks for: kernels are shared between convolutions.
    SINEW_CUDA_RETURN_IF_ERROR(cudaFuncSetAttribute(kernel_, cudaFuncAttributeMaxDynamicSharedMemorySize, kMaxShared),
                               "preparing a convolution");
    shared_bytes_ = bytes;
    return Status();
  }

  size_t workspace_bytes() const override { return 0; }
  std::string packing() const override { return "halo-n" + std::to_string(v_.channels); }
  size_t packed_bytes() const override {
    return BiasOffset() + static_cast<size_t>(blocks_k_ * v_.channels) * sizeof(float);
  }

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
              stage[j * kChunk + (c / 8 ^ (j & 7)) * 8 + c % 8] = Bits(from[c]);
            }
          }
        }
      }
    }
    std::memcpy(static_cast<unsigned char*>(packed) + BiasOffset(), bias,
                static_cast<size_t>(p_.out_k) * sizeof(float));
  }

  Status Enqueue(const ConvArgs& args, Stream* stream) const override {
    const void* bias = static_cast<const unsigned char*>(args.weights) + BiasOffset();
    HaloShape shape = shape_;
    const void* in = args.in;
    void* out = args.out;
    const void* weights = args.weights;
    void* arguments[] = {&shape, &in, &out, &weights, &bias};
    const dim3 grid(static_cast<unsigned>(shape_.tiles), static_cast<unsigned>(blocks_k_));
    SINEW_CUDA_RETURN_IF_ERROR(cudaLaunchKernel(kernel_, grid, dim3(static_cast<unsigned>(v_.threads())), arguments,
                                                static_cast<size_t>(shared_bytes_), AsCuda(stream)),
                               "running a convolution");
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

Result<std::unique_ptr<ConvAlgorithm>> MakeHaloConv(const DeviceInfo& device, const ConvProblem& problem,
                                                    const std::string& name) {
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
