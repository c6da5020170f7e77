// A file name's extension, as the choice of a codec sees it.
#pragma once

#include <filesystem>
#include <string>

namespace sinew::media {

// ".jpg" of "A.JPG"; "" where there is none. ASCII letters alone change.
std::string LowerExtension(const std::filesystem::path& path);

// Whether it is one of the usual suffixes of pictures, of videos: a file that has one is taken for an input without
// being opened first. Its content decides what it is, as it does of files with other suffixes.
bool HasPictureExtension(const std::filesystem::path& path);
bool HasVideoExtension(const std::filesystem::path& path);

}  // namespace sinew::media
