// Finding and loading modules.
#include "media/module.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sinew::media {
namespace {

// Of the shared library that this code is part of, libsinew.so or an extension module of Python; empty where it is part
// of the program. A path that is not absolute would lead to the folder that the user happens to be in, and is not
// taken.
std::filesystem::path FolderOfThisLibrary() {
  static const char kHere = 0;
  Dl_info info;
  link_map* library = nullptr;
  if (dladdr1(&kHere, &info, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0 || library == nullptr) return {};
  const std::filesystem::path path = library->l_name;  // empty: the program
  return path.is_absolute() ? path.parent_path() : std::filesystem::path();
}

std::vector<std::filesystem::path> Folders() {
  std::vector<std::filesystem::path> folders;
  if (const char* const list = std::getenv("SINEW_LIBRARY_PATH"); list != nullptr) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const size_t colon = rest.find(':');
      if (colon != 0) folders.emplace_back(rest.substr(0, colon));
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
  }
  if (const std::filesystem::path folder = FolderOfThisLibrary(); !folder.empty()) {
    folders.push_back(folder / "lib/sinew");  // of a Python package
    folders.push_back(folder / "sinew");      // /usr/lib/libsinew.so
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path prefix = program.parent_path().parent_path();
    folders.push_back(prefix / "lib/sinew");
    folders.push_back(prefix / SINEW_INSTALL_LIBDIR / "sinew");
  }
  return folders;
}

}  // namespace

Result<void*> LoadFromModule(const std::string& name, const char* symbol, const char* packages) {
  std::string tried;
  for (const std::filesystem::path& folder : Folders()) {
    const std::filesystem::path path = folder / (name + ".so");
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      tried += fmt::format(" {}", folder.string());
      continue;
    }
    void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr)
      return Unavailable("{} cannot be loaded ({}): install {}", path.string(), dlerror(), packages);
    if (void* const function = dlsym(module, symbol); function != nullptr) return function;
    return Incompatible("{} has no {}: it belongs to another version of sinew, install both together", path.string(),
                        symbol);
  }
  return Unavailable(
      "{}.so is not installed (looked in{}): build all of sinew{}, or name its folder in SINEW_LIBRARY_PATH", name,
      tried, name == "libsinew_display" ? " with `make display`" : "");
}

}  // namespace sinew::media
