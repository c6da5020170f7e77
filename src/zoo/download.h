// Downloads of single files.
#pragma once

#include <filesystem>
#include <string>

#include "sinew/status.h"

namespace sinew::zoo {

// Fetches `url` to `partial`, carrying on from what an earlier, interrupted attempt left there. Tries a few times while
// the connection breaks. Only https, except from this machine itself (http://127.0.0.1 or localhost: mirrors and tests).
// With `progress`, a bar on standard error. kUnavailable (no network, server down), kNotFound (404), kTooLarge.
Status Download(const std::string& url, const std::filesystem::path& partial, bool progress);

}  // namespace sinew::zoo
