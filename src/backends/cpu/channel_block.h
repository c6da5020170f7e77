// The block of output channels that weights are packed in. It goes to disk, so it is the same for every target: one
// AVX-512 register, two of AVX2, four of SSE4 and NEON.
#pragma once

namespace sinew::cpu {

inline constexpr int kChannelBlock = 16;

// Biases and other values per channel are padded with zeros to whole blocks.
inline constexpr int RoundUpToChannelBlock(int channels) {
  return (channels + kChannelBlock - 1) / kChannelBlock * kChannelBlock;
}

}  // namespace sinew::cpu
