// Identities of files, whether they exist yet or not.
#include "base/output_check.h"

#include <sys/stat.h>

#include <map>
#include <optional>
#include <tuple>

#include "base/error.h"

namespace sinew {
namespace {

namespace fs = std::filesystem;

// Device and inode of the file, or of its folder with the name that it will have there.
using Identity = std::tuple<dev_t, ino_t, std::string>;

// As long a chain of links as Linux follows (path_resolution(7)).
constexpr int kMaxLinks = 40;

std::optional<Identity> Identify(fs::path path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) return Identity(info.st_dev, info.st_ino, "");
  // A link to a file that does not exist yet stands for that file.
  std::error_code error;
  for (int i = 0; i < kMaxLinks && fs::is_symlink(fs::symlink_status(path, error)); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) return std::nullopt;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  const fs::path parent = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  if (::stat(parent.c_str(), &info) == 0) return Identity(info.st_dev, info.st_ino, path.filename().string());
  // In a folder that will be made: its path, as far as it exists, without links.
  const fs::path resolved = fs::weakly_canonical(path, error);
  if (error) return std::nullopt;
  return Identity(0, 0, resolved.string());
}

}  // namespace

Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  std::map<Identity, const NamedFile*> written;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    const std::optional<Identity> identity = Identify(output.path);
    if (!identity) continue;
    const auto [other, is_new] = written.emplace(*identity, &output);
    if (!is_new) {
      return InvalidArgument("{}: {} and {} would be written to the same file{}: choose another name",
                             output.path.string(), output.role, other->second->role,
                             output.path == other->second->path ? "" : ", " + other->second->path.string());
    }
  }
  for (const NamedFile& input : inputs) {
    if (input.path.empty()) continue;
    const std::optional<Identity> identity = Identify(input.path);
    const auto output = identity ? written.find(*identity) : written.end();
    if (output == written.end()) continue;
    return InvalidArgument("{}: {} would replace {}, {}: choose another name", output->second->path.string(),
                           output->second->role, input.role, input.path.string());
  }
  return Status();
}

void AppendModelFiles(const std::string& role, const fs::path& model, std::vector<NamedFile>* files) {
  std::error_code error;
  files->push_back({role, model});
  const bool is_folder = fs::is_directory(model, error), is_caffe = model.extension() == ".caffemodel";
  if (!is_folder && !is_caffe && model.extension() != ".json") return;
  const fs::path folder = is_folder ? model : model.parent_path();
  for (fs::directory_iterator i(folder.empty() ? fs::path(".") : folder, error), end; !error && i != end;
       i.increment(error)) {
    if (is_caffe && i->path().extension() != ".prototxt") continue;
    if (i->path().filename() != model.filename()) files->push_back({role, i->path()});
  }
}

}  // namespace sinew
