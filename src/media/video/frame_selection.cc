// Counting selected frames.
#include "media/video/frame_selection.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::media {

int64_t FrameSelection::CountOf(int64_t total) const {
  const int64_t end = last && *last < total ? *last + 1 : total;
  return end <= first ? 0 : (end - first - 1) / step + 1;
}

Status CheckSelection(const FrameSelection& selection) {
  if (selection.first < 0) return InvalidArgument("the first frame is {}; frames are counted from 0", selection.first);
  if (selection.step < 1)
    return InvalidArgument("every frame can be taken (step 1), or every second (2), but not with step {}",
                           selection.step);
  if (selection.last && *selection.last < selection.first) {
    return InvalidArgument("the last frame, {}, comes before the first, {}", *selection.last, selection.first);
  }
  return Status();
}

}  // namespace sinew::media
