// All that is kept of a run: files of each frame, and files of all frames.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/output_check.h"
#include "base/part_file.h"
#include "pipeline/frame_journal.h"
#include "pipeline/frame_sink.h"
#include "pipeline/manifest.h"
#include "pipeline/rate_meter.h"
#include "pipeline/resumption.h"
#include "pipeline/stage_times.h"
#include "pipeline/task.h"
#include "pipeline/tree_output.h"
#include "pipeline/video_output.h"
#include "results/heatmaps.h"
#include "results/openpose_json.h"
#include "results/record.h"
#include "results/render.h"
#include "sinew/model_description.h"

namespace sinew::pipeline {

// Empty paths: not wanted.
struct OutputOptions {
  std::filesystem::path json_folder, heatmaps_folder, images_folder;  // a file a frame
  std::filesystem::path jsonl, coco_json, csv, video;                 // one file; "-" as jsonl: standard output
  // Files of their own for each input; what they have in common with the others is taken from there.
  std::vector<TreeOptions> trees;
  results::HeatmapFormat heatmap_format = results::HeatmapFormat::kNpy;
  std::string image_extension = ".png";
  // Of the model, whose maps are written and drawn.
  ModelDescription description = TfPoseDescription();
  // Of the people that are written and drawn; none: the model's.
  std::optional<Skeleton> skeleton;
  results::JsonOptions json;
  results::RenderOptions render;
  double video_rate = 30;     // of the written video where the inputs know none
  bool video_sound = true;    // copied where the run's one input is a video file that has some
  bool caption_rate = false;  // how many frames a second are being done, written on rendered pictures
  // Shows each rendered picture; false ends the run.
  std::function<Result<bool>(const media::Image&)> show;
  // What the run is made of: it is kept beside the results, and decides what a later run may go on from. Its inputs are
  // those of the source, in its order; `parts` are filled in by Outputs.
  Manifest manifest;
  // Files that are read beside the inputs, such as the model's: no output may replace them.
  std::vector<NamedFile> read_files;
  // Goes on where an earlier run with the same manifest was interrupted. Needs `jsonl`, or else only files of each
  // frame.
  bool resume = false;
  // The inputs end only when the run is stopped: what was written until then is whole.
  bool live = false;
  // Of a shard (manifest.shard): how many pictures and videos all shards have, asked when the run is complete.
  std::function<int64_t()> places;
  WriteOptions write;
};

class Outputs : public FrameSink {
 public:
  // Compares what will be written with what is read (CheckOutputs), opens all files and creates folders, so that what
  // cannot be written, or resumed, is told before the work: results of earlier runs are as they were then. Errors name
  // the path.
  static Result<Outputs> Create(const OutputOptions& options);

  bool needs_maps() const override {
    return !options_.heatmaps_folder.empty() || (renders() && renderer_.needs_maps());
  }
  // For the rendered video.
  bool needs_known_pictures() const override { return !options_.video.empty() || options_.show; }
  bool needs_known_maps() const override { return needs_known_pictures() && renderer_.needs_maps(); }
  bool has_files() const override {
    return renders() || !trees_.empty() || !options_.json_folder.empty() || !options_.heatmaps_folder.empty();
  }

  bool HasKnownRecord() const override { return resumption_.has_next(); }
  Status NextKnownRecord(Task* task) override;
  // Resuming without JSON lines: whether an earlier run has written all files of the frame.
  bool IsDone(const Task& task) const override;

  // Draws the people and writes the files of one frame. The rendered picture takes the frame's place.
  Status WriteFiles(Task* task, StageTimes* times) const override;
  // False: whoever looks at the pictures wants to end.
  Result<bool> Commit(Task* task, StageTimes* times) override;
  // What the user should know about outputs that were written none the less; empty: nothing.
  std::string remark() const;

  // Where the run is complete, or live, results are whole and under their names afterwards; otherwise they are kept
  // as PATH.part, and earlier ones stay. The first error of those that failed; the others are finished all the same.
  Status Finish(RunEnd end) override;

 private:
  Outputs(const OutputOptions& options, results::Renderer renderer)
      : options_(options), renderer_(std::move(renderer)) {
    if (!options_.skeleton) options_.skeleton = options_.description.skeleton;
    options_.json.skeleton = *options_.skeleton;
  }
  bool renders() const {
    return !options_.images_folder.empty() || !options_.video.empty() || options_.show || !options_.trees.empty();
  }
  Status Draw(Task* task) const;
  Status OpenRecordWriters();
  Status OpenJsonLines();
  Status OpenJournal();
  Status OpenTrees();
  Status Begin();
  Status FinishJsonLines(bool whole);
  bool is_shard() const { return options_.manifest.shard.count > 1; }
  Status CountForShard(const Task& task);
  // The objects below prefixes, as they come.
  Status NoteObject(const Task& task);

  OutputOptions options_;
  results::Renderer renderer_;
  Resumption resumption_;
  std::unique_ptr<results::RecordWriter> json_lines_;                // written last: it says that a frame is done
  std::vector<std::unique_ptr<results::RecordWriter>> whole_files_;  // COCO, CSV
  std::unique_ptr<VideoOutput> video_;
  std::vector<TreeOutput> trees_;
  std::optional<FrameJournal> journal_;  // without JSON lines
  std::unique_ptr<RateMeter> rate_;      // of frames drawn
  std::vector<ShardItem> shard_items_;   // committed so far
  std::optional<PartFile> manifest_;     // of JSON lines, once begun
  std::string noted_object_;             // the last one
  // Hashes of the objects below prefixes that an earlier run has seen, by those of their URLs: 32 MB for a million.
  std::unordered_map<uint64_t, uint64_t> known_objects_;
};

}  // namespace sinew::pipeline
