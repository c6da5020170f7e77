// Checks of sizes.
#include "backends/cpu/conv/supports.h"

#include <cstdint>
#include <initializer_list>
#include <limits>

#include "backends/cpu/channel_block.h"

namespace sinew::cpu {
namespace {

bool FitsInt(std::initializer_list<int> factors) {
  int64_t product = 1;
  for (const int factor : factors) {
    if (factor < 1) return false;
    product *= factor;
    if (product > std::numeric_limits<int>::max()) return false;
  }
  return true;
}

}  // namespace

bool FitsInt32Indexing(const ConvProblem& p) {
  return FitsInt({p.kernel_h, p.kernel_w, p.in_c}) && FitsInt({p.out_h, p.out_w}) && FitsInt({p.in_h, p.in_w}) &&
         FitsInt({p.kernel_w, p.dilation_w, p.in_c}) && FitsInt({p.kernel_h, p.dilation_h}) &&
         FitsInt({p.out_h, p.stride_h}) && FitsInt({p.out_w, p.stride_w}) && FitsInt({p.out_k}) &&
         p.out_k <= std::numeric_limits<int>::max() - kChannelBlock;
}

bool SupportsIm2col(const ConvProblem& p) { return FitsInt32Indexing(p) && !p.max_pool; }

bool SupportsPointwise(const ConvProblem& p) {
  return FitsInt32Indexing(p) && !p.max_pool && p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 &&
         p.stride_w == 1 && p.pad_top == 0 && p.pad_left == 0 && p.out_h == p.in_h && p.out_w == p.in_w;
}

double ProductMultiplyAdds(const ConvProblem& p) {
  return static_cast<double>(Pixels(p)) * WindowDepth(p) * RoundUpToChannelBlock(p.out_k);
}

}  // namespace sinew::cpu
