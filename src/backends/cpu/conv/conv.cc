// The table of convolution algorithms.
#include "backends/cpu/conv/conv.h"

#include "backends/cpu/conv/narrow/narrow_conv.h"
#include "backends/cpu/conv/rows.h"
#include "backends/cpu/conv/supports.h"
#include "backends/cpu/conv/winograd/narrow.h"
#include "backends/cpu/conv/winograd/rows.h"
#include "backends/cpu/cost.h"
#include "backends/cpu/gemm/gemm.h"
#include "backends/cpu/gemm/strassen.h"
#include "backends/cpu/row_block.h"

namespace sinew::cpu {
namespace {

size_t PackedConvFloats(const ConvProblem& p) { return PackedFloats(WindowDepth(p), p.out_k); }

void PackConv(const ConvProblem& p, const float* weights, float* packed) {
  PackPanels(WindowDepth(p), p.out_k, weights, packed);
}
size_t Tasks(const ConvProblem& p) { return MakeRowBlocks(Pixels(p), WindowDepth(p)).Tasks(); }
size_t NoScratch(const ConvProblem&) { return 0; }

// A block of gathered rows.
size_t Im2colScratch(const ConvProblem& p) {
  return static_cast<size_t>(MakeRowBlocks(Pixels(p), WindowDepth(p)).block) * static_cast<size_t>(WindowDepth(p));
}

double ProductCost(const ConvProblem& p) { return ProductMultiplyAdds(p) + WeightCost(PackedConvFloats(p)); }

// Gathering moves each input of each window once: as much as multiplying it by about four columns.
double Im2colCost(const ConvProblem& p) { return ProductCost(p) + 4.0 * Pixels(p) * WindowDepth(p); }

// Every row of output pixels reads all weights.
double DirectCost(const ConvProblem& p) {
  return ProductCost(p) + WeightRereadCost(PackedConvFloats(p), static_cast<size_t>(p.out_h));
}

// The products, and for each transformed element the transform's own operations, which grow with the tile and take
// longer than those of a matrix product.
template <class TC>
double WinogradCost(const ConvProblem& p) {
  const WinogradTiling t = MakeTiling(p, TC::kOutputs, TC::kTile);
  const double elements = static_cast<double>(t.points()) * t.tiles();
  const double channels = static_cast<double>(t.c_stride + t.k_stride);
  return elements * (static_cast<double>(p.in_c) * static_cast<double>(t.k_stride) + 1.5 * TC::kTile * channels) +
         WeightCost(WinogradRow<TC>::PackedConvFloats(p));
}

// A transform along one direction sums half as many terms as the tile is long, as those of points +-x are shared; there
// are two directions.
template <class TC>
double WinogradMultiplyAdds(const ConvProblem& p) {
  const WinogradTiling t = MakeTiling(p, TC::kOutputs, TC::kTile);
  const double elements = static_cast<double>(t.points()) * t.tiles();
  return elements * (static_cast<double>(p.in_c) * static_cast<double>(t.k_stride) +
                     TC::kTile * static_cast<double>(t.c_stride + t.k_stride));
}

template <class TC>
constexpr ConvAlgorithm Winograd(std::string_view name, ConvAlgorithm::Run (*run_for)(Target)) {
  using Row = WinogradRow<TC>;
  return {.name = name,
          .supports = [](const ConvProblem& p) { return FitsInt32Indexing(p) && Row::Supports(p); },
          .packed_floats = Row::PackedConvFloats,
          .pack = Row::Pack,
          .task_count = Row::Tasks,
          .scratch_floats = Row::Scratch,
          .run_for = run_for,
          .cost = WinogradCost<TC>,
          .multiply_adds = WinogradMultiplyAdds<TC>,
          .error = kWinogradError<TC>};
}

template <int kLevels>
constexpr ConvAlgorithm Strassen(std::string_view name, ConvAlgorithm::Run (*run_for)(Target)) {
  return {
      .name = name,
      .supports =
          [](const ConvProblem& p) { return SupportsPointwise(p) && SupportsStrassen(kLevels, p.in_c, p.out_k); },
      .packed_floats = [](const ConvProblem& p) { return PackedStrassenFloats(kLevels, p.in_c, p.out_k); },
      .pack = [](const ConvProblem& p, const float* weights,
                 float* packed) { PackStrassen(kLevels, p.in_c, p.out_k, weights, packed); },
      .task_count = Tasks,
      .scratch_floats =
          [](const ConvProblem& p) {
            return StrassenScratchFloats(kLevels, MakeRowBlocks(Pixels(p), p.in_c).block, p.in_c, p.out_k);
          },
      .run_for = run_for,
      .cost =
          [](const ConvProblem& p) {
            return StrassenCost(kLevels, Pixels(p), p.in_c, p.out_k, kSumsThroughCache) +
                   WeightCost(PackedStrassenFloats(kLevels, p.in_c, p.out_k));
          },
      .multiply_adds = [](const ConvProblem& p) { return StrassenMultiplyAdds(kLevels, Pixels(p), p.in_c, p.out_k); },
      .error = StrassenError(kLevels)};
}

constexpr ConvAlgorithm kAlgorithms[] = {
    {.name = "pointwise",
     .supports = SupportsPointwise,
     .packed_floats = PackedConvFloats,
     .pack = PackConv,
     .task_count = Tasks,
     .scratch_floats = NoScratch,
     .run_for = RunPointwiseFor,
     .cost = ProductCost,
     .multiply_adds = ProductMultiplyAdds},
    {.name = "im2col",
     .supports = SupportsIm2col,
     .packed_floats = PackedConvFloats,
     .pack = PackConv,
     .task_count = Tasks,
     .scratch_floats = Im2colScratch,
     .run_for = RunIm2colFor,
     .cost = Im2colCost,
     .multiply_adds = ProductMultiplyAdds},
    {.name = "direct",
     .supports = SupportsIm2col,
     .packed_floats = PackedConvFloats,
     .pack = PackConv,
     .task_count = [](const ConvProblem& p) { return static_cast<size_t>(p.out_h); },
     .scratch_floats = NoScratch,
     .run_for = RunDirectFor,
     .cost = DirectCost,
     .multiply_adds = ProductMultiplyAdds},
    Strassen<1>("strassen_1", RunStrassen1For),
    Strassen<2>("strassen_2", RunStrassen2For),
    Winograd<F4x3>("winograd_4x3", RunF4x3For),
    Winograd<F6x3>("winograd_6x3", RunF6x3For),
    Winograd<F8x3>("winograd_8x3", RunF8x3For),
    Winograd<F2x7>("winograd_2x7", RunF2x7For),
    Winograd<F4x7>("winograd_4x7", RunF4x7For),
    Winograd<F6x7>("winograd_6x7", RunF6x7For),
    NarrowPointwise<DataType::kBF16>("bf16_pointwise"),
    NarrowIm2col<DataType::kBF16>("bf16_im2col"),
    NarrowDirect<DataType::kBF16>("bf16_direct"),
    NarrowPointwise<DataType::kBF16Pair>("bf16x3_pointwise"),
    NarrowIm2col<DataType::kBF16Pair>("bf16x3_im2col"),
    NarrowDirect<DataType::kBF16Pair>("bf16x3_direct"),
    NarrowPointwise<DataType::kI8>("i8_pointwise"),
    NarrowIm2col<DataType::kI8>("i8_im2col"),
    NarrowDirect<DataType::kI8>("i8_direct"),
    NarrowWinograd<F4x3, DataType::kBF16>("bf16_winograd_4x3"),
    NarrowWinograd<F4x3, DataType::kBF16Pair>("bf16x3_winograd_4x3"),
    NarrowWinograd<F6x3, DataType::kBF16Pair>("bf16x3_winograd_6x3"),
    NarrowWinograd<F4x7, DataType::kBF16Pair>("bf16x3_winograd_4x7"),
    NarrowWinograd<F6x7, DataType::kBF16Pair>("bf16x3_winograd_6x7"),
};

}  // namespace

std::span<const ConvAlgorithm> ConvAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
