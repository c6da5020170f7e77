// Names first, for all inputs; then files as their frames come.
#include "pipeline/tree_output.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "media/images/image.h"
#include "results/csv.h"
#include "results/jsonl.h"
#include "results/names.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;

// What the names of each input's files begin with: its place without the suffix, and a number where that is taken.
std::vector<fs::path> Bases(const std::vector<fs::path>& places) {
  std::set<fs::path> taken;
  std::vector<fs::path> bases;
  bases.reserve(places.size());
  for (const fs::path& place : places) {
    const std::string stem = results::StemOf(place.filename().string());
    fs::path base = place.parent_path() / stem;
    for (int number = 2; !taken.insert(base).second; ++number)
      base = place.parent_path() / fmt::format("{}-{}", stem, number);
    bases.push_back(std::move(base));
  }
  return bases;
}

fs::path WithEnd(fs::path base, std::string_view end) { return base += end; }

}  // namespace

fs::path TreeManifestPath(const fs::path& folder) { return folder / "manifest.jsonl"; }

Result<std::vector<ManifestResult>> FindDoneInTree(const fs::path& folder, const Manifest& now) {
  const fs::path whole = TreeManifestPath(folder), part = PartPath(whole);
  std::vector<ManifestResult> done;
  const fs::path path = IsThere(part) ? part : whole;
  if (!IsThere(path)) return done;
  std::vector<ManifestResult> results;
  SINEW_ASSIGN_OR_RETURN(
      const Manifest earlier,
      ReadManifest(path, {.result = [&](const ManifestResult& result) { results.push_back(result); }}));
  SINEW_RETURN_IF_ERROR(CheckSameRun(earlier, now, path));
  std::vector<std::pair<std::string, size_t>> numbers;
  for (size_t i = 0; i < now.inputs.size(); ++i) numbers.emplace_back(now.inputs[i].name, i);
  std::sort(numbers.begin(), numbers.end());
  for (ManifestResult& result : results) {
    const ManifestInput& was = earlier.inputs[result.of];
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), std::pair(was.name, size_t{0}));
    if (found == numbers.end() || found->first != was.name || now.inputs[found->second] != was || was.bytes < 0)
      continue;
    const bool are_there = std::ranges::all_of(
        result.outputs, [&](const std::string& output) { return IsThere(folder / fs::path(output)); });
    if (result.failed > 0 || !are_there) continue;
    result.of = found->second;
    done.push_back(std::move(result));
  }
  return done;
}

TreeOutput::TreeOutput(const TreeOptions& options, const Manifest& run, PartFile index)
    : options_(options),
      inputs_(run.inputs),
      bases_(Bases(options.places)),
      index_(std::move(index)),
      is_written_(run.inputs.size(), false) {}

Result<TreeOutput> TreeOutput::Create(const TreeOptions& options, const Manifest& run) {
  if (options.places.size() != run.inputs.size())
    return InvalidArgument("{}: {} inputs have a place in the tree, of {}", options.folder.string(),
                           options.places.size(), run.inputs.size());
  SINEW_RETURN_IF_ERROR(MakeFolder(options.folder));
  SINEW_ASSIGN_OR_RETURN(PartFile index, PartFile::Open(TreeManifestPath(options.folder), options.write));
  TreeOutput tree(options, run, std::move(index));
  std::string text = ToText(run);
  for (const ManifestResult& result : options.done) {
    text += ToLine(result);
    tree.is_written_[result.of] = true;
  }
  tree.index_.StartAnew();
  SINEW_RETURN_IF_ERROR(tree.index_.Append(text));
  return tree;
}

size_t TreeOutput::PlaceOf(const Task& task) const {
  const size_t input = options_.inputs.empty() ? task.frame.input : options_.inputs[task.frame.input];
  return std::min(input, bases_.size() - 1);
}

Status TreeOutput::WriteFiles(const Task& task) const {
  if (options_.videos_alone || task.frame.kind != media::InputKind::kPicture) return Status();
  const fs::path base = Base(PlaceOf(task)), folder = base.parent_path();
  const std::string name = base.filename().string();
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  if (task.record.error.empty() && !task.frame.image.pixels.empty()) {
    SINEW_RETURN_IF_ERROR(
        media::WriteImage(WithEnd(base, "_rendered" + options_.image_extension), task.frame.image, options_.write));
  }
  return results::WriteOpenPoseJson(folder, name, task.record, options_.json, options_.write);
}

Status TreeOutput::OpenVideo(size_t place) {
  const fs::path base = Base(place);
  SINEW_RETURN_IF_ERROR(MakeFolder(base.parent_path()));
  const fs::path video = WithEnd(base, "_rendered" + options_.video_extension);
  video_ = std::make_unique<VideoOutput>(
      VideoOutputOptions{video, options_.video_rate, options_.video_sound, options_.write});
  if (options_.videos_alone) return Status();
  SINEW_ASSIGN_OR_RETURN(lines_,
                         results::CreateJsonLinesWriter(WithEnd(base, ".jsonl"), options_.json, options_.write));
  SINEW_ASSIGN_OR_RETURN(rows_,
                         results::CreateCsvWriter(WithEnd(base, ".csv"), options_.json.skeleton, options_.write));
  return Status();
}

Status TreeOutput::Commit(Task* task, bool keep_picture) {
  const size_t place = PlaceOf(*task);
  if (result_ && result_->of != place) SINEW_RETURN_IF_ERROR(EndInput(/*whole=*/true));
  if (!result_) {
    result_ = ManifestResult{task->frame.source, place, {}, 0, 0, 0};
    is_video_ = task->frame.kind != media::InputKind::kPicture;
    if (is_video_) SINEW_RETURN_IF_ERROR(OpenVideo(place));
  }
  ++result_->frames;
  result_->failed += task->record.error.empty() ? 0 : 1;
  result_->people += static_cast<int64_t>(task->record.people.size());
  if (!is_video_) {
    if (options_.videos_alone) return Status();
    const std::string base = bases_[place].string();
    result_->outputs.push_back(base + "_keypoints.json");
    if (task->record.error.empty()) result_->outputs.push_back(base + "_rendered" + options_.image_extension);
    return Status();
  }
  for (auto* writer : {&lines_, &rows_}) {
    if (*writer == nullptr) continue;
    if (Status status = (*writer)->Write(task->record); !status.ok()) {
      writer->reset();  // after an error, a writer is only kept or destroyed
      return status;
    }
  }
  if (!task->record.error.empty()) task->frame.image = media::Image();
  media::Image kept;
  if (keep_picture) kept = task->frame.image;
  Status status = video_->Write(&task->frame);
  if (keep_picture) task->frame.image = std::move(kept);
  if (!status.ok()) video_.reset();
  return status;
}

// All of the input's files become whole, or stay parts.
Status TreeOutput::EndInput(bool whole) {
  if (!result_) return Status();
  Status first;
  const auto note = [&first](const Status& status) {
    if (first.ok()) first = status;
  };
  const std::string base = bases_[result_->of].string();
  if (video_) {
    note(video_->Finish(whole));
    if (!video_->remark().empty() && remark_.empty()) remark_ = video_->remark();
    const std::string name = base + "_rendered" + options_.video_extension;
    if (whole && IsThere(options_.folder / name)) result_->outputs.push_back(name);
  }
  for (const auto& [writer, end] : {std::pair{&lines_, ".jsonl"}, {&rows_, ".csv"}}) {
    if (*writer == nullptr) continue;
    note(whole && first.ok() ? (*writer)->Finish() : (*writer)->Keep());
    if (whole) result_->outputs.push_back(base + end);
    writer->reset();
  }
  video_.reset();
  if (whole && first.ok()) {
    is_written_[result_->of] = true;
    note(index_.Append(ToLine(*result_)));
  }
  result_.reset();
  return first;
}

Status TreeOutput::Finish(RunEnd end, bool ok) {
  const bool whole = end == RunEnd::kComplete && ok;
  Status status = EndInput(whole || (end == RunEnd::kStopped && result_ && !is_video_));
  if (!whole || !status.ok()) {
    const Status kept = index_.Keep();
    return status.ok() ? kept : status;
  }
  // Inputs that had no frame at all.
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!is_written_[i]) SINEW_RETURN_IF_ERROR(index_.Append(ToLine(ManifestResult{inputs_[i].name, i, {}, 0, 0, 0})));
  }
  return index_.Commit();
}

}  // namespace sinew::pipeline
