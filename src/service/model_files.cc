// A path wins over a name.
#include "service/model_files.h"

#include "base/error.h"
#include "base/file.h"
#include "program/reader.h"
#include "service/resolution_text.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"

namespace sinew::service {

Result<ModelFile> FindModelFile(const std::string& path_or_name) {
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
  SINEW_ASSIGN_OR_RETURN(const std::filesystem::path path, zoo::Locate(path_or_name));
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
