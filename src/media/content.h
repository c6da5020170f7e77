// What a file is, told by its content.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "media/inputs.h"

namespace sinew::media {

// kPicture where it begins as a picture does, even as one that cannot be read; kVideo where FFmpeg finds a video in it.
// Neither: kUnsupported with the reason, "is text" for instance; kIo where it cannot be read. Messages do not name the
// file. Only a regular file is opened.
Result<InputKind> SniffFile(const std::filesystem::path& path);

// The same without FFmpeg: kPicture, or kVideo where it is none.
Result<InputKind> SniffFileHead(const std::filesystem::path& path);

// Whether bytes are nothing but letters and white space: no video then, and no picture either where SniffPicture knows
// none. FFmpeg would look at a megabyte of each annotation file that lies beside pictures.
bool IsText(std::string_view head);

// "a named pipe", "a socket", ...; empty for a regular file. What a link leads to counts.
std::string SpecialFileName(const std::filesystem::file_status& status);

}  // namespace sinew::media
