// Which taps of a window lie within the input.
#pragma once

#include <algorithm>

namespace sinew::cpu {

// Taps [first, last) of a window that starts at `start` lie within [0, size).
struct TapRange {
  int first, last;
};
inline TapRange TapsInside(int start, int taps, int dilation, int size) {
  const int first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  const int last = start >= size ? 0 : (size - start + dilation - 1) / dilation;
  return {std::min(first, taps), std::clamp(last, 0, taps)};
}

}  // namespace sinew::cpu
