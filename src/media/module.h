// Modules of sinew that are loaded when they are first needed, with the libraries behind them.
#pragma once

#include <string>

#include "sinew/status.h"
#include "sinew/version.h"

namespace sinew::media {

// The address of the function `symbol` of the module NAME.so, which stays loaded. It is looked for in the folders that
// SINEW_LIBRARY_PATH names (separated by colons); then in lib/sinew beside the shared library that this is part of, if
// it is one; then beside the program: ../lib/sinew and where `cmake --install` puts it. kUnavailable where it is not
// installed, or cannot be loaded because a library is missing: `packages` says which ones hold them. Thread-safe.
Result<void*> LoadFromModule(const std::string& name, const char* symbol, const char* packages);

// What the module's function `symbol` returns: `const T* symbol(const char* version)`, null for a program of another
// version than the module's. kIncompatible then.
template <class T>
Result<const T*> LoadModule(const std::string& name, const char* symbol, const char* packages) {
  const Result<void*> function = LoadFromModule(name, symbol, packages);
  if (!function.ok()) return function.status();
  const T* const module = reinterpret_cast<const T* (*)(const char*)>(*function)(kVersion);
  if (module != nullptr) return module;
  return Status(StatusCode::kIncompatible,
                name + ".so belongs to another version of sinew than " + kVersion + ": install both together");
}

}  // namespace sinew::media
