// A path wins over a name.
#include "service/model_files.h"

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"
#include "program/reader.h"
#include "service/resolution_text.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"

namespace sinew::service {
namespace {

// A TensorFlow.js model is the files of a folder; more than these are something else.
constexpr int kMaxModelFiles = 1000;

// The folder with copies of what lies beside s3://bucket/folder/model.json.
Result<std::filesystem::path> FetchFolder(const std::string& url) {
  SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(url));
  const std::string folder = url.substr(0, url.rfind('/') + 1);
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<RemoteListing> listing, remote->List(folder, /*recursive=*/false, {}));
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path graph, remote->Fetch(url));
  // Beside its graph, under their names: the cache keeps each file in a folder of its own.
  const std::filesystem::path together = graph.parent_path() / "with-weights";
  SINEW_RETURN_IF_ERROR(MakeFolder(together));
  int files = 0;
  for (RemoteEntry entry;;) {
    SINEW_ASSIGN_OR_RETURN(const bool more, listing->Next(&entry));
    if (!more) break;
    const std::string name = entry.url.substr(folder.size());
    if (name.empty() || name[0] == '.') continue;
    if (++files > kMaxModelFiles)
      return InvalidArgument("{}: more than {} files lie beside it: is this a model's folder?", url, kMaxModelFiles);
    SINEW_ASSIGN_OR_RETURN(const std::filesystem::path copy, remote->Fetch(entry.url));
    const std::filesystem::path link = together / name;
    std::error_code error;
    if (std::filesystem::equivalent(link, copy, error)) continue;
    std::filesystem::remove(link, error);
    std::filesystem::create_hard_link(copy, link, error);
    if (error) return IoError("{}: {}", link.string(), error.message());
  }
  return together / graph.filename();
}

Result<std::filesystem::path> FetchModel(const std::string& url) {
  if (url.starts_with("s3://") && url.ends_with("/")) return FetchFolder(url + "model.json");
  return url.starts_with("s3://") && url.ends_with(".json") ? FetchFolder(url) : LocalCopy(url);
}

}  // namespace

Result<ModelFile> FindModelFile(const std::string& path_or_name) {
  if (IsRemote(path_or_name)) {
    SINEW_ASSIGN_OR_RETURN(std::filesystem::path copy, FetchModel(path_or_name));
    return ModelFile{std::move(copy), std::nullopt};
  }
  std::error_code error;
  if (std::filesystem::exists(path_or_name, error)) return ModelFile{path_or_name, std::nullopt};
  const bool looks_like_path = path_or_name.find('/') != std::string::npos || path_or_name.ends_with(".pb") ||
                               path_or_name.ends_with(".json") || path_or_name.ends_with(".sinew") ||
                               path_or_name.ends_with(".caffemodel");
  if (looks_like_path) {
    // ENAMETOOLONG, EACCES, ELOOP: exists() tells them from "not there".
    const bool is_missing = !error || error == std::errc::no_such_file_or_directory;
    return NotFound("{}: {}", path_or_name, is_missing ? "no such file" : error.message());
  }
  SINEW_ASSIGN_OR_RETURN(std::filesystem::path path, zoo::Locate(path_or_name));
  if (IsRemote(path)) {
    SINEW_ASSIGN_OR_RETURN(path, FetchModel(path.string()));
  }
  ModelFile file{path, std::nullopt};
  if (const auto entry = zoo::Find(path_or_name); entry.ok()) {
    SINEW_ASSIGN_OR_RETURN(file.suggested, ParseResolution((*entry)->resolution));
  }
  return file;
}

bool IsCompiledModel(const std::filesystem::path& path) {
  constexpr size_t kPrefixBytes = 64;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const Result<std::string> prefix = ReadFilePrefix(path, kPrefixBytes);
  return prefix.ok() && program::Artifact::LooksLikeArtifact(*prefix);
}

}  // namespace sinew::service
