// Loading the backend.
#include "media/backend.h"

#include "media/module.h"

namespace sinew::media {

Result<const Backend*> LoadBackend() {
  static const Result<const Backend*> backend =
      LoadModule<Backend>("libsinew_ffmpeg", "SinewMediaBackend", "FFmpeg (Debian: libavformat59 libswscale6)");
  return backend;
}

}  // namespace sinew::media
