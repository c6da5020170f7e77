// How a picture that is normalised is cut into tasks: bands of rows.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cpu/channel_block.h"
#include "backends/cpu/normalize/normalize.h"

namespace sinew::cpu {

struct Bands {
  size_t height, width;
  size_t rows;      // of a band; the last may have fewer
  size_t channels;  // rounded up to whole blocks

  size_t Tasks() const { return (height + rows - 1) / rows; }
  size_t FirstPixel(size_t task) const { return task * rows * width; }
  size_t Pixels(size_t task) const { return std::min(rows, height - task * rows) * width; }
  // Where a band's sums of x begin; those of x^2 are `channels` further on.
  size_t Sums(size_t task) const { return 2 * channels * task; }
};

// Bands of 64 KB or more, and no more than 16: each one adds up the sums of all.
inline Bands MakeBands(const NormalizeProblem& p) {
  constexpr size_t kBandFloats = 64 * 1024 / sizeof(float), kMostBands = 16;
  const size_t height = static_cast<size_t>(p.height), width = static_cast<size_t>(p.width);
  const size_t floats = height * width * static_cast<size_t>(p.channels);
  const size_t bands = std::clamp<size_t>(floats / kBandFloats, 1, std::min(kMostBands, height));
  return {height, width, (height + bands - 1) / bands, static_cast<size_t>(RoundUpToChannelBlock(p.channels))};
}

}  // namespace sinew::cpu
