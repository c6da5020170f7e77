// The table of convolution algorithms.
#include "backends/cpu/conv/conv.h"

#include <cstdint>
#include <initializer_list>
#include <limits>

#include "backends/cpu/conv/rows.h"
#include "backends/cpu/conv/winograd/rows.h"
#include "backends/cpu/cost.h"
#include "backends/cpu/gemm/gemm.h"
#include "backends/cpu/gemm/strassen.h"
#include "backends/cpu/row_block.h"

namespace sinew::cpu {
namespace {

int Depth(const ConvProblem& p) { return p.kernel_h * p.kernel_w * p.in_c; }
int Pixels(const ConvProblem& p) { return p.out_h * p.out_w; }

bool FitsInt(std::initializer_list<int> factors) {
  int64_t product = 1;
  for (const int factor : factors) {
    if (factor < 1) return false;
    product *= factor;
    if (product > std::numeric_limits<int>::max()) return false;
  }
  return true;
}

// Sizes whose products the kernels take as int.
bool FitsInt32Indexing(const ConvProblem& p) {
  return FitsInt({p.kernel_h, p.kernel_w, p.in_c}) && FitsInt({p.out_h, p.out_w}) && FitsInt({p.in_h, p.in_w}) &&
         FitsInt({p.kernel_w, p.dilation_w, p.in_c}) && FitsInt({p.kernel_h, p.dilation_h}) &&
         FitsInt({p.out_h, p.stride_h}) && FitsInt({p.out_w, p.stride_w}) && FitsInt({p.out_k}) &&
         p.out_k <= std::numeric_limits<int>::max() - kChannelBlock;
}

size_t PackedConvFloats(const ConvProblem& p) { return PackedFloats(Depth(p), p.out_k); }

bool SupportsIm2col(const ConvProblem& p) { return FitsInt32Indexing(p) && !p.max_pool; }

bool SupportsPointwise(const ConvProblem& p) {
  return FitsInt32Indexing(p) && !p.max_pool && p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 &&
         p.stride_w == 1 && p.pad_top == 0 && p.pad_left == 0 && p.out_h == p.in_h && p.out_w == p.in_w;
}

void PackConv(const ConvProblem& p, const float* weights, float* packed) {
  PackPanels(Depth(p), p.out_k, weights, packed);
}
size_t Tasks(const ConvProblem& p) { return MakeRowBlocks(Pixels(p), Depth(p)).Tasks(); }
size_t NoScratch(const ConvProblem&) { return 0; }

// A block of gathered rows.
size_t Im2colScratch(const ConvProblem& p) {
  return static_cast<size_t>(MakeRowBlocks(Pixels(p), Depth(p)).block) * static_cast<size_t>(Depth(p));
}

double ProductMultiplyAdds(const ConvProblem& p) {
  return static_cast<double>(Pixels(p)) * Depth(p) * RoundUpToChannelBlock(p.out_k);
}

double ProductCost(const ConvProblem& p) { return ProductMultiplyAdds(p) + WeightCost(PackedConvFloats(p)); }

// Gathering moves each input of each window once: as much as multiplying it by about four columns.
double Im2colCost(const ConvProblem& p) { return ProductCost(p) + 4.0 * Pixels(p) * Depth(p); }

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
};

}  // namespace

std::span<const ConvAlgorithm> ConvAlgorithms() { return kAlgorithms; }

}  // namespace sinew::cpu
