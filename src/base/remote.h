// Files that are not on this machine (s3://bucket/key, https://host/path), below everything that opens files: ReadFile,
// MappedFile, AtomicFile, PartFile and whoever else meets such a name comes here. The protocols are elsewhere
// (src/store, a module that is loaded at the first such name); this is what files need of them.
//
// Names stay std::filesystem::paths: "s3://bucket/folder" / "a.json" is what it looks like. What is written is spooled:
// it grows as a local file in the spool folder and is uploaded whole when it is committed, so that a store holds
// finished results only, and what a killed process has left is gone on from as it is beside a local file. PartPath of
// such a name is that local file, CreateTemporary makes its files in the spool folder, and PublishFile uploads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew {

// True once everything shall end.
using RemoteStop = std::function<bool()>;

struct RemoteInfo {
  uint64_t bytes = 0;
  std::string etag;  // as the server gives it; empty where it gives none
};

struct RemoteEntry {
  std::string url;
  uint64_t bytes = 0;
  std::string etag;
};

// The objects below a prefix, in the order of their keys. One thread at a time; a page of them is in memory.
class RemoteListing {
 public:
  virtual ~RemoteListing() = default;
  // False at the end.
  virtual Result<bool> Next(RemoteEntry* entry) = 0;
};

// An object that is read in pieces, by range requests. One thread at a time.
class RemoteReader {
 public:
  virtual ~RemoteReader() = default;
  virtual uint64_t size_bytes() const = 0;
  // Fills as much of `into` as there is behind `offset`, and returns how much: 0 at the end. kCorrupt where the object
  // has been replaced since it was opened.
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) = 0;
};

// Thread-safe. Errors name the URL, without what is secret in it: kNotFound, kUnavailable (worth another try later),
// kIo (refused), kInvalidArgument (the URL), kTooLarge, kCancelled, kCorrupt (a checksum).
class RemoteFiles {
 public:
  virtual ~RemoteFiles() = default;
  virtual Result<RemoteInfo> Examine(const std::string& url) = 0;
  virtual Result<std::string> Read(const std::string& url, uint64_t max_bytes, const RemoteStop& stop) = 0;
  // The first `count` bytes; fewer where there are fewer.
  virtual Result<std::string> ReadPrefix(const std::string& url, size_t count) = 0;
  virtual Result<std::unique_ptr<RemoteReader>> Open(const std::string& url, const RemoteStop& stop) = 0;
  // `url` ends with a slash, or is the beginning of keys. Keys with a further slash are passed over unless `recursive`.
  virtual Result<std::unique_ptr<RemoteListing>> List(const std::string& url, bool recursive,
                                                      const RemoteStop& stop) = 0;
  // A copy on this disk, downloaded only where there is none of the object's present content.
  virtual Result<std::filesystem::path> Fetch(const std::string& url) = 0;
  // Makes the content of the open file `fd` the object's. Large ones go in parts; which parts are there already is
  // written beside `local`, so that another process can go on after a kill. Nothing is visible before all of it is.
  virtual Status Upload(int fd, const std::filesystem::path& local, const std::string& url) = 0;
};

// Whether it names something on another machine: s3://, https:// or http://.
bool IsRemote(const std::filesystem::path& path);

// How a program comes to its RemoteFiles: called once, at the first such name. Without, they cannot be had. To be set
// before threads are started.
void SetRemoteLoader(std::function<Result<RemoteFiles*>()> loader);
// kUnsupported, with the URL, in a program that has none.
Result<RemoteFiles*> LoadRemote(const std::filesystem::path& url);
// Whether LoadRemote would succeed.
bool HasRemote();

// Where a file that will be uploaded to `url` grows: SPOOL/HASH/NAME. SPOOL is $SINEW_SPOOL, else
// ${XDG_CACHE_HOME:-~/.cache}/sinew/spool. The same for the same URL.
std::filesystem::path SpoolPath(const std::filesystem::path& url);
// SPOOL itself, for files without a name that lasts.
std::filesystem::path SpoolFolder();

// Whether there is a file of this name, wherever it is. A store that does not answer is an error.
Result<bool> FileExists(const std::filesystem::path& path);
// The path itself, or that of a copy on this disk.
Result<std::filesystem::path> LocalCopy(const std::filesystem::path& path);

}  // namespace sinew
