// Which frames of a video are looked at.
#pragma once

#include <cstdint>
#include <optional>

#include "sinew/status.h"

namespace sinew::media {

// Frames `first`, `first` + `step`, ... up to `last`, which counts as well; numbers are from 0.
struct FrameSelection {
  int64_t first = 0, step = 1;
  std::optional<int64_t> last;

  bool Takes(int64_t number) const { return number >= first && (number - first) % step == 0 && !IsPast(number); }
  bool IsPast(int64_t number) const { return last && number > *last; }
  // How many frames of a video of `total` it takes.
  int64_t CountOf(int64_t total) const;
};

// kInvalidArgument for a negative number, a step below 1, or a last frame before the first.
Status CheckSelection(const FrameSelection& selection);

}  // namespace sinew::media
