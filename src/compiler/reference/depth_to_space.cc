// Blocks of pixels made of channels.
#include "base/error.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {

Result<Array> DepthToSpace(const ir::Node& node, const Inputs& inputs) {
  const Array& in = *inputs[0];
  SINEW_RETURN_IF_ERROR(NeedPicture(in));
  const ir::Attributes& a = node.attributes;
  const int64_t block = a.block, h = in.shape[1], w = in.shape[2], channels = in.shape[3];
  if (block < 1 || block > 64 || channels % (block * block) != 0 || h < 1 || w < 1)
    return InvalidArgument("makes blocks of {} pixels of shape {}", block, ir::ToString(in.shape));
  const int64_t out_c = channels / (block * block), out_h = h * block - a.crop[0], out_w = w * block - a.crop[1];
  if (a.crop[0] < 0 || a.crop[1] < 0 || out_h < 1 || out_w < 1) return InvalidArgument("crops the picture away");
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray({in.shape[0], out_h, out_w, out_c}));
  size_t to = 0;
  for (int64_t n = 0; n < in.shape[0]; ++n) {
    for (int64_t y = 0; y < out_h; ++y) {
      for (int64_t x = 0; x < out_w; ++x) {
        const int64_t pixel = ((n * h + y / block) * w + x / block) * channels, phase = y % block * block + x % block;
        for (int64_t k = 0; k < out_c; ++k, ++to) {
          const int64_t channel = a.pixels_innermost ? k * block * block + phase : phase * out_c + k;
          out.values[to] = in.values[static_cast<size_t>(pixel + channel)];
        }
      }
    }
  }
  return out;
}

}  // namespace sinew::reference
