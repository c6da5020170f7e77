// Videos, written with FFmpeg. Part of the backend module; see backend.h.
#pragma once

#include <filesystem>
#include <memory>

#include "media/backend.h"

namespace sinew::media {

// Writes to `fd`, from its beginning; the container follows the suffix of `path`, which stands in messages. Errors are
// those of CreateVideo (video.h).
Result<std::unique_ptr<VideoEncoder>> EncodeWithFfmpeg(int fd, const std::filesystem::path& path,
                                                       const VideoFormat& format, const std::optional<Sound>& sound);

}  // namespace sinew::media
