// Opening, drawing, writing, closing.
#include "pipeline/outputs.h"

#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/part_file.h"
#include "base/remote.h"
#include "media/images/image.h"
#include "results/coco_json.h"
#include "results/csv.h"
#include "results/jsonl.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;

uint64_t Hash(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

uint64_t HashOfContent(const ManifestObject& object) { return Hash(fmt::format("{} {}", object.bytes, object.etag)); }

// The object that a frame is of, where that lies below a prefix.
std::optional<ManifestObject> ObjectOf(const Task& task) {
  if (task.frame.object_etag.empty()) return std::nullopt;
  return ManifestObject{results::AsReadBack(task.frame.source), task.frame.object_bytes,
                        results::AsReadBack(task.frame.object_etag)};
}

ManifestFrame DoneFrame(const Task& task) {
  return {task.name, task.frame.argument, task.record.frame, results::AsReadBack(task.frame.object_etag)};
}

std::filesystem::path RenderedPath(const OutputOptions& options, const std::string& name) {
  return options.images_folder / (name + "_rendered" + options.image_extension);
}

// Finds out now what would go wrong when the first picture comes.
Status CheckParentFolder(const fs::path& file) {
  if (IsRemote(file)) return CheckReplaceable(file);
  const fs::path parent = file.parent_path();
  if (!parent.empty()) SINEW_RETURN_IF_ERROR(MakeFolder(parent));
  return CheckReplaceable(file);
}

// What each flag writes whole.
std::vector<NamedFile> OutputPaths(const OutputOptions& options) {
  const fs::path jsonl = options.jsonl == "-" ? fs::path() : options.jsonl;
  return {{"--write-jsonl", jsonl},
          {"--write-csv", options.csv},
          {"--write-coco-json", options.coco_json},
          {"--write-video", options.video}};
}

// `name` without its end where it has it.
std::optional<std::string> Without(const std::string& name, const std::string& end) {
  if (!name.ends_with(end)) return std::nullopt;
  return name.substr(0, name.size() - end.size());
}

// A file that lies where files of frames are written, and is called as one of them may be. Which names frames get is
// not known before they are read; that "a-2" may be the second "a", and "a_000000000012" a frame of "a", is.
Status CheckFrameFiles(const OutputOptions& options, std::span<const NamedFile> files) {
  const std::tuple<const char*, const fs::path*, std::string> kinds[] = {
      {"--write-json", &options.json_folder, "_keypoints.json"},
      {"--write-heatmaps", &options.heatmaps_folder, "_pose_heatmaps.npy"},
      {"--write-heatmaps", &options.heatmaps_folder, "_pose_heatmaps.png"},
      {"--write-images", &options.images_folder, "_rendered" + options.image_extension}};
  std::unordered_set<std::string> stems;
  for (const ManifestInput& input : options.manifest.inputs) stems.insert(fs::path(input.name).stem().string());
  for (const auto& [flag, folder, end] : kinds) {
    if (folder->empty()) continue;
    for (const NamedFile& file : files) {
      std::optional<std::string> stem = Without(file.path.filename().string(), end);
      std::error_code error;
      const fs::path parent = file.path.parent_path().empty() ? fs::path(".") : file.path.parent_path();
      if (!stem || !fs::equivalent(parent, *folder, error)) continue;
      const bool framelike = stems.contains(stem->substr(0, stem->find_last_of("-_")));
      if (!framelike && !stems.contains(*stem)) continue;
      return InvalidArgument("{}: {} {} may replace {}: choose another folder", file.path.string(), flag,
                             folder->string(), file.role);
    }
  }
  return Status();
}

// No output may be a file that is read, or another output.
Status CheckOutputFiles(const OutputOptions& options) {
  std::vector<NamedFile> read = options.read_files;
  for (const ManifestInput& input : options.manifest.inputs) {
    if (input.bytes >= 0) read.push_back({"an input", input.name});
  }
  std::vector<NamedFile> written;
  for (const NamedFile& output : OutputPaths(options)) {
    if (output.path.empty()) continue;
    written.push_back(output);
    written.push_back({output.role + " (until it is whole)", PartPath(output.path)});
    if (output.role != "--write-jsonl") continue;
    written.push_back({output.role + " (its manifest)", ManifestPath(output.path)});
    written.push_back({output.role + " (its manifest)", PartPath(ManifestPath(output.path))});
  }
  SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
  read.insert(read.end(), written.begin(), written.end());
  return CheckFrameFiles(options, read);
}

// After an error, a writer is only kept or destroyed.
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
  if (options.json_folder.empty() && options.heatmaps_folder.empty() && options.images_folder.empty() &&
      options.trees.empty()) {
    return InvalidArgument(
        "--resume: nothing is written that could be resumed; give --output-dir DIR, --write-jsonl FILE or --write-json "
        "DIR");
  }
  return Status();
}

}  // namespace

Result<Outputs> Outputs::Create(const OutputOptions& options) {
  if (options.manifest.shard.count > 1 && (options.jsonl.empty() || options.jsonl == "-"))
    return InvalidArgument("--shard needs --write-jsonl FILE: shards are merged by their JSON lines");
  if (options.resume) SINEW_RETURN_IF_ERROR(CheckResumable(options));
  SINEW_RETURN_IF_ERROR(CheckOutputFiles(options));
  SINEW_ASSIGN_OR_RETURN(results::Renderer renderer,
                         results::Renderer::Create(options.render, options.description,
                                                   options.skeleton.value_or(options.description.skeleton)));
  for (const fs::path* folder : {&options.json_folder, &options.heatmaps_folder, &options.images_folder}) {
    if (!folder->empty()) SINEW_RETURN_IF_ERROR(MakeFolder(*folder));
  }
  Outputs outputs(options, std::move(renderer));
  outputs.rate_ = std::make_unique<RateMeter>();
  for (const auto& [flag, path] : OutputPaths(options)) {
    if (!path.empty()) outputs.options_.manifest.parts.push_back(path.string());
  }
  SINEW_RETURN_IF_ERROR(outputs.OpenRecordWriters());
  SINEW_RETURN_IF_ERROR(outputs.OpenJsonLines());
  SINEW_RETURN_IF_ERROR(outputs.OpenJournal());
  if (!options.video.empty()) {
    SINEW_RETURN_IF_ERROR(media::CheckVideoName(options.video));
    SINEW_RETURN_IF_ERROR(CheckParentFolder(options.video));
    outputs.video_ = std::make_unique<VideoOutput>(
        VideoOutputOptions{options.video, options.video_rate, options.video_sound, options.write});
  }
  SINEW_RETURN_IF_ERROR(outputs.OpenTrees());
  SINEW_RETURN_IF_ERROR(outputs.Begin());
  return outputs;
}

Status Outputs::OpenTrees() {
  for (TreeOptions& tree : options_.trees) {
    tree.image_extension = options_.image_extension;
    tree.json = options_.json;
    tree.video_rate = options_.video_rate;
    tree.write = options_.write;
    SINEW_ASSIGN_OR_RETURN(TreeOutput output, TreeOutput::Create(tree, options_.manifest));
    trees_.push_back(std::move(output));
  }
  return Status();
}

std::string Outputs::remark() const {
  if (video_ && !video_->remark().empty()) return video_->remark();
  for (const TreeOutput& tree : trees_) {
    if (!tree.remark().empty()) return tree.remark();
  }
  return "";
}

Status Outputs::OpenRecordWriters() {
  for (const auto& [path, create] :
       {std::pair{&options_.csv, &results::CreateCsvWriter}, {&options_.coco_json, &results::CreateCocoWriter}}) {
    if (path->empty()) continue;
    SINEW_RETURN_IF_ERROR(CheckParentFolder(*path));
    SINEW_ASSIGN_OR_RETURN(std::unique_ptr<results::RecordWriter> writer,
                           create(*path, *options_.skeleton, options_.write));
    whole_files_.push_back(std::move(writer));
  }
  return Status();
}

Status Outputs::OpenJsonLines() {
  if (options_.jsonl.empty()) return Status();
  if (options_.jsonl != "-") SINEW_RETURN_IF_ERROR(CheckParentFolder(options_.jsonl));
  if (!options_.resume) {
    SINEW_ASSIGN_OR_RETURN(json_lines_, results::CreateJsonLinesWriter(options_.jsonl, options_.json, options_.write));
    return Status();
  }
  SINEW_ASSIGN_OR_RETURN(const EarlierRun earlier, FindEarlierRun(options_.jsonl));
  Manifest manifest;
  if (!earlier.manifest.empty()) {
    const auto note = [this](const ManifestObject& object) {
      known_objects_.insert_or_assign(Hash(object.url), HashOfContent(object));
    };
    SINEW_ASSIGN_OR_RETURN(manifest, ReadManifest(earlier.manifest, {.object = note}));
    SINEW_RETURN_IF_ERROR(CheckSameRun(manifest, options_.manifest, earlier.manifest));
  }
  int64_t known = 0;
  InputCounter inputs(options_.manifest.inputs);
  const auto count = [&](const results::Record& record) {
    ++known;
    inputs.Add(record);
    return Status();
  };
  SINEW_ASSIGN_OR_RETURN(
      json_lines_, results::ResumeJsonLinesWriter(options_.jsonl, earlier.lines, count, options_.json, options_.write));
  SINEW_RETURN_IF_ERROR(CheckSameInputs(manifest, options_.manifest, inputs.count(), earlier.manifest));
  SINEW_ASSIGN_OR_RETURN(resumption_, Resumption::Open(earlier.lines, known));
  return Status();
}

Status Outputs::OpenJournal() {
  if (json_lines_) return Status();
  for (const fs::path* folder : {&options_.json_folder, &options_.heatmaps_folder, &options_.images_folder}) {
    if (folder->empty()) continue;
    SINEW_ASSIGN_OR_RETURN(journal_, FrameJournal::Open(*folder, options_.manifest, options_.resume, options_.write));
    return Status();
  }
  return Status();
}

// From here on, what an unfinished earlier run has left is replaced. The order counts where the process is killed in
// between: lines without a manifest are believed by nobody.
Status Outputs::Begin() {
  if (journal_) return journal_->Begin();
  if (!json_lines_ || options_.jsonl == "-") return Status();
  std::string text = ToText(options_.manifest);
  if (options_.resume) {  // the objects that earlier runs have seen
    SINEW_ASSIGN_OR_RETURN(const EarlierRun earlier, FindEarlierRun(options_.jsonl));
    const auto carry = [&text](const ManifestObject& object) { text += ToLine(object); };
    if (!earlier.manifest.empty()) SINEW_RETURN_IF_ERROR(ReadManifest(earlier.manifest, {.object = carry}).status());
  }
  SINEW_RETURN_IF_ERROR(json_lines_->Begin());
  const fs::path manifest = PartPath(ManifestPath(options_.jsonl));
  if (IsRemote(options_.jsonl)) SINEW_RETURN_IF_ERROR(MakeFolder(manifest.parent_path()));
  SINEW_RETURN_IF_ERROR(WriteFile(manifest, text, options_.write));
  SINEW_ASSIGN_OR_RETURN(manifest_, PartFile::Open(ManifestPath(options_.jsonl), options_.write));
  return Status();
}

Status Outputs::NextKnownRecord(Task* task) {
  if (const std::optional<ManifestObject> object = ObjectOf(*task)) {
    const auto known = known_objects_.find(Hash(object->url));
    if (known != known_objects_.end() && known->second != HashOfContent(*object)) {
      return InvalidArgument(
          "{}: has changed since the earlier run: write to another file, or begin anew without --resume", object->url);
    }
  }
  return resumption_.Next(&task->record);
}

// Before the object's first line: lines are believed by what the manifest says of them.
Status Outputs::NoteObject(const Task& task) {
  const std::optional<ManifestObject> object = manifest_ && !task.known ? ObjectOf(task) : std::nullopt;
  if (!object || object->url == noted_object_) return Status();
  noted_object_ = object->url;
  return manifest_->Append(ToLine(*object));
}

bool Outputs::IsDone(const Task& task) const {
  if (!options_.resume || !journal_ || !journal_->IsDone(DoneFrame(task))) return false;
  const auto missing = [](const fs::path& folder, const fs::path& file) {
    if (folder.empty()) return false;
    const Result<bool> exists = FileExists(file);
    return !exists.ok() || !*exists;
  };
  return !missing(options_.json_folder, results::OpenPoseJsonPath(options_.json_folder, task.name)) &&
         !missing(options_.heatmaps_folder,
                  results::HeatmapsPath(options_.heatmaps_folder, task.name, options_.heatmap_format)) &&
         !missing(options_.images_folder, RenderedPath(options_, task.name));
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
                                                 task->maps.view(), options_.description, options_.write));
  }
  if (has_picture && renders() && (!task->known || needs_known_pictures())) {
    const StageTimer timer(times, Stage::kDraw);
    SINEW_RETURN_IF_ERROR(Draw(task));
  }
  if (task->known) return Status();
  const StageTimer timer(times, Stage::kFiles);
  if (has_picture && !options_.images_folder.empty())
    SINEW_RETURN_IF_ERROR(media::WriteImage(RenderedPath(options_, task->name), task->frame.image, options_.write));
  for (const TreeOutput& tree : trees_) SINEW_RETURN_IF_ERROR(tree.WriteFiles(*task));
  // Last: it says that the frame is done.
  if (options_.json_folder.empty()) return Status();
  return results::WriteOpenPoseJson(options_.json_folder, task->name, task->record, options_.json, options_.write);
}

// Which lines are of which picture or video: what a merge puts together by.
Status Outputs::CountForShard(const Task& task) {
  if (task.frame.kind == media::InputKind::kPicture && !task.record.person_ids.empty()) {
    return InvalidArgument(
        "{}: --shard with --track is for videos: pictures one after the other are one film, and a shard has not all of "
        "them",
        task.record.source);
  }
  const int64_t place = static_cast<int64_t>(task.frame.input);
  if (shard_items_.empty() || shard_items_.back().place != place) shard_items_.push_back({place, 0});
  ++shard_items_.back().records;
  return Status();
}

Result<bool> Outputs::Commit(Task* task, StageTimes* times) {
  if (is_shard()) SINEW_RETURN_IF_ERROR(CountForShard(*task));
  SINEW_RETURN_IF_ERROR(NoteObject(*task));
  {
    const StageTimer timer(times, Stage::kRecords);
    for (auto& writer : whole_files_) SINEW_RETURN_IF_ERROR(WriteOrDrop(task->record, &writer));
  }
  bool go_on = true;
  for (TreeOutput& tree : trees_) {
    const StageTimer timer(times, Stage::kVideo);
    const bool is_last = &tree == &trees_.back() && !needs_known_pictures();
    SINEW_RETURN_IF_ERROR(tree.Commit(task, /*keep_picture=*/!is_last));
  }
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
  if (journal_ && !task->known) SINEW_RETURN_IF_ERROR(journal_->Add(DoneFrame(*task)));
  return go_on;
}

Status Outputs::Finish(RunEnd end) {
  Status first;
  const auto note = [&first](const Status& status) {
    if (first.ok()) first = status;
  };
  if (end == RunEnd::kComplete && resumption_.has_next()) {
    note(
        InvalidArgument("{}: the earlier run has {} more frames than the inputs now: resume with the inputs that it "
                        "had, or write to another file",
                        options_.jsonl.string(), resumption_.left()));
    end = RunEnd::kFailed;
  }
  const bool whole = end == RunEnd::kComplete || (end == RunEnd::kStopped && options_.live);
  for (TreeOutput& tree : trees_) note(tree.Finish(whole ? RunEnd::kComplete : end, first.ok()));
  if (video_) note(video_->Finish(whole && first.ok()));
  // Lines come last: with them, everything else can be made again. Where one of the others has failed, they are to be
  // resumed from.
  for (const auto& writer : whole_files_) {
    if (writer) note(whole && first.ok() ? writer->Finish() : writer->Keep());
  }
  if (json_lines_) note(FinishJsonLines(whole && first.ok()));
  if (journal_) note(journal_->Finish());
  return first;
}

Status Outputs::FinishJsonLines(bool whole) {
  if (!whole || !manifest_) {
    const Status kept = manifest_ ? manifest_->Keep() : Status();
    const Status lines = json_lines_->Keep();
    return lines.ok() ? kept : lines;
  }
  std::error_code error;
  const int64_t bytes = static_cast<int64_t>(fs::file_size(PartPath(options_.jsonl), error));
  SINEW_RETURN_IF_ERROR(json_lines_->Finish());
  // After the lines have their name: a manifest of unfinished lines that are finished is understood (FindEarlierRun).
  if (is_shard()) {
    ManifestShard shard = options_.manifest.shard;
    shard.places = options_.places ? options_.places() : -1;
    shard.bytes = bytes;
    shard.items = std::move(shard_items_);
    SINEW_RETURN_IF_ERROR(manifest_->Append(ToLines(shard)));
  }
  return manifest_->Commit();
}

}  // namespace sinew::pipeline
