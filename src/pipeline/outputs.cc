// Opening, drawing, writing, closing.
#include "pipeline/outputs.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/part_file.h"
#include "media/images/image.h"
#include "results/coco_json.h"
#include "results/csv.h"
#include "results/jsonl.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;

std::filesystem::path RenderedPath(const OutputOptions& options, const std::string& name) {
  return options.images_folder / (name + "_rendered" + options.image_extension);
}

// Finds out now what would go wrong when the first picture comes.
Status CheckParentFolder(const fs::path& file) {
  const fs::path parent = file.parent_path();
  if (!parent.empty()) SINEW_RETURN_IF_ERROR(MakeFolder(parent));
  return CheckReplaceable(file);
}

// A writer that failed cannot be finished.
Status WriteOrDrop(const results::Record& record, std::unique_ptr<results::RecordWriter>* writer) {
  Status status = (*writer)->Write(record);
  if (!status.ok()) writer->reset();
  return status;
}

Status CheckResumable(const OutputOptions& options) {
  if (!options.jsonl.empty()) return Status();
  for (const auto& [path, flag] : {std::pair{&options.csv, "--write-csv"},
                                   {&options.coco_json, "--write-coco-json"},
                                   {&options.video, "--write-video"}}) {
    if (!path->empty())
      return InvalidArgument(
          "--resume with {} needs --write-jsonl as well: the results of earlier frames are read from there", flag);
  }
  if (options.json_folder.empty() && options.heatmaps_folder.empty() && options.images_folder.empty()) {
    return InvalidArgument(
        "--resume: nothing is written that could be resumed; give --write-jsonl FILE or --write-json DIR");
  }
  return Status();
}

}  // namespace

Result<Outputs> Outputs::Create(const OutputOptions& options) {
  if (options.resume) SINEW_RETURN_IF_ERROR(CheckResumable(options));
  SINEW_ASSIGN_OR_RETURN(results::Renderer renderer, results::Renderer::Create(options.render, options.description));
  for (const fs::path* folder : {&options.json_folder, &options.heatmaps_folder, &options.images_folder}) {
    if (!folder->empty()) SINEW_RETURN_IF_ERROR(MakeFolder(*folder));
  }
  Outputs outputs(options, std::move(renderer));
  outputs.rate_ = std::make_unique<RateMeter>();
  SINEW_RETURN_IF_ERROR(outputs.OpenRecordWriters());
  if (!options.video.empty()) {
    SINEW_RETURN_IF_ERROR(media::CheckVideoName(options.video));
    SINEW_RETURN_IF_ERROR(CheckParentFolder(options.video));
    outputs.video_ =
        std::make_unique<VideoOutput>(VideoOutputOptions{options.video, options.video_rate, options.video_sound, {}});
  }
  return outputs;
}

Status Outputs::OpenRecordWriters() {
  for (const auto& [path, create] :
       {std::pair{&options_.csv, &results::CreateCsvWriter}, {&options_.coco_json, &results::CreateCocoWriter}}) {
    if (path->empty()) continue;
    SINEW_RETURN_IF_ERROR(CheckParentFolder(*path));
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<results::RecordWriter> writer,
                           create(*path, options_.description.skeleton, WriteOptions()));
    whole_files_.push_back(std::move(writer));
  }
  if (options_.jsonl.empty()) return Status();
  if (options_.jsonl != "-") SINEW_RETURN_IF_ERROR(CheckParentFolder(options_.jsonl));
  if (!options_.resume) {
    SINEW_ASSIGN_OR_RETURN(json_lines_, results::CreateJsonLinesWriter(options_.jsonl, options_.json));
    return Status();
  }
  int64_t known = 0;
  const auto count = [&known](const results::Record&) {
    ++known;
    return Status();
  };
  std::error_code error;
  const fs::path part = PartPath(options_.jsonl);
  const fs::path earlier = fs::exists(part, error)             ? part
                           : fs::exists(options_.jsonl, error) ? options_.jsonl
                                                               : fs::path();
  SINEW_ASSIGN_OR_RETURN(json_lines_, results::ResumeJsonLinesWriter(options_.jsonl, earlier, count, options_.json));
  SINEW_ASSIGN_OR_RETURN(resumption_, Resumption::Open(earlier, known));
  return Status();
}

bool Outputs::IsDone(const std::string& name) const {
  if (!options_.resume || json_lines_) return false;
  std::error_code error;
  const auto missing = [&error](const fs::path& folder, const fs::path& file) {
    return !folder.empty() && !fs::exists(file, error);
  };
  return !missing(options_.json_folder, results::OpenPoseJsonPath(options_.json_folder, name)) &&
         !missing(options_.heatmaps_folder,
                  results::HeatmapsPath(options_.heatmaps_folder, name, options_.heatmap_format)) &&
         !missing(options_.images_folder, RenderedPath(options_, name));
}

Status Outputs::Draw(Task* task) const {
  const double rate = options_.caption_rate ? rate_->Tick() : 0;
  const std::string caption = rate > 0 ? fmt::format("{:.1f} frames/s", rate) : "";
  return renderer_.Render(task->record, task->maps.view(), caption, &task->frame.image);
}

Status Outputs::WriteFiles(Task* task, StageTimes* times) const {
  const bool has_picture = !task->frame.image.pixels.empty() && task->record.error.empty();
  if (has_picture && !task->known && !options_.heatmaps_folder.empty()) {
    const StageTimer timer(times, Stage::kFiles);
    SINEW_RETURN_IF_ERROR(results::WriteHeatmaps(options_.heatmaps_folder, task->name, options_.heatmap_format,
                                                 task->maps.view(), options_.description));
  }
  if (has_picture && renders() && (!task->known || needs_known_pictures())) {
    const StageTimer timer(times, Stage::kDraw);
    SINEW_RETURN_IF_ERROR(Draw(task));
  }
  if (task->known) return Status();
  const StageTimer timer(times, Stage::kFiles);
  if (has_picture && !options_.images_folder.empty())
    SINEW_RETURN_IF_ERROR(media::WriteImage(RenderedPath(options_, task->name), task->frame.image));
  // Last: it says that the frame is done.
  if (options_.json_folder.empty()) return Status();
  return results::WriteOpenPoseJson(options_.json_folder, task->name, task->record, options_.json);
}

Result<bool> Outputs::Commit(Task* task, StageTimes* times) {
  {
    const StageTimer timer(times, Stage::kRecords);
    for (auto& writer : whole_files_) SINEW_RETURN_IF_ERROR(WriteOrDrop(task->record, &writer));
  }
  bool go_on = true;
  if (needs_known_pictures()) {
    const StageTimer timer(times, Stage::kVideo);
    if (!task->record.error.empty()) task->frame.image = media::Image();
    if (options_.show && !task->frame.image.pixels.empty()) {
      SINEW_ASSIGN_OR_RETURN(go_on, options_.show(task->frame.image));
    }
    if (video_) {
      Status status = video_->Write(&task->frame);
      if (!status.ok()) video_.reset();
      SINEW_RETURN_IF_ERROR(status);
    }
  }
  if (json_lines_ && !task->known) {
    const StageTimer timer(times, Stage::kRecords);
    SINEW_RETURN_IF_ERROR(WriteOrDrop(task->record, &json_lines_));
  }
  return go_on;
}

Status Outputs::Finish(RunEnd end) {
  Status first;
  const auto keep = [&first](const Status& status) {
    if (first.ok()) first = status;
  };
  if (video_) keep(video_->Finish(/*complete=*/true));
  for (const auto& writer : whole_files_) {
    if (writer) keep(writer->Finish());
  }
  if (json_lines_) keep(json_lines_->Finish());
  return first;
}

}  // namespace sinew::pipeline
