// The one loader of a program, and where spooled files lie.
#include "base/remote.h"

#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

#include "base/error.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;

struct Registry {
  std::mutex mutex;
  std::function<Result<RemoteFiles*>()> loader;
  std::optional<Result<RemoteFiles*>> loaded;
};

Registry& TheRegistry() {
  static Registry registry;
  return registry;
}

// FNV-1a, 64 bits (draft-eastlake-fnv): the spool's folders need names that last, not secrecy.
uint64_t Hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace

bool IsRemote(const fs::path& path) {
  const std::string& name = path.native();
  return name.starts_with("s3://") || name.starts_with("https://") || name.starts_with("http://");
}

void SetRemoteLoader(std::function<Result<RemoteFiles*>()> loader) {
  Registry& registry = TheRegistry();
  const std::scoped_lock lock(registry.mutex);
  registry.loader = std::move(loader);
  registry.loaded.reset();
}

Result<RemoteFiles*> LoadRemote(const fs::path& url) {
  Registry& registry = TheRegistry();
  const std::scoped_lock lock(registry.mutex);
  if (!registry.loader) return Unsupported("{}: this program reads files of this machine only", url.string());
  if (!registry.loaded) registry.loaded = registry.loader();
  if (!registry.loaded->ok()) return Prefixed(url.string(), registry.loaded->status());
  return *registry.loaded;
}

bool HasRemote() { return LoadRemote("s3://").ok(); }

fs::path SpoolFolder() {
  if (const char* const spool = std::getenv("SINEW_SPOOL"); spool != nullptr && spool[0] == '/') return spool;
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
    return fs::path(cache) / "sinew/spool";
  if (const char* const home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return fs::path(home) / ".cache/sinew/spool";
  return fmt::format("/tmp/sinew-spool-{}", ::geteuid());
}

fs::path SpoolPath(const fs::path& url) {
  // A file's name has at most 255 bytes, of which suffixes take some.
  constexpr size_t kMaxNameBytes = 200;
  std::string name = url.filename().string();
  if (name.size() > kMaxNameBytes) name.erase(0, name.size() - kMaxNameBytes);
  return SpoolFolder() / fmt::format("{:016x}", Hash(url.native())) / (name.empty() ? "unnamed" : name);
}

Result<bool> FileExists(const fs::path& path) {
  if (!IsRemote(path)) {
    std::error_code error;
    return fs::exists(path, error);
  }
  SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(path));
  const Result<RemoteInfo> info = remote->Examine(path.string());
  if (info.ok()) return true;
  if (info.status().code() == StatusCode::kNotFound) return false;
  return info.status();
}

Result<fs::path> LocalCopy(const fs::path& path) {
  if (!IsRemote(path)) return path;
  SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(path));
  return remote->Fetch(path.string());
}

}  // namespace sinew
