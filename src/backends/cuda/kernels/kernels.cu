// Launches of what elements.h does for one thread, and the reduction of normalisation.
#include "backends/cuda/kernels/kernels.h"

#include <algorithm>

#include "backends/cuda/kernels/elements.h"

namespace sinew::cuda {
namespace {

constexpr int kThreads = 128;
// Beyond this a thread takes several groups.
constexpr int64_t kMaxBlocks = 1 << 20;

template <class Work>
__global__ void __launch_bounds__(kThreads) ForEach(Work work, int64_t count) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count; i += step) work(i);
}

template <class Work>
cudaError_t Launch(const Work& work, int64_t count, cudaStream_t stream) {
  const int64_t blocks = std::clamp<int64_t>((count + kThreads - 1) / kThreads, 1, kMaxBlocks);
  ForEach<<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>(work, count);
  return cudaGetLastError();
}

int64_t Groups(const View& out) { return out.pixels() * (out.channels / kGroup); }

// Calls `run` with a value of the type that `type` names.
template <class Run>
cudaError_t WithType(DataType type, const Run& run) {
  switch (type) {
    case DataType::kFloat32:
      return run(float{});
    case DataType::kFloat16:
      return run(__half{});
    case DataType::kBFloat16:
      return run(__nv_bfloat16{});
  }
  return cudaErrorInvalidValue;
}

#define SINEW_WORK(Name, Call)                                                 \
  template <class T>                                                           \
  struct Name##Work {                                                          \
    Call call;                                                                 \
    __device__ void operator()(int64_t i) const { Name##Element<T>(call, i); } \
  };
SINEW_WORK(Depthwise, DepthwiseCall)
SINEW_WORK(Pool, PoolCall)
SINEW_WORK(Resize, ResizeCall)
SINEW_WORK(Normalize, NormalizeCall)
SINEW_WORK(Add, AddCall)
SINEW_WORK(ScaleShift, ScaleShiftCall)
SINEW_WORK(CopyGroup, CopyCall)
#undef SINEW_WORK

template <class From, class To>
struct CopyWork {
  CopyCall call;
  __device__ void operator()(int64_t i) const { CopyElement<From, To>(call, i); }
};

template <class From, class To>
struct CopyGatherWork {
  CopyCall call;
  __device__ void operator()(int64_t i) const { CopyGatherElement<From, To>(call, i); }
};

template <template <class> class Work, class Call>
cudaError_t LaunchGroups(const Call& call, cudaStream_t stream) {
  return WithType(call.out.type, [&](auto t) { return Launch(Work<decltype(t)>{call}, Groups(call.out), stream); });
}

// --- Normalisation ---

constexpr int kMomentThreads = 256;

// A block takes one range of pixels of one picture and, in turn, every group of channels: threads side by side take
// groups side by side, so that their loads join.
template <class T>
__global__ void __launch_bounds__(kMomentThreads) MomentsKernel(NormalizeCall call) {
  __shared__ float sums[kMomentThreads][2];
  const int block = blockIdx.x, n = blockIdx.y;
  const int pixels = call.in.height * call.in.width, channels = call.in.channels, groups = channels / kGroup;
  const int across = min(groups, 32), rows = kMomentThreads / across;  // threads
  const int my_group = threadIdx.x % across, my_row = threadIdx.x / across;
  int first, last;
  MomentRange(pixels, block, &first, &last);
  if (first == last) return;
  const int64_t picture = static_cast<int64_t>(n) * pixels;
  for (int begin = 0; begin < groups; begin += across) {
    const int group = begin + my_group;
    const bool active = my_row < rows && group < groups;
    Moments m{};
    if (active)
      m = AccumulateMoments<T>(call.in, picture + first + my_row, picture + last, rows, picture + first,
                               group * kGroup);
#pragma unroll
    for (int i = 0; i < kGroup; ++i) {
      sums[threadIdx.x][0] = m.sum.v[i];
      sums[threadIdx.x][1] = m.squares.v[i];
      __syncthreads();
      if (active && my_row == 0) {
        float sum = 0, squares = 0;
        for (int row = 0; row < rows; ++row) {
          sum += sums[row * across + my_group][0];
          squares += sums[row * across + my_group][1];
        }
        const float count = static_cast<float>(last - first);
        call.sums[MomentIndex(n, block, 0, channels, group * kGroup + i)] = m.origin.v[i] + sum / count;
        call.sums[MomentIndex(n, block, 1, channels, group * kGroup + i)] = squares - sum * sum / count;
      }
      __syncthreads();
    }
  }
}

struct FactorsWork {
  NormalizeCall call;
  __device__ void operator()(int64_t i) const {
    NormalizeFactors(call, static_cast<int>(i / call.in.channels), static_cast<int>(i % call.in.channels));
  }
};

cudaError_t LaunchNormalize(const NormalizeCall& call, cudaStream_t stream) {
  return WithType(call.in.type, [&](auto t) {
    using T = decltype(t);
    MomentsKernel<T><<<dim3(kMomentBlocks, static_cast<unsigned>(call.in.batch)), kMomentThreads, 0, stream>>>(call);
    if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) return error;
    if (const cudaError_t error =
            Launch(FactorsWork{call}, static_cast<int64_t>(call.in.batch) * call.in.channels, stream);
        error != cudaSuccess)
      return error;
    return Launch(NormalizeWork<T>{call}, Groups(call.out), stream);
  });
}

// --- Copies ---

bool IsAligned(const View& view) {
  return view.channels % kGroup == 0 && view.pixel_stride % kGroup == 0 &&
         reinterpret_cast<uintptr_t>(view.data) % 16 == 0;
}

cudaError_t LaunchCopy(const CopyCall& call, cudaStream_t stream) {
  if (call.in.type == call.out.type && call.source == nullptr && IsAligned(call.in) && IsAligned(call.out)) {
    return LaunchGroups<CopyGroupWork>(call, stream);
  }
  return WithType(call.in.type, [&](auto from) {
    return WithType(call.out.type, [&](auto to) {
      if (IsAligned(call.out))
        return Launch(CopyGatherWork<decltype(from), decltype(to)>{call}, Groups(call.out), stream);
      return Launch(CopyWork<decltype(from), decltype(to)>{call}, call.out.pixels() * call.out.channels, stream);
    });
  });
}

struct Launcher {
  cudaStream_t stream;
  cudaError_t operator()(const DepthwiseCall& call) const { return LaunchGroups<DepthwiseWork>(call, stream); }
  cudaError_t operator()(const PoolCall& call) const { return LaunchGroups<PoolWork>(call, stream); }
  cudaError_t operator()(const ResizeCall& call) const { return LaunchGroups<ResizeWork>(call, stream); }
  cudaError_t operator()(const NormalizeCall& call) const { return LaunchNormalize(call, stream); }
  cudaError_t operator()(const AddCall& call) const { return LaunchGroups<AddWork>(call, stream); }
  cudaError_t operator()(const ScaleShiftCall& call) const { return LaunchGroups<ScaleShiftWork>(call, stream); }
  cudaError_t operator()(const CopyCall& call) const { return LaunchCopy(call, stream); }
};

}  // namespace

cudaError_t LaunchKernel(const KernelCall& call, cudaStream_t stream) { return std::visit(Launcher{stream}, call); }

cudaError_t CheckArchitecture() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(&ForEach<FactorsWork>));
}

}  // namespace sinew::cuda
