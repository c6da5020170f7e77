// A model's files, one after the other; the graph last, so that what is seen is whole.
#include "service/model_transfer.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"
#include "service/model_files.h"

namespace sinew::service {
namespace {

namespace fs = std::filesystem;

Status Copy(const fs::path& from, const fs::path& to) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(from));
  SINEW_ASSIGN_OR_RETURN(AtomicFile copy, AtomicFile::Create(to));
  SINEW_RETURN_IF_ERROR(copy.Write(file.bytes().data(), file.bytes().size()));
  return copy.Commit();
}

// The files beside model.json; empty for a model of one file.
Result<std::vector<fs::path>> WeightFiles(const fs::path& graph) {
  std::vector<fs::path> files;
  if (graph.extension() != ".json") return files;
  std::error_code error;
  const fs::path folder = graph.parent_path().empty() ? fs::path(".") : graph.parent_path();
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    std::error_code ignored;
    const bool is_hidden = i->path().filename().native().starts_with('.');
    if (!is_hidden && i->is_regular_file(ignored) && i->path().filename() != graph.filename())
      files.push_back(i->path());
  }
  if (error) return IoError("{}: cannot be read: {}", folder.string(), error.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<std::string>> CopyModel(const fs::path& graph, const fs::path& folder, const fs::path& name) {
  std::vector<std::string> written;
  SINEW_ASSIGN_OR_RETURN(const std::vector<fs::path> weights, WeightFiles(graph));
  for (const fs::path& file : weights) {
    SINEW_RETURN_IF_ERROR(Copy(file, folder / file.filename()));
    written.push_back((folder / file.filename()).string());
  }
  SINEW_RETURN_IF_ERROR(Copy(graph, folder / name));
  written.push_back((folder / name).string());
  return written;
}

}  // namespace

Result<std::vector<std::string>> PushModel(const std::string& model, const std::string& url) {
  if (!url.starts_with("s3://")) return InvalidArgument("{}: models are pushed to s3://bucket/key", url);
  SINEW_ASSIGN_OR_RETURN(const ModelFile found, FindModelFile(model));
  fs::path graph = found.path;
  std::error_code error;
  if (fs::is_directory(graph, error)) graph /= "model.json";
  if (url.ends_with('/')) return CopyModel(graph, url.substr(0, url.size() - 1), graph.filename());
  if (graph.extension() == ".json" && !url.ends_with(".json"))
    return InvalidArgument("{}: is a model of several files: push it to {}/", model, url);
  return CopyModel(graph, fs::path(url).parent_path(), fs::path(url).filename());
}

Result<std::vector<std::string>> PullModel(const std::string& url, const std::string& output) {
  if (!IsRemote(url)) return InvalidArgument("{}: models are pulled from s3://bucket/key or https://host/path", url);
  SINEW_ASSIGN_OR_RETURN(const ModelFile found, FindModelFile(url));
  if (found.path.extension() == ".json") {
    const fs::path folder = output.empty() ? fs::path(url).parent_path().filename() : fs::path(output);
    SINEW_RETURN_IF_ERROR(MakeFolder(folder));
    return CopyModel(found.path, folder, found.path.filename());
  }
  if (output.empty()) return CopyModel(found.path, "", found.path.filename());
  const bool is_folder = fs::is_directory(output) || output.ends_with('/');
  return is_folder ? CopyModel(found.path, output, found.path.filename())
                   : CopyModel(found.path, fs::path(output).parent_path(), fs::path(output).filename());
}

}  // namespace sinew::service
