// What one thread of the backend's own kernels does: kChannelMultiple channels of one pixel, or one value of a copy.
//
// The same functions run on the device (kernels.cu) and on the CPU (elements_test.cc), where each is compared with a
// calculation in double precision. T is how values are stored; all arithmetic is fp32. Stored channels come in groups
// of kChannelMultiple, aligned to their size, so that a group of halves is one 16-byte access.
#pragma once

#include <cmath>
#include <cstdint>

#include "backends/cuda/device.h"

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define SINEW_HD __host__ __device__ __forceinline__
#else
#define SINEW_HD inline
#endif

namespace sinew::cuda {

inline constexpr int kGroup = kChannelMultiple;

struct Group {
  float v[kGroup];
};

SINEW_HD float ToFloat(float value) { return value; }
SINEW_HD void FromFloat(float value, float* to) { *to = value; }
#if defined(__CUDACC__)
SINEW_HD float ToFloat(__half value) { return __half2float(value); }
SINEW_HD void FromFloat(float value, __half* to) { *to = __float2half_rn(value); }
SINEW_HD float ToFloat(__nv_bfloat16 value) { return __bfloat162float(value); }
SINEW_HD void FromFloat(float value, __nv_bfloat16* to) { *to = __float2bfloat16_rn(value); }
#endif

// A group as it is stored: one or two 16-byte accesses.
template <class T>
struct alignas(16) Stored {
  T v[kGroup];
};

template <class T>
SINEW_HD Group Load(const T* from) {
  const Stored<T> stored = *reinterpret_cast<const Stored<T>*>(from);
  Group group;
  for (int i = 0; i < kGroup; ++i) group.v[i] = ToFloat(stored.v[i]);
  return group;
}
template <class T>
SINEW_HD void Store(const Group& group, T* to) {
  Stored<T> stored;
  for (int i = 0; i < kGroup; ++i) FromFloat(group.v[i], &stored.v[i]);
  *reinterpret_cast<Stored<T>*>(to) = stored;
}

SINEW_HD float Activate(float value, Activation activation) {
  if (activation == Activation::kNone) return value;
  value = value > 0 ? value : 0.0f * value;  // keeps NaN
  if (activation == Activation::kRelu6 && value > 6) value = 6;
  return value;
}

template <class T>
SINEW_HD T* At(const View& view, int64_t pixel, int channel) {
  return static_cast<T*>(view.data) + pixel * view.pixel_stride + channel;
}

// Division of 64-bit numbers costs a GPU several times what that of 32-bit ones does.
SINEW_HD int64_t Quotient(int64_t a, int b) {
  if (a <= 0xffffffff) return static_cast<uint32_t>(a) / static_cast<uint32_t>(b);
  return a / b;
}

// Where a thread's group lies: `index` counts the output's groups, channels fastest.
struct Position {
  int n, y, x, channel;
  int64_t pixel;  // of the output, over the batch
};
SINEW_HD Position Locate(const View& out, int64_t index) {
  const int groups = out.channels / kGroup;
  Position p;
  p.pixel = Quotient(index, groups);
  p.channel = static_cast<int>(index - p.pixel * groups) * kGroup;
  const int64_t row = Quotient(p.pixel, out.width);
  p.x = static_cast<int>(p.pixel - row * out.width);
  p.n = static_cast<int>(Quotient(row, out.height));
  p.y = static_cast<int>(row - static_cast<int64_t>(p.n) * out.height);
  return p;
}
SINEW_HD int64_t PixelOf(const View& view, int n, int y, int x) {
  return (static_cast<int64_t>(n) * view.height + y) * view.width + x;
}

template <class T>
SINEW_HD void DepthwiseElement(const DepthwiseCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const Window& w = call.window;
  Group sum = Load(call.bias + p.channel);
  for (int r = 0; r < w.kernel_h; ++r) {
    const int y = p.y * w.stride_h - w.pad_top + r * w.dilation_h;
    if (y < 0 || y >= call.in.height) continue;
    for (int s = 0; s < w.kernel_w; ++s) {
      const int x = p.x * w.stride_w - w.pad_left + s * w.dilation_w;
      if (x < 0 || x >= call.in.width) continue;
      const Group in = Load(At<T>(call.in, PixelOf(call.in, p.n, y, x), p.channel));
      const Group kernel = Load(call.kernel + static_cast<int64_t>(r * w.kernel_w + s) * call.out.channels + p.channel);
      for (int i = 0; i < kGroup; ++i) sum.v[i] += in.v[i] * kernel.v[i];
    }
  }
  for (int i = 0; i < kGroup; ++i) sum.v[i] = Activate(sum.v[i], call.activation);
  Store(sum, At<T>(call.out, p.pixel, p.channel));
}

template <class T>
SINEW_HD void PoolElement(const PoolCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const Window& w = call.window;
  Group most;
  for (int i = 0; i < kGroup; ++i) most.v[i] = -INFINITY;
  for (int r = 0; r < w.kernel_h; ++r) {
    const int y = p.y * w.stride_h - w.pad_top + r;
    if (y < 0 || y >= call.in.height) continue;
    for (int s = 0; s < w.kernel_w; ++s) {
      const int x = p.x * w.stride_w - w.pad_left + s;
      if (x < 0 || x >= call.in.width) continue;
      const Group in = Load(At<T>(call.in, PixelOf(call.in, p.n, y, x), p.channel));
      for (int i = 0; i < kGroup; ++i) most.v[i] = in.v[i] > most.v[i] || in.v[i] != in.v[i] ? in.v[i] : most.v[i];
    }
  }
  Store(most, At<T>(call.out, p.pixel, p.channel));
}

// One coordinate of a bilinear resize: out = in[low] + (in[high] - in[low]) * weight.
struct ResizeAxis {
  int low, high;
  float weight;
};
// TensorFlow's: the scale is a float, and so are positions.
SINEW_HD ResizeAxis ResizePosition(int out_index, int in_size, int out_size, bool align_corners,
                                   bool half_pixel_centers) {
  const float scale = align_corners && out_size > 1 ? static_cast<float>(in_size - 1) / static_cast<float>(out_size - 1)
                                                    : static_cast<float>(in_size) / static_cast<float>(out_size);
  const float position = half_pixel_centers ? (static_cast<float>(out_index) + 0.5f) * scale - 0.5f
                                            : static_cast<float>(out_index) * scale;
  const float floor = floorf(position);
  ResizeAxis axis;
  axis.low = floor < 0 ? 0 : static_cast<int>(floor);
  if (axis.low > in_size - 1) axis.low = in_size - 1;
  const int next = static_cast<int>(floor) + 1;
  axis.high = next < in_size - 1 ? next : in_size - 1;
  axis.weight = position - floor;
  return axis;
}

template <class T>
SINEW_HD void ResizeElement(const ResizeCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const ResizeAxis y =
      ResizePosition(p.y, call.in.height, call.out.height, call.align_corners, call.half_pixel_centers);
  const ResizeAxis x = ResizePosition(p.x, call.in.width, call.out.width, call.align_corners, call.half_pixel_centers);
  const auto load = [&](int yy, int xx) { return Load(At<T>(call.in, PixelOf(call.in, p.n, yy, xx), p.channel)); };
  const Group a = load(y.low, x.low), b = load(y.low, x.high), c = load(y.high, x.low), d = load(y.high, x.high);
  Group out;
  for (int i = 0; i < kGroup; ++i) {
    const float top = a.v[i] + (b.v[i] - a.v[i]) * x.weight;
    const float bottom = c.v[i] + (d.v[i] - c.v[i]) * x.weight;
    out.v[i] = top + (bottom - top) * y.weight;
  }
  Store(out, At<T>(call.out, p.pixel, p.channel));
}

template <class T>
SINEW_HD void AddElement(const AddCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const Group a = Load(At<T>(call.a, p.pixel, p.channel)), b = Load(At<T>(call.b, p.pixel, p.channel));
  Group out;
  for (int i = 0; i < kGroup; ++i) out.v[i] = Activate(a.v[i] + b.v[i], call.activation);
  Store(out, At<T>(call.out, p.pixel, p.channel));
}

template <class T>
SINEW_HD void ScaleShiftElement(const ScaleShiftCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  Group out = Load(At<T>(call.in, p.pixel, p.channel));
  const Group shift = Load(call.shift + p.channel);
  if (call.scale != nullptr) {
    const Group scale = Load(call.scale + p.channel);
    for (int i = 0; i < kGroup; ++i) out.v[i] *= scale.v[i];
  }
  for (int i = 0; i < kGroup; ++i) out.v[i] = Activate(out.v[i] + shift.v[i], call.activation);
  Store(out, At<T>(call.out, p.pixel, p.channel));
}

// `index` counts the output's values.
template <class From, class To>
SINEW_HD void CopyElement(const CopyCall& call, int64_t index) {
  const int64_t pixel = Quotient(index, call.out.channels);
  const int channel = static_cast<int>(index - pixel * call.out.channels);
  const int64_t row = Quotient(pixel, call.out.width);
  const int n = static_cast<int>(Quotient(row, call.out.height));
  const int y = static_cast<int>(row - static_cast<int64_t>(n) * call.out.height) - call.pad_top;
  const int x = static_cast<int>(pixel - row * call.out.width) - call.pad_left;
  const int source = call.source == nullptr ? channel : call.source[channel];
  float value = 0;
  if (source >= 0 && y >= 0 && x >= 0 && y < call.in.height && x < call.in.width) {
    value = ToFloat(*At<From>(call.in, PixelOf(call.in, n, y, x), source));
  }
  FromFloat(value, At<To>(call.out, pixel, channel));
}

// A group of values of a copy whose output has whole groups; channels as CopyElement has them.
template <class From, class To>
SINEW_HD void CopyGatherElement(const CopyCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const int y = p.y - call.pad_top, x = p.x - call.pad_left;
  Group group{};
  if (y >= 0 && x >= 0 && y < call.in.height && x < call.in.width) {
    const From* pixel = At<From>(call.in, PixelOf(call.in, p.n, y, x), 0);
    for (int i = 0; i < kGroup; ++i) {
      const int source = call.source == nullptr ? p.channel + i : call.source[p.channel + i];
      if (source >= 0) group.v[i] = ToFloat(pixel[source]);
    }
  }
  Store(group, At<To>(call.out, p.pixel, p.channel));
}

// A group of a copy whose channels stay as they are.
template <class T>
SINEW_HD void CopyGroupElement(const CopyCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const int y = p.y - call.pad_top, x = p.x - call.pad_left;
  Group group{};
  if (y >= 0 && x >= 0 && y < call.in.height && x < call.in.width)
    group = Load(At<T>(call.in, PixelOf(call.in, p.n, y, x), p.channel));
  Store(group, At<T>(call.out, p.pixel, p.channel));
}

// --- Normalisation: moments of blocks of pixels, their combination, a scale and shift for each picture and channel ---

// Of the pixels [first, last) of one picture that block `block` of kMomentBlocks takes.
SINEW_HD void MomentRange(int pixels, int block, int* first, int* last) {
  *first = static_cast<int>(static_cast<int64_t>(pixels) * block / kMomentBlocks);
  *last = static_cast<int>(static_cast<int64_t>(pixels) * (block + 1) / kMomentBlocks);
}

// Sums of (x - origin) and its square: with the origin near the values, squares do not cancel as those of x would.
struct Moments {
  Group origin, sum, squares;
};
template <class T>
SINEW_HD Moments AccumulateMoments(const View& in, int64_t first_pixel, int64_t last_pixel, int64_t step,
                                   int64_t origin_pixel, int channel) {
  Moments m{};
  m.origin = Load(At<T>(in, origin_pixel, channel));
  for (int64_t pixel = first_pixel; pixel < last_pixel; pixel += step) {
    const Group in_group = Load(At<T>(in, pixel, channel));
    for (int i = 0; i < kGroup; ++i) {
      const float d = in_group.v[i] - m.origin.v[i];
      m.sum.v[i] += d;
      m.squares.v[i] += d * d;
    }
  }
  return m;
}

// Scratch of a NormalizeCall: [batch][kMomentBlocks][2][C] means and sums of squared deviations, then [batch][2][C]
// scales and shifts.
SINEW_HD int64_t MomentIndex(int n, int block, int which, int channels, int channel) {
  return ((static_cast<int64_t>(n) * kMomentBlocks + block) * 2 + which) * channels + channel;
}
SINEW_HD int64_t NormalizeFactorIndex(int batch, int n, int which, int channels, int channel) {
  return static_cast<int64_t>(batch) * kMomentBlocks * 2 * channels + (static_cast<int64_t>(n) * 2 + which) * channels +
         channel;
}

// Scale and shift of one picture and channel, from its blocks' moments (Chan, Golub & LeVeque 1983). In double: it is
// little work, and the mean of a quarter of a million values wants it.
SINEW_HD void NormalizeFactors(const NormalizeCall& call, int n, int channel) {
  const int pixels = call.in.height * call.in.width, channels = call.in.channels;
  double count = 0, mean = 0, deviations = 0;
  for (int block = 0; block < kMomentBlocks; ++block) {
    int first, last;
    MomentRange(pixels, block, &first, &last);
    if (first == last) continue;
    const double more = last - first;
    const double delta = call.sums[MomentIndex(n, block, 0, channels, channel)] - mean;
    deviations +=
        call.sums[MomentIndex(n, block, 1, channels, channel)] + delta * delta * count * more / (count + more);
    mean += delta * more / (count + more);
    count += more;
  }
  const double scale = call.gamma[channel] / sqrt(deviations / count + static_cast<double>(call.epsilon));
  // Padding channels are all zeros: with an epsilon of 0 their scale would be 0 / 0.
  const bool padding = call.gamma[channel] == 0;
  call.sums[NormalizeFactorIndex(call.in.batch, n, 0, channels, channel)] = padding ? 0.0f : static_cast<float>(scale);
  call.sums[NormalizeFactorIndex(call.in.batch, n, 1, channels, channel)] =
      padding ? call.beta[channel] : static_cast<float>(call.beta[channel] - mean * scale);
}

template <class T>
SINEW_HD void NormalizeElement(const NormalizeCall& call, int64_t index) {
  const Position p = Locate(call.out, index);
  const int channels = call.in.channels;
  Group out = Load(At<T>(call.in, p.pixel, p.channel));
  const Group scale = Load(call.sums + NormalizeFactorIndex(call.in.batch, p.n, 0, channels, p.channel));
  const Group shift = Load(call.sums + NormalizeFactorIndex(call.in.batch, p.n, 1, channels, p.channel));
  for (int i = 0; i < kGroup; ++i) out.v[i] = Activate(out.v[i] * scale.v[i] + shift.v[i], call.activation);
  Store(out, At<T>(call.out, p.pixel, p.channel));
}

}  // namespace sinew::cuda
