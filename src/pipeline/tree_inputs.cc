// Paths in, paths out.
#include "pipeline/tree_inputs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;

// "rtsp://camera.local/a" -> "rtsp_camera_local_a".
fs::path PlainName(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    if (is_plain || plain.empty() || plain.back() != '_') plain += is_plain ? c : '_';
  }
  return plain;
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

void TakeVideoFolder(OutputOptions* outputs) {
  std::error_code error;
  if (!outputs->video.empty() && (!outputs->video.has_filename() || fs::is_directory(outputs->video, error)))
    outputs->trees.push_back({.folder = std::exchange(outputs->video, {}), .videos_alone = true});
}

std::vector<fs::path> PlacesInTree(const std::vector<media::Input>& inputs) {
  std::vector<fs::path> places;
  places.reserve(inputs.size());
  for (const media::Input& input : inputs) {
    const bool is_file = input.kind == media::InputKind::kPicture || input.kind == media::InputKind::kVideo;
    const fs::path name = fs::path(input.name).filename();
    places.push_back(!input.below.empty()       ? fs::path(input.below)
                     : is_file && !name.empty() ? name
                                                : PlainName(input.name));
  }
  return places;
}

Result<size_t> LeaveOutResults(const std::vector<fs::path>& folders, std::vector<media::Input>* inputs) {
  std::vector<fs::path> results;
  for (const fs::path& folder : folders) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(fs::absolute(folder, error), error);
    if (!error) results.push_back(whole.has_filename() ? whole : whole.parent_path());
  }
  const size_t before = inputs->size();
  std::erase_if(*inputs, [&](const media::Input& input) {
    if (input.below.empty()) return false;  // named by itself
    std::error_code error;
    const fs::path path = fs::weakly_canonical(input.location, error);
    return !error && std::ranges::any_of(results, [&](const fs::path& folder) { return IsBelow(path, folder); });
  });
  if (before > 0 && inputs->empty())
    return InvalidArgument("{}: the inputs lie in there: results go to another folder", folders[0].string());
  return before - inputs->size();
}

Status LeaveOutDone(const Manifest& manifest, TreeOptions* tree, std::vector<media::Input>* inputs) {
  SINEW_ASSIGN_OR_RETURN(tree->done, FindDoneInTree(tree->folder, manifest));
  std::vector<bool> is_done(inputs->size(), false);
  for (const ManifestResult& result : tree->done) is_done[result.of] = true;
  std::vector<media::Input> left;
  for (size_t i = 0; i < inputs->size(); ++i) {
    if (is_done[i]) continue;
    tree->inputs.push_back(i);
    left.push_back(std::move((*inputs)[i]));
  }
  *inputs = std::move(left);
  return Status();
}

}  // namespace sinew::pipeline
