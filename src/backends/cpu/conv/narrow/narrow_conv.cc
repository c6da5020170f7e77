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

// Whether the picture is stored as what the engine multiplies.
template <class Engine>
bool IsStoredNarrow(const ConvArgs& args) {
  return Engine::kType == DataType::kBF16 && args.bf16_input.data != nullptr;
}

// What a product is made of beside rows of `a`: results go to pixel number `pixel` of the output and those behind it.
NarrowArgs ProductArgs(const ConvArgs& args, const size_t* tap_bytes, size_t pixel) {
  NarrowArgs g = {.tap_bytes = tap_bytes, .packed = reinterpret_cast<const uint32_t*>(args.packed), .bias = args.bias};
  if (args.bf16_output.data != nullptr) {
    g.out_stride = args.bf16_output.pixel_stride;
    g.bf16_out = args.bf16_output.data + pixel * g.out_stride;
  } else {
    g.out_stride = args.output.pixel_stride;
    g.out = args.output.data + pixel * g.out_stride;
  }
  return g;
}

// Blocks of pixels: set_rows(first, count, g) sets the rows of `a` that those pixels have.
template <class Engine, class SetRows>
void RunBlocks(const ConvProblem& p, const ConvArgs& args, int depth, size_t first_task, size_t last_task,
               const SetRows& set_rows) {
  Engine engine;
  const RowBlocks blocks = MakeNarrowBlocks(Pixels(p), Engine::kType, depth);
  for (size_t task = first_task; task < last_task; ++task) {
    const size_t first = blocks.First(task);
    const int count = blocks.Count(task);
    NarrowArgs g = ProductArgs(args, kNoTaps, first);
    set_rows(first, count, &g);
    engine.Multiply({.rows = count, .taps = 1, .depth = depth, .columns = p.out_k, .activation = p.activation}, g);
  }
}

// The rows of a block in scratch, and their scales behind them.
template <class Engine>
class ScratchRows {
 public:
  ScratchRows(const ConvProblem& p, int depth, float* scratch)
      : row_bytes_(NarrowRowBytes(Engine::kType, depth)),
        plane_bytes_(RoundUpToTileRows(MakeNarrowBlocks(Pixels(p), Engine::kType, depth).block) * row_bytes_),
        rows_(reinterpret_cast<std::byte*>(scratch)),
        scales_(reinterpret_cast<RowScale*>(scratch + NarrowRowsFloats(p, Engine::kType, depth))) {}

  // convert(i, row, plane_bytes, scale) writes the row of the block's i-th pixel.
  template <class Convert>
  void Set(int count, const Convert& convert, NarrowArgs* g) const {
    for (int i = 0; i < count; ++i) {
      convert(static_cast<size_t>(i), rows_ + static_cast<size_t>(i) * row_bytes_, plane_bytes_, scales_ + i);
    }
    g->a = rows_;
    g->row_bytes = row_bytes_;
    g->plane_bytes = plane_bytes_;
    g->scales = scales_;
  }

 private:
  size_t row_bytes_, plane_bytes_;
  std::byte* rows_;
  RowScale* scales_;
};

// Pixels that are stored as rows of whole tiles are multiplied where they lie.
template <class Engine>
struct Pointwise {
  static void Run(const ConvProblem& p, const ConvArgs& args, size_t first_task, size_t last_task,
                  float* scratch) noexcept {
    const ScratchRows<Engine> scratch_rows(p, p.in_c, scratch);
    const bool is_narrow = IsStoredNarrow<Engine>(args);
    const bool has_whole_tiles = NarrowRowBytes(DataType::kBF16, p.in_c) == static_cast<size_t>(p.in_c) * 2;
    const auto set_rows = [&](size_t first, int count, NarrowArgs* g) {
      // Tiles read rows in whole, as long as there are some.
      const size_t read = Engine::kWholePictures ? RoundUpToTileRows(count) : static_cast<size_t>(count);
      if (is_narrow && has_whole_tiles && first + read <= static_cast<size_t>(Pixels(p))) {
        g->row_bytes = args.bf16_input.pixel_stride * sizeof(uint16_t);
        g->a = reinterpret_cast<const std::byte*>(args.bf16_input.data) + first * g->row_bytes;
        return;
      }
      const auto convert = [&](size_t i, std::byte* row, size_t plane_bytes, RowScale* scale) {
        if (is_narrow) {
          CopyBf16Row(args.bf16_input.data + (first + i) * args.bf16_input.pixel_stride, p.in_c, row);
        } else {
          ConvertScaled<Engine>(args.input.data + (first + i) * args.input.pixel_stride, p.in_c, row, plane_bytes,
                                scale);
        }
      };
      scratch_rows.Set(count, convert, g);
    };
    RunBlocks<Engine>(p, args, p.in_c, first_task, last_task, set_rows);
  }
};

// The inputs of output pixel (y, x), zeros outside the picture.
template <class InputView, class Number>
void Gather(const ConvProblem& p, const InputView& in, int y, int x, Number* to) {
  for (int r = 0; r < p.kernel_h; ++r) {
    const int row = y * p.stride_h + r * p.dilation_h - p.pad_top;
    for (int s = 0; s < p.kernel_w; ++s, to += p.in_c) {
      const int column = x * p.stride_w + s * p.dilation_w - p.pad_left;
      if (row < 0 || row >= p.in_h || column < 0 || column >= p.in_w) {
        std::fill_n(to, p.in_c, Number{0});
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
    const ScratchRows<Engine> scratch_rows(p, depth, scratch);
    float* const gathered = scratch + NarrowBlockFloats(p, Engine::kType, depth);
    const bool is_narrow = IsStoredNarrow<Engine>(args);
    const auto set_rows = [&](size_t first, int count, NarrowArgs* g) {
      const auto convert = [&](size_t i, std::byte* row, size_t plane_bytes, RowScale* scale) {
        const int pixel = static_cast<int>(first + i), y = pixel / p.out_w, x = pixel % p.out_w;
        if (is_narrow) {
          const size_t bytes = static_cast<size_t>(depth) * sizeof(uint16_t);
          Gather(p, args.bf16_input, y, x, reinterpret_cast<uint16_t*>(row));
          std::memset(row + bytes, 0, NarrowRowBytes(DataType::kBF16, depth) - bytes);
        } else {
          Gather(p, args.input, y, x, gathered);
          ConvertScaled<Engine>(gathered, depth, row, plane_bytes, scale);
        }
      };
      scratch_rows.Set(count, convert, g);
    };
    RunBlocks<Engine>(p, args, depth, first_task, last_task, set_rows);
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
void ConvertBand(const ConvProblem& p, const ConvArgs& args, const BandTiling& t, int y, RowScale scale,
                 std::byte* band) {
  const bool is_narrow = IsStoredNarrow<Engine>(args);
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
    for (int x = 0; x < inside; ++x) {
      const size_t pixel = static_cast<size_t>(row) * static_cast<size_t>(p.in_w) + static_cast<size_t>(x);
      std::byte* const place = to + static_cast<size_t>(left + x) * t.pixel_bytes;
      if (is_narrow) {
        CopyBf16Row(args.bf16_input.data + pixel * args.bf16_input.pixel_stride, p.in_c, place);
      } else {
        Engine::Convert(args.input.data + pixel * args.input.pixel_stride, p.in_c, place, t.plane_bytes, scale);
      }
    }
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
      ConvertBand<Engine>(p, args, t, y, scale, band);
      // All rows of the band at once, or one after another.
      const int calls = Engine::kWholePictures ? 1 : height;
      for (int i = 0; i < calls; ++i) {
        NarrowArgs g = ProductArgs(args, tap_bytes, static_cast<size_t>(y + i) * static_cast<size_t>(p.out_w));
        g.a = band + static_cast<size_t>(i) * row_bytes;
        g.row_bytes = t.pixel_bytes;
        g.plane_bytes = t.plane_bytes;
        g.pitch = t.pitch;
        g.width = p.out_w;
        g.scales = &scale;
        g.scale_step = 0;
        engine.Multiply({.rows = Engine::kWholePictures ? (height - 1) * t.pitch + p.out_w : p.out_w,
                         .taps = p.kernel_h * p.kernel_w,
                         .depth = p.in_c,
                         .columns = p.out_k,
                         .activation = p.activation},
                        g);
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
