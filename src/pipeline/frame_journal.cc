// Reading what earlier runs have left, and going on from there.
#include "pipeline/frame_journal.h"

#include <xxhash.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"

namespace sinew::pipeline {
namespace {

uint64_t Key(const ManifestFrame& frame, const ManifestInput& input) {
  // No name holds a NUL.
  const std::string text = fmt::format("{}{}{}{}{}:{}:{}{}{}{}", frame.name, '\0', input.name, '\0', input.bytes,
                                       input.modified_ns, frame.frame, input.etag, '\0', frame.etag);
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace

Result<FrameJournal> FrameJournal::Open(const std::filesystem::path& folder, const Manifest& run, bool resume,
                                        const WriteOptions& options) {
  std::filesystem::path path = FolderManifestPath(folder);
  if (IsRemote(path)) {  // of no use to other machines: it stays here
    path = SpoolPath(path);
    SINEW_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  }
  FrameJournal journal(run, std::move(path));
  Result<PartFile> file = PartFile::Open(journal.path_, options);
  if (!file.ok() && file.status().code() == StatusCode::kUnavailable && !resume) return journal;
  if (!file.ok()) return file.status();
  if (resume) {
    // Under its final name, it is there only while the growing file is being replaced.
    if (IsThere(journal.path_)) {
      SINEW_RETURN_IF_ERROR(journal.ReadEarlier(journal.path_));
      journal.same_inputs_ = false;
    } else if (file->size_bytes() > 0) {
      SINEW_RETURN_IF_ERROR(journal.ReadEarlier(PartPath(journal.path_)));
    }
  }
  journal.file_ = std::move(*file);
  return journal;
}

Status FrameJournal::ReadEarlier(const std::filesystem::path& path) {
  std::vector<ManifestFrame> frames;
  SINEW_ASSIGN_OR_RETURN(
      const Manifest earlier,
      ReadManifest(path, {.frame = [&](const ManifestFrame& frame) { frames.push_back(frame); }}, &complete_bytes_));
  SINEW_RETURN_IF_ERROR(CheckSameRun(earlier, run_, path));
  same_inputs_ = earlier.inputs == run_.inputs;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < run_.inputs.size(); ++i) places.emplace(run_.inputs[i].name, i);
  for (const ManifestFrame& frame : frames) {
    const ManifestInput& input = earlier.inputs[frame.of];
    const auto place = places.find(input.name);
    if (place == places.end() || run_.inputs[place->second] != input) continue;
    done_.insert(Key(frame, input));
    if (!same_inputs_) carried_ += ToLine({frame.name, place->second, frame.frame, frame.etag});
  }
  return Status();
}

Status FrameJournal::Begin() {
  if (!file_) return Status();
  if (same_inputs_) {
    file_->GoOnFrom(complete_bytes_);
    return Status();
  }
  const std::string text = ToText(run_) + std::exchange(carried_, {});
  // So that a kill in between loses nothing that is known.
  if (!done_.empty()) SINEW_RETURN_IF_ERROR(WriteFile(path_, text));
  std::error_code ignored;
  if (done_.empty()) std::filesystem::remove(path_, ignored);
  file_->StartAnew();
  SINEW_RETURN_IF_ERROR(file_->Append(text));
  std::filesystem::remove(path_, ignored);
  return Status();
}

bool FrameJournal::IsDone(const ManifestFrame& frame) const {
  return frame.of < run_.inputs.size() && done_.contains(Key(frame, run_.inputs[frame.of]));
}

Status FrameJournal::Add(const ManifestFrame& frame) {
  if (!file_ || frame.of >= run_.inputs.size()) return Status();
  return file_->Append(ToLine(frame));
}

Status FrameJournal::Finish() { return file_ ? file_->Keep() : Status(); }

}  // namespace sinew::pipeline
