// Standard input as a source: an encoded picture, or JPEG pictures one after the other (MJPEG).
#pragma once

#include <memory>
#include <string>

#include "media/source.h"

namespace sinew::media {

// What it is tells its content. JPEG pictures may stand alone, one behind the other, or between the headers of a
// multipart stream (`curl http://camera/video | sinew run -`). A stream's frames have neither rate nor times. Reads
// from `fd` at once, enough to tell a picture from a stream; the descriptor stays the caller's.
Result<std::unique_ptr<Source>> OpenStandardInput(int fd, std::string name, const SourceOptions& options);

}  // namespace sinew::media
