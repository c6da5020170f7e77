// Where files of the user's are kept.
#pragma once

#include <filesystem>

#include "sinew/status.h"

namespace sinew::service {

// ${XDG_CACHE_HOME:-~/.cache}/sinew, which need not exist. kNotFound where the environment says neither.
Result<std::filesystem::path> UserCacheFolder();

}  // namespace sinew::service
