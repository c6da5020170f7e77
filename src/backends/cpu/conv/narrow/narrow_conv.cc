// The three algorithms, one template each over what multiplies.
#include "backends/cpu/conv/narrow/narrow_conv.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/conv/narrow/band.h"
#include "backends/cpu/gemm/narrow/engines.h"
#include "backends/cpu/row_block.h"
#include "simd/narrow_types.h"

namespace sinew::cpu {
namespace {

#if SINEW_NARROW_KERNELS

constexpr size_t kNoTaps[] = {0};

// A block of pixels: find(pixel) gives what the pixel's row is made of, `depth` floats. Scratch: the rows and their
// scales.
template <class Engine, class Find>
void RunBlocks(const ConvProblem& p, const ConvArgs& args, int depth, size_t first_task, size_t last_task,
               float* scratch, const Find& find) {
  Engine engine;
  const RowBlocks blocks = MakeNarrowBlocks(Pixels(p), Engine::kType, depth);
  const size_t row_bytes = NarrowRowBytes(Engine::kType, depth);
  const size_t plane_bytes = RoundUpToTileRows(blocks.block) * row_bytes;
  std::byte* const rows = reinterpret_cast<std::byte*>(scratch);
  RowScale* const scales = reinterpret_cast<RowScale*>(scratch + NarrowRowsFloats(p, Engine::kType, depth));
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    const int count = blocks.Count(task);
    for (int i = 0; i < count; ++i) {
      ConvertScaled<Engine>(find(static_cast<int>(first) + i), depth, rows + static_cast<size_t>(i) * row_bytes,
                            plane_bytes, scales + i);
    }
    engine.Multiply({.rows = count, .taps = 1, .depth = depth, .columns = p.out_k, .activation = p.activation},
                    {.a = rows,
                     .row_bytes = row_bytes,
                     .plane_bytes = plane_bytes,
                     .tap_bytes = kNoTaps,
                     .packed = reinterpret_cast<const uint32_t*>(args.packed),
                     .bias = args.bias,
                     .out = args.output.data + first * args.output.pixel_stride,
                     .out_stride = args.output.pixel_stride,
                     .scales = scales});
  }
}

template <class Engine>
struct Pointwise {
  static void Run(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task,
                  float* scratch) noexcept {
    RunBlocks<Engine>(p, args, p.in_c, first_task, last_task, scratch, [&](int pixel) {
      return args.input.data + static_cast<size_t>(pixel) * args.input.pixel_stride;
    });
  }
};

// The inputs of output pixel (y, x), zeros outside the picture.
void Gather(const ConvProblem& p, const ConstView& in, int y, int x, float* to) {
  for (int r = 0; r < p.kernel_h; ++r) {
    const int row = y * p.stride_h + r * p.dilation_h - p.pad_top;
    for (int s = 0; s < p.kernel_w; ++s, to += p.in_c) {
      const int column = x * p.stride_w + s * p.dilation_w - p.pad_left;
      if (row < 0 || row >= p.in_h || column < 0 || column >= p.in_w) {
        std::fill_n(to, p.in_c, 0.0f);
      } else {
        const size_t pixel = static_cast<size_t>(row) * static_cast<size_t>(p.in_w) + static_cast<size_t>(column);
        std::copy_n(in.data + pixel * in.pixel_stride, p.in_c, to);
      }
    }
  }
}

// Scratch: that of a block, and behind it a row as floats.
template <class Engine>
struct Im2col {
  static void Run(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task,
                  float* scratch) noexcept {
    const int depth = WindowDepth(p);
    float* const gathered = scratch + NarrowBlockFloats(p, Engine::kType, depth);
    RunBlocks<Engine>(p, args, depth, first_task, last_task, scratch, [&](int pixel) {
      Gather(p, args.input, pixel / p.out_w, pixel % p.out_w, gathered);
      return gathered;
    });
  }
};

// The rows of the picture that output rows [y, y + t.height) need.
struct BandRows {
  int first, last;
};
BandRows RowsOfBand(const ConvProblem& p, const BandTiling& t, int y) {
  return {std::clamp(y - p.pad_top, 0, p.in_h), std::clamp(y - p.pad_top + t.rows, 0, p.in_h)};
}

// In I8, the scale of a band: one for all of its pixels, as they meet in sums.
template <class Engine>
RowScale BandScale(const ConvProblem& p, const ConstView& in, const BandTiling& t, int y) {
  if constexpr (!Engine::kScaled) return {};
  FloatRange range;
  const BandRows rows = RowsOfBand(p, t, y);
  for (int row = rows.first; row < rows.last; ++row) {
    const float* from = in.data + static_cast<size_t>(row) * static_cast<size_t>(p.in_w) * in.pixel_stride;
    for (int x = 0; x < p.in_w; ++x, from += in.pixel_stride) Engine::Widen(from, p.in_c, &range);
  }
  return MakeRowScale(range.low, range.high);
}

// The input that output rows from `y` on need, converted, with zeros around the picture.
template <class Engine>
void ConvertBand(const ConvProblem& p, const ConstView& in, const BandTiling& t, int y, RowScale scale,
                 std::byte* band) {
  const int left = std::min(p.pad_left, t.pitch);
  const int inside = std::clamp(p.in_w, 0, t.pitch - left);
  const auto zero = [&](std::byte* from, int pixels) {
    for (int plane = 0; plane < t.planes; ++plane) {
      std::memset(from + static_cast<size_t>(plane) * t.plane_bytes, scale.zero,
                  static_cast<size_t>(pixels) * t.pixel_bytes);
    }
  };
  std::byte* to = band;
  for (int i = 0; i < t.rows; ++i, to += static_cast<size_t>(t.pitch) * t.pixel_bytes) {
    const int row = y + i - p.pad_top;
    if (row < 0 || row >= p.in_h) {
      zero(to, t.pitch);
      continue;
    }
    zero(to, left);
    const float* from = in.data + static_cast<size_t>(row) * static_cast<size_t>(p.in_w) * in.pixel_stride;
    for (int x = 0; x < inside; ++x, from += in.pixel_stride)
      Engine::Convert(from, p.in_c, to + static_cast<size_t>(left + x) * t.pixel_bytes, t.plane_bytes, scale);
    zero(to + static_cast<size_t>(left + inside) * t.pixel_bytes, t.pitch - left - inside);
  }
}

template <class Engine>
struct Direct {
  static void Run(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task,
                  float* scratch) noexcept {
    Engine engine;
    const BandTiling t = MakeBandTiling(p, Engine::kType);
    std::byte* const band = reinterpret_cast<std::byte*>(scratch);
    size_t tap_bytes[kMostNarrowTaps];
    for (int r = 0, i = 0; r < p.kernel_h; ++r) {
      for (int s = 0; s < p.kernel_w; ++s, ++i)
        tap_bytes[i] = static_cast<size_t>(r * p.dilation_h * t.pitch + s * p.dilation_w) * t.pixel_bytes;
    }
    const size_t row_bytes = static_cast<size_t>(t.pitch) * t.pixel_bytes;
    for (size_t task = first_task; task < last_task; ++task) {
      const int y = static_cast<int>(task) * t.height, height = std::min(t.height, p.out_h - y);
      const RowScale scale = BandScale<Engine>(p, args.input, t, y);
      ConvertBand<Engine>(p, args.input, t, y, scale, band);
      // All rows of the band at once, or one after another.
      const int calls = Engine::kWholePictures ? 1 : height;
      for (int i = 0; i < calls; ++i) {
        const size_t pixel = static_cast<size_t>(y + i) * static_cast<size_t>(p.out_w);
        engine.Multiply({.rows = Engine::kWholePictures ? (height - 1) * t.pitch + p.out_w : p.out_w,
                         .taps = p.kernel_h * p.kernel_w,
                         .depth = p.in_c,
                         .columns = p.out_k,
                         .activation = p.activation},
                        {.a = band + static_cast<size_t>(i) * row_bytes,
                         .row_bytes = t.pixel_bytes,
                         .plane_bytes = t.plane_bytes,
                         .tap_bytes = tap_bytes,
                         .packed = reinterpret_cast<const uint32_t*>(args.packed),
                         .bias = args.bias,
                         .out = args.output.data + pixel * args.output.pixel_stride,
                         .out_stride = args.output.pixel_stride,
                         .pitch = t.pitch,
                         .width = p.out_w,
                         .scales = &scale,
                         .scale_step = 0});
      }
    }
  }
};

// The functions of one algorithm, by type and target.
template <template <class> class Kernel, DataType kType>
ConvAlgorithm::Run RunFor(Target target) {
  if (target == Target::kAmx) return Kernel<TilesEngine<AmxTiles, kType>>::Run;
  if (target == Target::kAvx512Bf16 && kType != DataType::kBF16Pair) return Kernel<DotsEngine<kType>>::Run;
  return nullptr;
}
template <template <class> class Kernel, DataType kType>
ConvAlgorithm::Run EmulatedFor(Target) {
  return SoftwareTiles::CanRun() ? Kernel<TilesEngine<SoftwareTiles, kType>>::Run : nullptr;
}

}  // namespace

#define SINEW_DEFINE_NARROW_CONV(algorithm)                         \
  template <DataType kType>                                         \
  ConvAlgorithm::Run Run##algorithm##NarrowFor(Target target) {     \
    return RunFor<algorithm, kType>(target);                        \
  }                                                                 \
  template <DataType kType>                                         \
  ConvAlgorithm::Run Emulate##algorithm##NarrowFor(Target target) { \
    return EmulatedFor<algorithm, kType>(target);                   \
  }

#else

}  // namespace

#define SINEW_DEFINE_NARROW_CONV(algorithm)                  \
  template <DataType>                                        \
  ConvAlgorithm::Run Run##algorithm##NarrowFor(Target) {     \
    return nullptr;                                          \
  }                                                          \
  template <DataType>                                        \
  ConvAlgorithm::Run Emulate##algorithm##NarrowFor(Target) { \
    return nullptr;                                          \
  }

#endif

SINEW_DEFINE_NARROW_CONV(Pointwise)
SINEW_DEFINE_NARROW_CONV(Im2col)
SINEW_DEFINE_NARROW_CONV(Direct)

#define SINEW_INSTANTIATE_NARROW_CONV(type)                            \
  template ConvAlgorithm::Run RunPointwiseNarrowFor<type>(Target);     \
  template ConvAlgorithm::Run EmulatePointwiseNarrowFor<type>(Target); \
  template ConvAlgorithm::Run RunIm2colNarrowFor<type>(Target);        \
  template ConvAlgorithm::Run EmulateIm2colNarrowFor<type>(Target);    \
  template ConvAlgorithm::Run RunDirectNarrowFor<type>(Target);        \
  template ConvAlgorithm::Run EmulateDirectNarrowFor<type>(Target);

SINEW_INSTANTIATE_NARROW_CONV(DataType::kBF16)
SINEW_INSTANTIATE_NARROW_CONV(DataType::kBF16Pair)
SINEW_INSTANTIATE_NARROW_CONV(DataType::kI8)

}  // namespace sinew::cpu
