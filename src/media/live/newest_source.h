// The newest frame of a live source: read in a thread of its own, the older ones dropped.
#pragma once

#include <functional>
#include <memory>

#include "media/source.h"

namespace sinew::media {

// Opens a source that ends when `stop` is true.
using OpenSource = std::function<Result<std::unique_ptr<Source>>(StopCheck stop)>;

// The source that `open` opens, read as fast as it goes. Next returns the newest frame that it has not returned before,
// waits where there is none, and returns false once `stop` is true. What ends the source comes after its last frame.
// Destruction stops the thread and waits for it: for as long as the source takes to notice. A source that knows how
// many frames it has is not live: it is returned as it is, and nothing is dropped.
Result<std::unique_ptr<Source>> OpenNewest(const OpenSource& open, StopCheck stop);

}  // namespace sinew::media
