// A file name's extension, as the choice of a codec sees it.
#pragma once

#include <filesystem>
#include <string>

namespace sinew::media {

// ".jpg" of "A.JPG"; "" where there is none. ASCII letters alone change.
std::string LowerExtension(const std::filesystem::path& path);

// By extension: what a folder's pictures are, and what is taken for a picture or a video without opening it.
bool HasPictureExtension(const std::filesystem::path& path);
bool HasVideoExtension(const std::filesystem::path& path);

}  // namespace sinew::media
