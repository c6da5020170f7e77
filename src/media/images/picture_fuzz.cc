// Bytes from anywhere as a picture: read or refused, by whichever decoder their beginning chooses, and never larger
// than allowed.
#include <cstdlib>

#include "media/images/image.h"

// libheif and its decoders leak on some damaged files, within themselves.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:libheif.so\nleak:libdav1d.so\nleak:libde265.so\n"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::media;
  constexpr ImageLimits kLimits = {.max_pixels = 100'000};
  const sinew::Result<Image> image = DecodeImage({data, size}, "fuzz", kLimits);
  if (!image.ok()) return 0;
  const int64_t pixels = int64_t{image->width} * image->height;
  if (pixels < 1 || pixels > kLimits.max_pixels || image->pixels.size() != static_cast<size_t>(3 * pixels))
    std::abort();
  return 0;
}
