// Checksums of downloaded files.
#pragma once

#include <filesystem>
#include <string>

#include "sinew/status.h"

namespace sinew::zoo {

// SHA-512 in base64, as npm's integrity strings have it.
Result<std::string> Sha512Base64(const std::filesystem::path& path);
// SHA-256, hexadecimal.
Result<std::string> Sha256Hex(const std::filesystem::path& path);
// The SHA-1 that git names a file's content by: of "blob SIZE\0" and the content; hexadecimal.
Result<std::string> GitBlobId(const std::filesystem::path& path);

}  // namespace sinew::zoo
