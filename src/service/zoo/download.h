// Downloads of single files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sinew/status.h"

namespace sinew::zoo {

// Fetches `url` to `partial`, carrying on from what an earlier, interrupted attempt left there. Tries a few times while
// the connection breaks or the server is busy. Only https, except from this machine itself (http://127.0.0.1 or
// localhost: mirrors and tests). With `progress`, a bar on standard error.
// kUnavailable (no network, server down; what came is kept for the next call), kNotFound (404, or no curl), kTooLarge
// (more than `max_bytes`, whatever the server announces; nothing is kept).
Status Download(const std::string& url, const std::filesystem::path& partial, uint64_t max_bytes, bool progress);

}  // namespace sinew::zoo
