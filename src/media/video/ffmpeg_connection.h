// The bytes behind an http address, by FFmpeg. Part of the backend module; see backend.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "media/byte_source.h"
#include "media/video/video.h"

namespace sinew::media {

// `name` stands in messages. kUnavailable where nothing answers, or sends nothing for options.timeout_seconds;
// kCancelled once options.stop is true.
Result<std::unique_ptr<ByteSource>> OpenConnectionWithFfmpeg(const std::string& url, std::string_view name,
                                                             const VideoOptions& options);

}  // namespace sinew::media
