// What comes out of a pipe or a connection: an encoded picture, JPEG pictures one after the other (MJPEG), or a video.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "media/byte_source.h"
#include "media/source.h"

namespace sinew::media {

// What it is tells its content. JPEG pictures may stand alone, one behind the other, or between the headers of a
// multipart stream (`curl http://camera/video | sinew run -`); such a stream's frames have neither rate nor times. A
// video must be of a kind that can be read from its beginning to its end. Reads at once, enough to tell a picture from
// a stream. `name` stands in messages.
Result<std::unique_ptr<Source>> OpenPiped(std::unique_ptr<ByteSource> bytes, std::string name,
                                          const SourceOptions& options);

// The picture, where `bytes` are one and nothing else; nothing where they are a stream of pictures, a video, or no
// media at all.
Result<std::optional<Image>> ReadOnlyPicture(std::unique_ptr<ByteSource> bytes, std::string_view name,
                                             const ImageLimits& limits);

}  // namespace sinew::media
