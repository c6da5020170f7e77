// The table of convolution algorithms.
#include "kernels/conv/conv.h"

#include <cstdint>
#include <limits>

#include "kernels/conv/rows.h"
#include "kernels/gemm/gemm.h"
#include "kernels/row_block.h"

namespace sinew::kernels {
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
bool IsSane(const ConvProblem& p) {
  return FitsInt({p.kernel_h, p.kernel_w, p.in_c}) && FitsInt({p.out_h, p.out_w}) && FitsInt({p.in_h, p.in_w}) &&
         FitsInt({p.kernel_w, p.dilation_w, p.in_c}) && FitsInt({p.kernel_h, p.dilation_h}) && FitsInt({p.out_h, p.stride_h}) &&
         FitsInt({p.out_w, p.stride_w}) && FitsInt({p.out_k}) && p.out_k <= std::numeric_limits<int>::max() - kChannelBlock;
}

bool SupportsPointwise(const ConvProblem& p) {
  return IsSane(p) && p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
         p.pad_left == 0 && p.out_h == p.in_h && p.out_w == p.in_w;
}

size_t PackedConvFloats(const ConvProblem& p) { return PackedFloats(Depth(p), p.out_k); }
void PackConv(const ConvProblem& p, const float* weights, float* packed) { PackPanels(Depth(p), p.out_k, weights, packed); }
size_t Tasks(const ConvProblem& p) { return RowBlocksOf(Pixels(p), Depth(p)).Tasks(); }
size_t NoScratch(const ConvProblem&) { return 0; }

// A block of gathered rows.
size_t Im2colScratch(const ConvProblem& p) {
  return static_cast<size_t>(RowBlocksOf(Pixels(p), Depth(p)).block) * static_cast<size_t>(Depth(p));
}

constexpr ConvAlgorithm kAlgorithms[] = {
    {"pointwise", SupportsPointwise, PackedConvFloats, PackConv, Tasks, NoScratch, RunPointwiseFor},
    {"im2col", IsSane, PackedConvFloats, PackConv, Tasks, Im2colScratch, RunIm2colFor},
};

}  // namespace

std::span<const ConvAlgorithm> ConvAlgorithms() { return kAlgorithms; }

}  // namespace sinew::kernels
