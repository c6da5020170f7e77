// One process at a time in a folder.
#pragma once

#include <filesystem>

#include "base/descriptor.h"
#include "sinew/status.h"

namespace sinew {

// Waits until nobody else holds the lock of the folder (empty: the current one), and holds it until the descriptor is
// closed, however the process ends. Nothing is left in the folder. It is for what takes seconds: reading a file,
// and replacing it by a longer one. Threads of one process are locked out as other processes are. Where the file system
// locks no folders (some network file systems), nobody is: what is done under the lock must then lose no more than a
// cache may. kNotFound, kIo.
Result<Descriptor> LockFolder(const std::filesystem::path& folder);

}  // namespace sinew
