// Modules of sinew that are loaded when they are first needed, with the libraries behind them.
#pragma once

#include <string>

#include "sinew/status.h"

namespace sinew::media {

// The address of the function `symbol` of the module NAME.so, which stays loaded. It is looked for in the folders that
// SINEW_LIBRARY_PATH names (separated by colons), then beside the program: ../lib/sinew and where `cmake --install`
// puts it. kUnavailable where it is not installed, or cannot be loaded because a library is missing: `packages` says
// which ones hold them. Thread-safe.
Result<void*> LoadFromModule(const std::string& name, const char* symbol, const char* packages);

}  // namespace sinew::media
