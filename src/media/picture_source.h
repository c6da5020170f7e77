// One picture as a source of one frame.
#pragma once

#include <memory>

#include "media/source.h"

namespace sinew::media {

std::unique_ptr<Source> MakePictureSource(Image image);

}  // namespace sinew::media
