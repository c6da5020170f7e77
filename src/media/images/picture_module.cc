// Loading the modules.
#include "media/images/picture_module.h"

#include "media/module.h"

namespace sinew::media {

Result<const PictureModule*> LoadPictureModule() {
  static const Result<const PictureModule*> module = LoadModule<PictureModule>(
      "libsinew_pictures", "SinewPictureModule", "libwebp, libtiff, FreeType (Debian: libwebp7 libtiff6 libfreetype6)");
  return module;
}

Result<const HeifModule*> LoadHeifModule() {
  static const Result<const HeifModule*> module =
      LoadModule<HeifModule>("libsinew_heif", "SinewHeifModule", "libheif (Debian: libheif1)");
  return module;
}

}  // namespace sinew::media
