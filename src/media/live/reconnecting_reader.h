// A network stream that is opened again when it breaks off.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "media/source.h"
#include "media/video/video.h"

namespace sinew::media {

using OpenReader = std::function<Result<std::unique_ptr<VideoReader>>()>;

// Reads on in `reader`, a stream that `open` has opened, and opens it again as `live` says when it ends or fails, in
// the thread that reads. Ends with kUnavailable when the attempts are used up; with none allowed, as the stream does.
// kCancelled once `stop` is true, also in the midst of a wait. `name` stands in messages.
std::unique_ptr<VideoReader> MakeReconnecting(std::unique_ptr<VideoReader> reader, std::string name, OpenReader open,
                                              const LiveOptions& live, StopCheck stop);

}  // namespace sinew::media
