// Videos and network streams, read with FFmpeg. Part of the backend module; see backend.h.
//
// Not cv::VideoCapture, which with FFmpeg 5 (OpenCV 4.6) turns videos with rotation metadata the wrong way round
// (OpenCV issue 22088), repeats an old frame once the resolution changes, hides damaged frames, takes every video for
// BT.601, and cannot be interrupted. The frames of a BT.601 video are the same pixels, as tests check.
//
// What a container holds tells its content; neither a file's name nor its suffix counts. A file makes the reader open
// nothing but itself.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "media/byte_source.h"
#include "media/video/video.h"

namespace sinew::media {

// `name` stands in messages. Errors are those of OpenVideo (video.h).
Result<std::unique_ptr<VideoReader>> OpenFileWithFfmpeg(const std::filesystem::path& path, std::string_view name,
                                                        const VideoOptions& options);

// A pipe or a connection with any container that can be read from its beginning to its end; any container where the
// source can seek.
Result<std::unique_ptr<VideoReader>> OpenBytesWithFfmpeg(std::unique_ptr<ByteSource> source, std::string_view name,
                                                         const VideoOptions& options);

// Decoding adds no delay of its own, and options.timeout_seconds holds.
Result<std::unique_ptr<VideoReader>> OpenUrlWithFfmpeg(const std::string& url, std::string_view name,
                                                       const VideoOptions& options);

// How many frames the video holds that the open file `fd` contains, by its packets; the first one is decoded. For what
// has just been written. kCorrupt where it cannot be read.
Result<int64_t> CountFrames(int fd, std::string_view name);

}  // namespace sinew::media
