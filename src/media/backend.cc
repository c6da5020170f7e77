// Loading the OpenCV backend.
#include "media/backend.h"

#include "base/error.h"
#include "media/module.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

Result<const Backend*> Load() {
  SINEW_ASSIGN_OR_RETURN(void* const function,
                         LoadFromModule("libsinew_ffmpeg", "SinewMediaBackend",
                                        "OpenCV (Debian: libopencv-videoio406 libopencv-imgcodecs406)"));
  const Backend* const backend = reinterpret_cast<BackendFunction>(function)(kVersion);
  if (backend == nullptr)
    return Incompatible("libsinew_ffmpeg.so belongs to another version of sinew than {}: install both together",
                        kVersion);
  return backend;
}

}  // namespace

Result<const Backend*> LoadBackend() {
  static const Result<const Backend*> backend = Load();
  return backend;
}

}  // namespace sinew::media
