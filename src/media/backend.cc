// Finding and loading the OpenCV backend.
#include "media/backend.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "sinew/version.h"

namespace sinew::media {
namespace {

constexpr const char* kModule = "libsinew_opencv.so";

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
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path prefix = program.parent_path().parent_path();
    folders.push_back(prefix / "lib/sinew");
    folders.push_back(prefix / SINEW_INSTALL_LIBDIR / "sinew");
  }
  return folders;
}

Result<const Backend*> Load() {
  std::string tried;
  for (const std::filesystem::path& folder : Folders()) {
    const std::filesystem::path path = folder / kModule;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      tried += fmt::format(" {}", folder.string());
      continue;
    }
    void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
      return Unavailable("{} cannot be loaded ({}): install OpenCV (Debian: libopencv-videoio406 libopencv-imgcodecs406)", path.string(),
                         dlerror());
    }
    const auto function = reinterpret_cast<BackendFunction>(dlsym(module, "SinewMediaBackend"));
    const Backend* const backend = function == nullptr ? nullptr : function(kVersion);
    if (backend == nullptr) return Incompatible("{} belongs to another version of sinew than {}: install both together", path.string(), kVersion);
    return backend;
  }
  return Unavailable("{} is not installed (looked in{}): build sinew with OpenCV, or name its folder in SINEW_LIBRARY_PATH", kModule, tried);
}

}  // namespace

Result<const Backend*> LoadBackend() {
  static const Result<const Backend*> backend = Load();
  return backend;
}

}  // namespace sinew::media
