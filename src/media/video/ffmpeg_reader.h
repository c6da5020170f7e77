// Videos and network streams, read with FFmpeg. Part of the backend module; see backend.h.
//
// Not cv::VideoCapture, which with FFmpeg 5 (OpenCV 4.6) turns videos with rotation metadata the wrong way round
// (OpenCV issue 22088), repeats an old frame once the resolution changes, hides damaged frames, and cannot be
// interrupted. Frames are otherwise the same pixels: bicubic chroma, BT.601, as tests check.
#pragma once

#include <memory>
#include <string>

#include "media/video/video.h"

namespace sinew::media {

enum class Place { kFile, kNetwork };

// `name` stands in messages. From a network, decoding adds no delay of its own, and options.timeout_seconds holds.
Result<std::unique_ptr<VideoReader>> OpenWithFfmpeg(const std::string& url, std::string_view name, Place place,
                                                    const VideoOptions& options);

}  // namespace sinew::media
