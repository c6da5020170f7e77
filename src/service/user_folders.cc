// By the XDG base directory specification.
#include "service/user_folders.h"

#include <cstdlib>

#include "base/error.h"

namespace sinew::service {

Result<std::filesystem::path> UserCacheFolder() {
  // A relative one is to be ignored.
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    return std::filesystem::path(cache) / "sinew";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    return NotFound("neither XDG_CACHE_HOME nor HOME says where files that can be made again are kept: set one");
  }
  return std::filesystem::path(home) / ".cache/sinew";
}

}  // namespace sinew::service
