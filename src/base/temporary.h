// Files under names that nobody can guess, for content that has no name of its own yet.
#pragma once

#include <filesystem>
#include <string>

#include "sinew/status.h"

namespace sinew {

// An open, locked file that was not there before.
struct Temporary {
  int fd = -1;
  std::filesystem::path path;  // FOLDER/.sinew-0123456789abcdef.tmp, with 16 random digits
};

// Creates one in `folder` (empty: the current one) with the permissions of any new file. It never follows a link and
// never opens a file that exists. Its lock says that its process lives: it lasts until the descriptor is closed,
// however the process ends. `name` stands in messages. The first call for a folder removes what killed processes left
// there.
Result<Temporary> CreateTemporary(const std::filesystem::path& folder, const std::filesystem::path& name);

// Removes the temporary files of this user in `folder` whose processes have ended; files that are in use, of other
// users, or of other names stay. What cannot be removed stays, too. Returns how many went.
int RemoveStaleTemporaries(const std::filesystem::path& folder);
// The same, once a process and folder: a folder of a million files is not searched for each of them.
void RemoveStaleTemporariesOnce(const std::filesystem::path& folder);

}  // namespace sinew
