// Direct convolution.
#include "backends/cuda/kernels/direct_conv.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/kernels/elements.h"

namespace sinew::cuda {
namespace {

constexpr int kThreads = 128;

// weights [R][S][C][K] fp32, then bias [K]: threads side by side read output channels side by side.
template <class T>
__global__ void __launch_bounds__(kThreads)
    DirectConvKernel(ConvProblem p, View in, View out, const float* weights, int64_t count) {
  const int64_t index = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (index >= count) return;
  const Position position = Locate(out, index);
  const Window& w = p.window;
  const float* bias = weights + static_cast<int64_t>(w.kernel_h) * w.kernel_w * p.in_c * p.out_k;
  Group sum = Load(bias + position.channel);
  for (int r = 0; r < w.kernel_h; ++r) {
    const int y = position.y * w.stride_h - w.pad_top + r * w.dilation_h;
    if (y < 0 || y >= p.in_h) continue;
    for (int s = 0; s < w.kernel_w; ++s) {
      const int x = position.x * w.stride_w - w.pad_left + s * w.dilation_w;
      if (x < 0 || x >= p.in_w) continue;
      const T* from = At<T>(in, PixelOf(in, position.n, y, x), 0);
      const float* tap = weights + static_cast<int64_t>(r * w.kernel_w + s) * p.in_c * p.out_k + position.channel;
      for (int c = 0; c < p.in_c; c += kGroup) {
        const Group values = Load(from + c);
#pragma unroll
        for (int i = 0; i < kGroup; ++i) {
          const Group kernel = Load(tap + static_cast<int64_t>(c + i) * p.out_k);
#pragma unroll
          for (int k = 0; k < kGroup; ++k) sum.v[k] += values.v[i] * kernel.v[k];
        }
      }
    }
  }
  for (int k = 0; k < kGroup; ++k) sum.v[k] = Activate(sum.v[k], p.activation);
  Store(sum, At<T>(out, position.pixel, position.channel));
}

class DirectConv final : public ConvAlgorithm {
 public:
  explicit DirectConv(const ConvProblem& problem) : p_(problem) {}
  size_t workspace_bytes() const override { return 0; }
  std::string packing() const override { return "rsck-f32"; }
  size_t packed_bytes() const override { return (Taps() * C() * K() + K()) * sizeof(float); }

  void PackWeights(const float* kernel, const float* bias, void* packed) const override {
    float* to = static_cast<float*>(packed);
    for (size_t tap = 0; tap < Taps(); ++tap) {
      for (size_t c = 0; c < C(); ++c) {
        for (size_t k = 0; k < K(); ++k) *to++ = kernel[(k * Taps() + tap) * C() + c];
      }
    }
    std::memcpy(to, bias, K() * sizeof(float));
  }

  Status Enqueue(const ConvArgs& args, Stream* stream) const override {
    const DataType type = StorageOf(p_.precision);
    const View in = {const_cast<void*>(args.in), type, p_.batch, p_.in_h, p_.in_w, p_.in_c, p_.in_pixel_stride};
    const View out = {args.out, type, p_.batch, p_.out_h, p_.out_w, p_.out_k, p_.out_pixel_stride};
    const int64_t count = out.pixels() * (p_.out_k / kGroup);
    const unsigned blocks = static_cast<unsigned>((count + kThreads - 1) / kThreads);
    const float* weights = static_cast<const float*>(args.weights);
    const cudaStream_t to = AsCuda(stream);
    switch (type) {
      case DataType::kFloat32:
        DirectConvKernel<float><<<blocks, kThreads, 0, to>>>(p_, in, out, weights, count);
        break;
      case DataType::kFloat16:
        DirectConvKernel<__half><<<blocks, kThreads, 0, to>>>(p_, in, out, weights, count);
        break;
      case DataType::kBFloat16:
        DirectConvKernel<__nv_bfloat16><<<blocks, kThreads, 0, to>>>(p_, in, out, weights, count);
        break;
    }
    SINEW_CUDA_RETURN_IF_ERROR(cudaGetLastError(), "running a direct convolution");
    return Status();
  }

 private:
  size_t Taps() const { return static_cast<size_t>(p_.window.kernel_h) * static_cast<size_t>(p_.window.kernel_w); }
  size_t C() const { return static_cast<size_t>(p_.in_c); }
  size_t K() const { return static_cast<size_t>(p_.out_k); }
  ConvProblem p_;
};

}  // namespace

std::unique_ptr<ConvAlgorithm> MakeDirectConv(const ConvProblem& problem) {
  return std::make_unique<DirectConv>(problem);
}

}  // namespace sinew::cuda
