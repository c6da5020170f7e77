// Fetching: an npm package or a single file, into a folder of its own that is renamed when all is well.
#include "service/zoo/fetch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "service/zoo/checksum.h"
#include "service/zoo/download.h"
#include "service/zoo/store.h"

namespace sinew::zoo {
namespace {

// Keeps other processes from fetching the same model at the same time; they wait. Released by the kernel in any case.
class Lock {
 public:
  static Result<Lock> Take(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return IoError("{}: cannot be created: {}", path.string(), std::strerror(errno));
    Lock lock(fd);
    while (flock(fd, LOCK_EX) != 0) {
      if (errno != EINTR) return IoError("{}: cannot be locked: {}", path.string(), std::strerror(errno));
    }
    return lock;
  }
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock(const Lock& other) = delete;
  ~Lock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

std::vector<std::filesystem::path> FilesWithExtension(const std::filesystem::path& folder, const char* extension) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  return files;
}

void Remove(const std::filesystem::path& path) {
  std::error_code error;  // what cannot be removed shows as soon as something is written in its place
  std::filesystem::remove_all(path, error);
}

Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  return error ? IoError("{}: cannot be renamed to {}: {}", from.string(), to.string(), error.message()) : Status();
}

// A model that is said to be there is there after a power loss.
Status SyncFiles(const std::filesystem::path& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const Descriptor fd(OpenRetrying(i->path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() < 0) return ErrnoError(i->path(), "open");
    SINEW_RETURN_IF_ERROR(SyncDescriptor(fd.get(), i->path()));
  }
  return SyncFolder(folder);
}

// The package's archive as any program may fetch it, from the registry that npm's own variable names: for machines
// without npm, which brings 350 packages on Debian.
Result<std::filesystem::path> DownloadPackage(const Source& source, const std::filesystem::path& folder,
                                              const FetchOptions& options) {
  std::string registry = options.mirror;
  if (const char* const configured = std::getenv("npm_config_registry"); registry.empty() && configured != nullptr)
    registry = configured;
  if (registry.empty()) {
    return NotFound(
        "{} is an npm package, and npm is not on this machine: install npm, set npm_config_registry to the address of "
        "a "
        "registry, or hand the model over by SINEW_MODELS",
        source.package);
  }
  while (registry.ends_with('/')) registry.pop_back();
  const std::string name = source.package.substr(source.package.find('/') + 1);  // without its scope
  const std::string file = fmt::format("{}-{}.tgz", name, source.version);
  const std::filesystem::path archive = folder / file;
  Remove(archive);
  SINEW_RETURN_IF_ERROR(Download(fmt::format("{}/{}/-/{}", registry, source.package, file), archive, options.max_bytes,
                                 options.progress));
  return archive;
}

// "npm pack" puts the package's archive into `folder`. kNotFound where there is no npm.
Result<std::filesystem::path> PackWithNpm(const Source& source, const std::filesystem::path& folder,
                                          uint64_t max_bytes) {
  // npm waits for minutes by default.
  const std::string package = fmt::format("{}@{}", source.package, source.version);
  for (const std::filesystem::path& old : FilesWithExtension(folder, ".tgz")) Remove(old);
  const Result<ProcessResult> result = RunProcess({"npm", "pack", package, "--pack-destination", folder.string(),
                                                   "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=20000"},
                                                  {.max_file_bytes = max_bytes});
  if (!result.ok()) return result.status();
  const std::vector<std::filesystem::path> archives = FilesWithExtension(folder, ".tgz");
  if (result->exit_code != 0 || archives.size() != 1) {
    return Unavailable(
        "npm could not fetch {}: {}\nCheck the network and npm's configuration, or hand the model over "
        "by SINEW_MODELS",
        package, result->errors.empty() ? "no archive appeared" : result->errors);
  }
  return archives[0];
}

// The archive is unpacked only after its checksum proved right: what is in it is known.
Status FetchPackage(const Source& source, const std::filesystem::path& work, const std::filesystem::path& ready,
                    const FetchOptions& options) {
  Result<std::filesystem::path> packed = PackWithNpm(source, work, options.max_bytes);
  if (packed.status().code() == StatusCode::kNotFound) packed = DownloadPackage(source, work, options);
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path archive, std::move(packed));
  SINEW_ASSIGN_OR_RETURN(const std::string sha512, Sha512Base64(archive));
  if (sha512 != source.sha512) {
    Remove(archive);
    return Corrupt(
        "{} {} has SHA-512 {}, not {} as the zoo says: it was damaged on the way or replaced; run the "
        "command again, or hand the model over by SINEW_MODELS",
        source.package, source.version, sha512, source.sha512);
  }
  std::vector<std::string> arguments = {
      "tar",          "--extract",   "--gzip",  "--file",          archive.string(),       "--directory",
      ready.string(), "--transform", "s,.*/,,", "--no-same-owner", "--no-same-permissions"};
  arguments.insert(arguments.end(), source.files.begin(), source.files.end());
  SINEW_ASSIGN_OR_RETURN(const ProcessResult result, RunProcess(arguments, {.max_file_bytes = options.max_bytes}));
  if (result.exit_code != 0) {
    const std::string code = fmt::format("tar ended with exit code {}", result.exit_code);
    return Corrupt("{}: the archive cannot be unpacked: {}", source.package,
                   result.errors.empty() ? code : result.errors);
  }
  if (source.graph.empty()) return Status();
  return Rename(ready / std::filesystem::path(source.graph).filename(), ready / kWebGraph);
}

// "https://host/path" from the mirror: "MIRROR/path".
std::string MakeAddress(const Source& source, std::string mirror) {
  if (mirror.empty()) return source.url;
  while (mirror.ends_with('/')) mirror.pop_back();
  const size_t host = source.url.find("://");
  const size_t path = host == std::string::npos ? std::string::npos : source.url.find('/', host + 3);
  return path == std::string::npos ? mirror + "/" : mirror + source.url.substr(path);
}

// By git's name of the content, a SHA-1, and by SHA-256 where the zoo has it: SHA-1 alone is no proof against somebody
// who wants to deceive.
Status CheckFile(const Source& source, const std::filesystem::path& file, const std::string& url) {
  const auto other = [&](std::string_view what, const std::string& is, const std::string& wanted) {
    return Corrupt(
        "{} has {} {}, not {} as the zoo says: it was damaged on the way or replaced; run the "
        "command again, or hand the file over by SINEW_MODELS",
        url, what, is, wanted);
  };
  SINEW_ASSIGN_OR_RETURN(const std::string blob, GitBlobId(file));
  if (blob != source.git_blob) return other("git blob id", blob, source.git_blob);
  if (source.sha256.empty()) return Status();
  SINEW_ASSIGN_OR_RETURN(const std::string sha256, Sha256Hex(file));
  return sha256 == source.sha256 ? Status() : other("SHA-256", sha256, source.sha256);
}

Status FetchFile(const Source& source, const std::filesystem::path& work, const std::filesystem::path& ready,
                 const FetchOptions& options) {
  const std::string url = MakeAddress(source, options.mirror);
  const std::filesystem::path partial = work / (std::string(kFrozenGraph) + ".part");
  std::error_code error;
  const bool resumed = std::filesystem::exists(partial, error);
  SINEW_RETURN_IF_ERROR(Download(url, partial, options.max_bytes, options.progress));
  Status checked = CheckFile(source, partial, url);
  if (checked.code() == StatusCode::kCorrupt && resumed) {
    // What was there may have been part of something else: once more from the start.
    Remove(partial);
    SINEW_RETURN_IF_ERROR(Download(url, partial, options.max_bytes, options.progress));
    checked = CheckFile(source, partial, url);
  }
  if (!checked.ok()) {
    Remove(partial);
    return checked;
  }
  return Rename(partial, ready / kFrozenGraph);
}

}  // namespace

Result<std::filesystem::path> Fetch(const Entry& entry, const FetchOptions& options) {
  if (const Result<std::filesystem::path> there = Locate(entry.name); there.ok()) return there;
  if (entry.source.kind == Source::Kind::kManual) return Locate(entry.name).status();
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path store, StoreFolder());
  const std::filesystem::path work = store / ("." + entry.name + ".fetch"), ready = work / "ready";
  SINEW_RETURN_IF_ERROR(MakeFolder(store));
  SINEW_ASSIGN_OR_RETURN(const Lock lock, Lock::Take(store / ("." + entry.name + ".lock")));
  // Another process may have fetched it while this one waited.
  if (const Result<std::filesystem::path> there = Locate(entry.name); there.ok()) return there;

  Remove(ready);
  SINEW_RETURN_IF_ERROR(MakeFolder(ready));
  const Status status = entry.source.kind == Source::Kind::kNpm ? FetchPackage(entry.source, work, ready, options)
                                                                : FetchFile(entry.source, work, ready, options);
  if (!status.ok()) return Prefixed(entry.name, status);
  Remove(store / entry.name);  // without a graph in it, or Locate had found it
  SINEW_RETURN_IF_ERROR(SyncFiles(ready));
  SINEW_RETURN_IF_ERROR(Rename(ready, store / entry.name));
  SINEW_RETURN_IF_ERROR(SyncFolder(store));
  Remove(work);
  return Locate(entry.name);
}

}  // namespace sinew::zoo
