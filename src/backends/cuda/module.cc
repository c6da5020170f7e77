// Finding and loading libsinew_cuda.so.
#include "backends/cuda/module.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>

#include "base/error.h"

namespace sinew::cuda {
namespace {

// The folder of the program or library that holds this function.
std::filesystem::path OwnFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&LoadModule), &info) != 0 && info.dli_fname != nullptr) {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::canonical(info.dli_fname, error);
    // A program started by its bare name is named so here; its real path stands in /proc.
    if (!error) return path.parent_path();
  }
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : self.parent_path();
}

std::vector<std::filesystem::path> Places() {
  if (const char* given = std::getenv("SINEW_CUDA_MODULE"); given != nullptr && *given != '\0') return {given};
  std::vector<std::filesystem::path> places;
  if (const std::filesystem::path folder = OwnFolder(); !folder.empty()) {
    for (const char* relative : {"", "../lib/sinew", "../lib", "../src/backends/cuda"}) {
      const std::filesystem::path path = (folder / relative / kModuleFile).lexically_normal();
      std::error_code error;
      if (std::filesystem::exists(path, error)) places.push_back(path);
    }
  }
  if (places.empty()) places.push_back(kModuleFile);
  return places;
}

Result<Module*> Load() {
  const std::filesystem::path path = Places().front();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    const std::string reason = why == nullptr ? "unknown error" : why;
    std::error_code error;
    if (path.is_relative() || !std::filesystem::exists(path, error)) {
      return NotFound(
          "this sinew has no CUDA module: {} is not there ({}). Build with CUDA 13 and cuDNN 9 installed (cmake "
          "-DSINEW_CUDA=ON), or "
          "name its path in SINEW_CUDA_MODULE",
          path.string(), reason);
    }
    return NotFound(
        "the CUDA module cannot be loaded: {}. It needs cuDNN 9 for CUDA 13: put the folder of libcudnn.so.9 into "
        "LD_LIBRARY_PATH or install it",
        reason);
  }
  const auto function = reinterpret_cast<ModuleFunction>(dlsym(library, kModuleSymbol));
  if (function == nullptr)
    return Incompatible("{} is not sinew's CUDA module: it has no function {}", path.string(), kModuleSymbol);
  Module* module = function(kModuleVersion);
  if (module == nullptr) {
    return Incompatible("{} belongs to another version of sinew: install the module that was built with this program",
                        path.string());
  }
  return module;
}

}  // namespace

Result<Module*> LoadModule() {
  static std::mutex mutex;
  static Module* loaded = nullptr;  // a failure is tried again: the next call may find another environment
  const std::lock_guard lock(mutex);
  if (loaded != nullptr) return loaded;
  SINEW_ASSIGN_OR_RETURN(loaded, Load());
  return loaded;
}

}  // namespace sinew::cuda
