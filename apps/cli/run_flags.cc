// Flags, in groups as `sinew run --help` shows them.
#include "run_flags.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "command.h"
#include "pipeline/tree_inputs.h"
#include "shard_flag.h"

namespace sinew::cli {
namespace {

void AddInputFlags(CLI::App* command, RunFlags* flags) {
  command
      ->add_option("INPUT", flags->inputs,
                   "Pictures, videos, folders, 'patterns*.jpg', @lists.txt, s3://bucket/prefix/, cameras (camera:0), "
                   "streams (rtsp://, http://), - for standard input")
      ->required();
  CLI::Option_group* group = command->add_option_group("Inputs");
  group->add_flag("--recursive", flags->recursive, "Search folders within folders");
  group->add_option("--frame-first", flags->source.frames.first, "First frame of each video, from 0")
      ->capture_default_str();
  group->add_option("--frame-step", flags->source.frames.step, "Process every Nth frame of a video")
      ->capture_default_str();
  group->add_option("--frame-last", flags->frame_last, "Last frame of each video")->check(CLI::NonNegativeNumber);
  group
      ->add_option("--rotate", flags->source.orientation.rotate,
                   "Degrees clockwise, after the rotation that the file itself asks for")
      ->check(CLI::IsMember({0, 90, 180, 270}))
      ->capture_default_str();
  group->add_flag("--flip", flags->source.orientation.flip, "Mirror left and right, after --rotate");
  group->add_flag("--real-time", flags->source.live.real_time, "Cameras and live streams: drop frames rather than lag");
  group
      ->add_option("--reconnect", flags->source.live.reconnect_attempts,
                   "Attempts to open a broken stream again, after growing waits; 0: none")
      ->capture_default_str();
  group
      ->add_option("--timeout", flags->source.live.timeout_seconds,
                   "Seconds without data after which a stream is broken")
      ->capture_default_str();
  group->add_option("--region", flags->region, "Analyse only this part of each picture, in pixels")
      ->type_name("X,Y,W,H");
  group
      ->add_option("--shard", flags->shard,
                   "Only part K of N of the inputs, for N machines; auto/N: K as Slurm, Kubernetes or AWS Batch count. "
                   "`sinew merge` puts the parts together")
      ->type_name("K/N");
  group
      ->add_option(
          "--split-videos", flags->split_videos_mib,
          "With --shard: videos of more MiB are divided at key frames, unless --track follows people; 0: never")
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("MIB")
      ->capture_default_str();
  group->add_option("--max-pixels", flags->source.limits.max_pixels, "Refuse larger pictures")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddNetworkFlags(CLI::App* command, RunFlags* flags) {
  CLI::Option_group* group = command->add_option_group("Network");
  pipeline::AnalysisOptions& analysis = flags->analysis;
  group->add_option("--model", flags->model, "A name of the zoo, a graph, or a compiled model (.sinew)")
      ->capture_default_str();
  group
      ->add_option("--skeleton", flags->skeleton,
                   "What the numbers of a model of your own mean: a description as `sinew model describe` prints it")
      ->type_name("FILE.json");
  group->add_option("--prototxt", flags->prototxt, "Network of a .caffemodel, as in `sinew compile`")
      ->type_name("FILE");
  group
      ->add_option("--net-resolution,--resize", flags->resolution,
                   "Network input; -1 as one side follows each picture's shape, as in -1x368 (default: the model's)")
      ->type_name("WxH");
  flags->resize_mode_option =
      group
          ->add_option("--resize-mode", flags->resize_mode,
                       "stretch: fill the network's input; pad: keep the shape, with black around it")
          ->check(CLI::IsMember({"stretch", "pad"}))
          ->capture_default_str();
  group->add_option("--scale-number", analysis.scale_number, "Run the network at this many scales and average the maps")
      ->capture_default_str();
  group->add_option("--scale-gap", analysis.scale_gap, "Difference between these scales, as a share of the largest")
      ->capture_default_str();
  group->add_flag("--flip-average", analysis.flip_average,
                  "Look at each picture mirrored, too, and average the maps: twice the time, steadier people");
  group->add_option("--threads", flags->threads,
                    "Threads of each network (default: all processors for one picture or in real time, else 1)");
  group->add_option("--cores", flags->cores,
                    "Networks side by side, each with a picture of its own (default: processors / threads)");
  AddDeviceFlags(group, &flags->device);
  group->add_option("--streams", flags->streams,
                    "GPUs: pictures in flight (default: 3; 1 for one picture or in real time)");
}

void AddPeopleFlags(CLI::App* command, RunFlags* flags) {
  CLI::Option_group* group = command->add_option_group("People");
  DecodeOptions& decode = flags->analysis.decode;
  group
      ->add_option("--threshold", decode.peak_threshold, "Minimum value of a keypoint: a peak of the smoothed heat map")
      ->capture_default_str();
  flags->min_score_option =
      group->add_option("--min-score,--person-threshold", decode.min_score, "People with a lower score are dropped")
          ->capture_default_str();
  flags->min_parts_option =
      group->add_option("--min-parts", decode.min_parts, "People with fewer keypoints are dropped")
          ->capture_default_str();
  group->add_option("--max-people", decode.max_people, "Keep at most this many people, the best ones; 0: all")
      ->capture_default_str();
  group->add_option("--paf-threshold", decode.paf_threshold, "Minimum value of a sample of the part affinity field")
      ->capture_default_str();
  group
      ->add_option("--resize-out-ratio", decode.resize_out_ratio,
                   "Pixels of the upsampled maps per pixel of the network's output")
      ->capture_default_str();
  group->add_option("--smoothing", decode.smoothing_taps, "Taps of the Gaussian that smooths the heat maps; 0: none")
      ->capture_default_str();
  group->add_flag("--no-refine", flags->no_refine,
                  "Leave keypoints on the pixels of the upsampled maps, as --compat does");
  group
      ->add_option(
          "--compat", flags->compat,
          "tf-pose: find exactly what tf-pose-estimation finds, flaws included; openpose: find people by OpenPose's "
          "rules, thresholds and --resize-mode unless others are given")
      ->check(CLI::IsMember({"none", "tf-pose", "openpose"}))
      ->capture_default_str();
  group->add_flag("--track", flags->pipeline.follow.track, "Give people ids that stay the same from frame to frame");
  group
      ->add_option(
          "--track-look-ahead", flags->look_ahead,
          "Let frames wait for so many others, so that new people have their id from the first frame on; 12, or 0 "
          "for cameras and live streams")
      ->check(CLI::Range(0, 1000));
  group->add_option("--smooth", flags->smooth, "Remove jitter of the keypoints over time; needs --track")
      ->check(CLI::IsMember({"one-euro"}));
}

void AddOutputFlags(CLI::App* command, RunFlags* flags) {
  CLI::Option_group* group = command->add_option_group("Outputs");
  pipeline::OutputOptions& outputs = flags->outputs;
  pipeline::AnalysisOptions& analysis = flags->analysis;
  group
      ->add_option(
          "--output-dir", flags->output_dir,
          "Files of their own for each input, as it lies in its folder: JSON and a drawing for a picture; JSON "
          "lines, CSV and a rendered video for a video; manifest.jsonl tells which are whose")
      ->type_name("DIR");
  group->add_option("--write-json", outputs.json_folder, "OpenPose JSON, a file for each frame: NAME_keypoints.json")
      ->type_name("DIR");
  group->add_option("--write-jsonl", outputs.jsonl, "JSON lines, one for each frame; - for standard output")
      ->type_name("FILE");
  group->add_option("--write-coco-json", outputs.coco_json, "COCO results with 17 keypoints")->type_name("FILE");
  group->add_option("--write-csv", outputs.csv, "A row for each person in each frame")->type_name("FILE");
  group
      ->add_option("--write-heatmaps", outputs.heatmaps_folder,
                   "Heat maps and part affinity fields: NAME_pose_heatmaps.npy")
      ->type_name("DIR");
  group->add_option("--heatmaps-format", flags->heatmap_format, "File format of --write-heatmaps")
      ->check(CLI::IsMember({"npy", "png"}))
      ->capture_default_str();
  group->add_option("--write-images", outputs.images_folder, "Rendered pictures: NAME_rendered.png")->type_name("DIR");
  group->add_option("--image-format", flags->image_format, "File format of --write-images")
      ->check(CLI::IsMember({"png", "jpg"}))
      ->capture_default_str();
  group->add_option("--write-video", outputs.video, "All rendered frames as one video; DIR/: one for each input")
      ->type_name("FILE");
  group->add_flag("--no-audio", flags->no_audio, "--write-video: without the sound of the input video");
  group
      ->add_option("--video-fps", outputs.video_rate,
                   "Frames per second where the inputs have no rate, such as pictures")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  group->add_flag("--display", flags->display,
                  "Show the rendered pictures in a window; q, Esc or closing it ends the run");
  group
      ->add_option("--keypoints", flags->keypoints,
                   "Whose keypoints people have in all outputs: the model's, or OpenPose's BODY_25, with the middle of "
                   "the hips, for tools that read it")
      ->check(CLI::IsMember({"model", "body_25"}))
      ->capture_default_str();
  group->add_flag("--part-candidates", analysis.keep_candidates,
                  "--write-json: add the peaks of each keypoint, whether they are in people or not");
  group
      ->add_option("--keypoint-scale", flags->keypoint_scale,
                   "--write-json: coordinates in pixels of the picture, from 0 to 1 (unit), or from -1 to 1 (signed)")
      ->check(CLI::IsMember({"picture", "unit", "signed"}))
      ->capture_default_str();
  group->add_flag("--boxes", outputs.json.boxes, "JSON: add a box around each face and upper body");
  group
      ->add_option(
          "--render", flags->render,
          "What rendered pictures show; quad: result, heat map, PAF x and PAF y. With --region and maps: the region")
      ->check(CLI::IsMember({"skeleton", "heatmap", "paf", "quad"}))
      ->capture_default_str();
  group->add_option("--background", flags->background, "black: the skeletons alone")
      ->check(CLI::IsMember({"picture", "black"}))
      ->capture_default_str();
  DrawOptions& people = outputs.render.people;
  group
      ->add_option("--line-width", people.line_width,
                   "Width of limbs, as a share of the picture's mean side, of a person half as large; others by size")
      ->capture_default_str();
  group->add_option("--limb-opacity", people.limb_opacity, "How much of the picture drawn limbs cover: 0 to 1")
      ->capture_default_str();
  group
      ->add_option("--render-threshold", people.min_score,
                   "Keypoints with a lower score, and their limbs, are not drawn")
      ->capture_default_str();
  group->add_flag("--hide-labels", flags->hide_labels, "Draw no ids of people and no titles of panels");
  group->add_flag("--show-rate", outputs.caption_rate, "Write the current frames per second on rendered pictures");
}

void AddRunningFlags(CLI::App* command, RunFlags* flags) {
  CLI::Option_group* group = command->add_option_group("Running");
  group->add_flag("--resume", flags->outputs.resume, "Continue an interrupted run with the same inputs and outputs");
  group->add_flag("--no-fsync", flags->no_fsync,
                  "Do not wait for the disk: faster with many files, of which a power loss may leave empty ones");
  group->add_option("--max-rate", flags->pipeline.max_rate, "Frames a second at most; 0: as many as can be done")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  group->add_flag("--fail-fast", flags->pipeline.fail_fast, "Stop at the first picture or frame that cannot be read");
  group
      ->add_option("--progress", flags->progress,
                   "How far the run is, on standard error: a bar, plain lines, or JSON lines; auto: a bar on a "
                   "terminal, else a line every 10 s")
      ->check(CLI::IsMember({"auto", "bar", "plain", "json", "none"}))
      ->capture_default_str();
  group->add_flag("--json", flags->json, "Print the summary as JSON");
  group->add_flag("-q,--quiet", flags->quiet, "Print errors only");
  group->add_flag("-v,--verbose", flags->verbose, "Print the time of each stage");
}

}  // namespace

void AddRunFlags(CLI::App* command, RunFlags* flags) {
  AddInputFlags(command, flags);
  AddNetworkFlags(command, flags);
  AddPeopleFlags(command, flags);
  AddOutputFlags(command, flags);
  AddRunningFlags(command, flags);
}

namespace {

// What was not given is as OpenPose has it.
void TakeOpenPoseDefaults(RunFlags* flags) {
  const DecodeOptions openpose = OpenPoseDecodeOptions();
  DecodeOptions& decode = flags->analysis.decode;
  decode.compat = openpose.compat;
  decode.max_peaks = openpose.max_peaks;
  if (flags->min_parts_option->count() == 0) decode.min_parts = openpose.min_parts;
  if (flags->min_score_option->count() == 0) decode.min_score = openpose.min_score;
  if (flags->resize_mode_option->count() == 0) flags->analysis.fit = Fit::kPad;
}

}  // namespace

Status Complete(RunFlags* flags) {
  if (flags->frame_last >= 0) flags->source.frames.last = flags->frame_last;
  if (!flags->shard.empty()) {
    SINEW_ASSIGN_OR_RETURN(flags->source.shard, ParseShard(flags->shard));
    constexpr double kMib = 1 << 20;
    if (!flags->pipeline.follow.track)
      flags->source.shard.video_bytes = static_cast<int64_t>(std::ceil(kMib * flags->split_videos_mib));
  }
  pipeline::AnalysisOptions& analysis = flags->analysis;
  if (!flags->resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, ParseResolutionOrFit(flags->resolution));
  }
  if (!flags->region.empty()) {
    SINEW_ASSIGN_OR_RETURN(analysis.region, media::ParseRegion(flags->region));
  }
  analysis.fit = flags->resize_mode == "pad" ? Fit::kPad : Fit::kStretch;
  if (flags->compat == "tf-pose") analysis.decode.compat = DecodeOptions::Compat::kTfPose;
  if (flags->compat == "openpose") TakeOpenPoseDefaults(flags);
  analysis.decode.refine_peaks = !flags->no_refine;
  flags->outputs.json.scale = flags->keypoint_scale == "unit"     ? results::KeypointScale::kUnit
                              : flags->keypoint_scale == "signed" ? results::KeypointScale::kSigned
                                                                  : results::KeypointScale::kPicture;
  flags->pipeline.follow.smooth = !flags->smooth.empty();
  flags->pipeline.follow.frames_per_second = flags->outputs.video_rate;
  flags->pipeline.low_latency = flags->source.live.real_time;

  pipeline::OutputOptions& outputs = flags->outputs;
  outputs.heatmap_format = flags->heatmap_format == "png" ? results::HeatmapFormat::kPng : results::HeatmapFormat::kNpy;
  outputs.video_sound = !flags->no_audio;
  outputs.image_extension = "." + flags->image_format;
  static constexpr std::pair<const char*, results::RenderMode> kModes[] = {{"skeleton", results::RenderMode::kSkeleton},
                                                                           {"heatmap", results::RenderMode::kHeatmap},
                                                                           {"paf", results::RenderMode::kPaf},
                                                                           {"quad", results::RenderMode::kQuad}};
  outputs.render.mode = std::find_if(std::begin(kModes), std::end(kModes), [&](const auto& mode) {
                          return flags->render == mode.first;
                        })->second;
  outputs.render.black_background = flags->background == "black";
  outputs.render.person_ids = flags->pipeline.follow.track && !flags->hide_labels;
  outputs.render.titles = !flags->hide_labels;
  outputs.write.sync = !flags->no_fsync;
  if (!flags->output_dir.empty()) outputs.trees.push_back({.folder = flags->output_dir});
  pipeline::TakeVideoFolder(&outputs);
  const bool has_others = !outputs.json_folder.empty() || !outputs.heatmaps_folder.empty() ||
                          !outputs.images_folder.empty() || !outputs.jsonl.empty() || !outputs.csv.empty() ||
                          !outputs.coco_json.empty() || !outputs.video.empty() || outputs.trees.size() > 1;
  if (outputs.resume && !outputs.trees.empty() && has_others) {
    return InvalidArgument("--resume with {} and other outputs: these can be gone on with one at a time, by a run each",
                           outputs.trees[0].videos_alone ? "--write-video DIR/" : "--output-dir");
  }
  if (flags->json && outputs.jsonl == "-")
    return InvalidArgument("--json and --write-jsonl -: both would go to standard output");
  if (outputs.resume && outputs.jsonl.empty() && flags->pipeline.follow.track) {
    return InvalidArgument("--resume with --track needs --write-jsonl: the ids of people are read from there");
  }
  return Status();
}

}  // namespace sinew::cli
