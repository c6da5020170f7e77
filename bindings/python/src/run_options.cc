// From keywords to the structures of the libraries.
#include "run_options.h"

#include <tuple>

#include "options.h"
#include "pipeline/tree_inputs.h"

namespace sinew::python {
namespace {

void TakeInputs(Keywords* keywords, RunOptions* options) {
  keywords->Take("recursive", &options->recursive);
  keywords->Take("frame_first", &options->source.frames.first);
  keywords->Take("frame_step", &options->source.frames.step);
  keywords->Take("frame_last", &options->source.frames.last);
  keywords->Take("rotate", &options->source.orientation.rotate);
  keywords->Take("flip", &options->source.orientation.flip);
  keywords->Take("max_pixels", &options->source.limits.max_pixels);
  keywords->Take("real_time", &options->source.live.real_time);
  keywords->Take("reconnect", &options->source.live.reconnect_attempts);
  keywords->Take("timeout", &options->source.live.timeout_seconds);
  options->pipeline.low_latency = options->source.live.real_time;
}

void TakeAnalysis(Keywords* keywords, RunOptions* options) {
  pipeline::AnalysisOptions& analysis = options->analysis;
  keywords->Take("model", &options->model);
  std::optional<Size> resolution;
  keywords->Take("resolution", &resolution);
  if (resolution) analysis.resolution = ToResolution(*resolution);
  keywords->Take("scale_number", &analysis.scale_number);
  keywords->Take("scale_gap", &analysis.scale_gap);
  std::optional<std::tuple<int, int, int, int>> region;
  keywords->Take("region", &region);
  if (region) {
    const auto [x, y, width, height] = *region;
    if (x < 0 || y < 0 || width < 1 || height < 1)
      Check(InvalidArgument("region: ({}, {}, {}, {}), must be x, y, width and height", x, y, width, height));
    analysis.region = media::Region{x, y, width, height};
  }
  keywords->Take("threads", &options->threads);
  keywords->Take("cores", &options->cores);
  keywords->Take("streams", &options->streams);
  keywords->TakeChoice("keypoints", {{"model", false}, {"body_25", true}}, &options->body_25);
  keywords->Take("part_candidates", &analysis.keep_candidates);
  TakeDevice(keywords, &analysis.device, &analysis.precision);
  TakePeopleOptions(keywords, &analysis.fit, &analysis.flip_average, &analysis.decode);
}

void TakeOutputs(Keywords* keywords, RunOptions* options) {
  pipeline::OutputOptions& outputs = options->outputs;
  const auto take_path = [&](const char* name, std::filesystem::path* path) {
    std::optional<std::string> text;
    keywords->Take(name, &text);
    if (text) *path = *text;
  };
  std::filesystem::path folder;
  take_path("output_dir", &folder);
  if (!folder.empty()) outputs.trees.push_back({.folder = folder});
  take_path("write_json", &outputs.json_folder);
  take_path("write_jsonl", &outputs.jsonl);
  take_path("write_csv", &outputs.csv);
  take_path("write_coco_json", &outputs.coco_json);
  take_path("write_heatmaps", &outputs.heatmaps_folder);
  take_path("write_images", &outputs.images_folder);
  take_path("write_video", &outputs.video);
  pipeline::TakeVideoFolder(&outputs);
  keywords->Take("boxes", &outputs.json.boxes);
  TakeKeypointScale(keywords, &outputs.json.scale);
  keywords->Take("fsync", &outputs.write.sync);
  keywords->Take("audio", &outputs.video_sound);
  keywords->Take("video_fps", &outputs.video_rate);
  keywords->Take("line_width", &outputs.render.people.line_width);
  keywords->Take("limb_opacity", &outputs.render.people.limb_opacity);
  keywords->Take("render_threshold", &outputs.render.people.min_score);
  keywords->Take("show_rate", &outputs.caption_rate);
  keywords->TakeChoice("heatmaps_format",
                       {{"npy", results::HeatmapFormat::kNpy}, {"png", results::HeatmapFormat::kPng}},
                       &outputs.heatmap_format);
  keywords->TakeChoice("image_format", {{"png", ".png"}, {"jpg", ".jpg"}}, &outputs.image_extension);
  keywords->TakeChoice("background", {{"picture", false}, {"black", true}}, &outputs.render.black_background);
  keywords->TakeChoice("render",
                       {{"skeleton", results::RenderMode::kSkeleton},
                        {"heatmap", results::RenderMode::kHeatmap},
                        {"paf", results::RenderMode::kPaf},
                        {"quad", results::RenderMode::kQuad}},
                       &outputs.render.mode);
  bool labels = true;
  keywords->Take("labels", &labels);
  outputs.render.person_ids = options->pipeline.follow.track && labels;
  outputs.render.titles = labels;
}

}  // namespace

bool RunOptions::has_outputs() const {
  for (const std::filesystem::path* path : {&outputs.json_folder, &outputs.heatmaps_folder, &outputs.images_folder,
                                            &outputs.jsonl, &outputs.coco_json, &outputs.csv, &outputs.video}) {
    if (!path->empty()) return true;
  }
  return !outputs.trees.empty();
}

RunOptions ParseRunOptions(std::vector<std::string> inputs, const pybind11::dict& given, const pybind11::object& log) {
  RunOptions options;
  options.inputs = std::move(inputs);
  Keywords keywords(given);
  keywords.Take("track", &options.pipeline.follow.track);
  keywords.Take("smooth", &options.pipeline.follow.smooth);
  if (options.pipeline.follow.smooth && !options.pipeline.follow.track)
    Check(InvalidArgument("smooth=True needs track=True: keypoints are smoothed person by person"));
  keywords.Take("track_look_ahead", &options.look_ahead);
  keywords.Take("fail_fast", &options.pipeline.fail_fast);
  keywords.Take("max_rate", &options.pipeline.max_rate);
  keywords.Take("pictures", &options.queue.pictures);
  keywords.Take("maps", &options.queue.maps);
  options.cache = TakeCacheOptions(&keywords, log);
  TakeInputs(&keywords, &options);
  TakeAnalysis(&keywords, &options);
  TakeOutputs(&keywords, &options);
  options.pipeline.follow.frames_per_second = options.outputs.video_rate;
  keywords.CheckAllTaken();
  return options;
}

}  // namespace sinew::python
