// Frames out of a reader of videos: selection, numbers and times.
#pragma once

#include <memory>
#include <string>

#include "media/source.h"
#include "media/video/video.h"

namespace sinew::media {

// kWhenTheyCome: the times of live sources, counted from now.
enum class Times { kOfContainer, kWhenTheyCome };

// Frames get what this source knows of them: picture or error, number, times. `name` stands in messages.
std::unique_ptr<Source> MakeVideoSource(std::unique_ptr<VideoReader> reader, std::string name, Times times,
                                        const SourceOptions& options);

}  // namespace sinew::media
