// A folder of results that mirrors the inputs: files of their own for each of them, and an index of what became of
// which.
//
//   in/a/photo.jpg   ->  out/a/photo_keypoints.json, out/a/photo_rendered.png
//   in/b/walk.mp4    ->  out/b/walk.jsonl, out/b/walk.csv, out/b/walk_rendered.mp4
//   the index            out/manifest.jsonl
//
// Cameras, streams and standard input are written as videos are. The second input of a stem in a folder gets "-2"
// behind it, a third "-3": photo.jpg and photo.png become photo and photo-2. The index is a manifest (manifest.h) that
// has a line for each input that is done; it is manifest.jsonl.part until all are.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/part_file.h"
#include "pipeline/frame_sink.h"
#include "pipeline/manifest.h"
#include "pipeline/task.h"
#include "pipeline/video_output.h"
#include "results/openpose_json.h"
#include "results/record.h"

namespace sinew::pipeline {

struct TreeOptions {
  std::filesystem::path folder;
  // The inputs of the manifest within the tree: "a/photo.jpg".
  std::vector<std::filesystem::path> places;
  // Which of these the source's inputs are, where some were done by an earlier run; empty: all of them, in order.
  std::vector<size_t> inputs;
  std::vector<ManifestResult> done;  // by an earlier run
  bool videos_alone = false;         // nothing but rendered videos, of inputs that are none nothing
  std::string image_extension = ".png";
  std::string video_extension = ".mp4";
  double video_rate = 30;
  bool video_sound = true;
  results::JsonOptions json;
  WriteOptions write;
};

std::filesystem::path TreeManifestPath(const std::filesystem::path& folder);

// What an earlier run has left in the folder: the results of inputs of `now` that need not be done again, because they
// and their files are as they were. kInvalidArgument where that run had other options (CheckSameRun).
Result<std::vector<ManifestResult>> FindDoneInTree(const std::filesystem::path& folder, const Manifest& now);

class TreeOutput {
 public:
  // Makes the folder and opens the index. `run` has the inputs.
  static Result<TreeOutput> Create(const TreeOptions& options, const Manifest& run);

  // The files of a frame that is a picture. Any number of threads.
  Status WriteFiles(const Task& task) const;
  // In order. The picture of a frame of a video is what is rendered; `keep_picture`: others need it as well.
  Status Commit(Task* task, bool keep_picture);
  Status Finish(RunEnd end, bool ok);
  std::string remark() const { return remark_; }

 private:
  TreeOutput(const TreeOptions& options, const Manifest& run, PartFile index);
  size_t PlaceOf(const Task& task) const;
  std::filesystem::path Base(size_t place) const { return options_.folder / bases_[place]; }
  Status OpenVideo(size_t place);
  Status EndInput(bool whole);

  TreeOptions options_;
  std::vector<ManifestInput> inputs_;
  std::vector<std::filesystem::path> bases_;  // of each input: what the names of its files begin with
  PartFile index_;
  std::vector<bool> is_written_;  // whose line is in the index
  // What frames come from at present.
  std::optional<ManifestResult> result_;
  std::unique_ptr<results::RecordWriter> lines_, rows_;
  std::unique_ptr<VideoOutput> video_;
  bool is_video_ = false;
  std::string remark_;
};

}  // namespace sinew::pipeline
