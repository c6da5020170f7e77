// Files: whole reads and folders; with mappings and writes that appear under their name only when whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "sinew/status.h"

namespace sinew {

// The whole file. Fails when it is missing, unreadable, a folder, or longer than `max_bytes`.
Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes = UINT64_MAX);

// The first `count` bytes (fewer when the file is shorter).
Result<std::string> ReadFilePrefix(const std::filesystem::path& path, size_t count);

// Whether there is anything of that name; false as well where that cannot be told.
bool IsThere(const std::filesystem::path& path);

// Creates a folder and its parents; a file in its place is an error that names it.
Status MakeFolder(const std::filesystem::path& path);

}  // namespace sinew
