// One table; how a row is translated is one of a few functions.
#include "other_programs.h"

#include <algorithm>

#include "base/error.h"

namespace sinew::cli {
namespace {

using Words = std::vector<std::string>;

// The flag that `answer` begins with, with the value.
Result<Words> Renamed(const OtherFlag& flag, std::string_view value) {
  const std::string name(flag.answer.substr(0, flag.answer.find(' ')));
  if (!flag.value.empty()) return Words{name, std::string(value)};
  return value == "false" ? Words() : Words{name};
}

// A switch that stands for all of `answer`.
Result<Words> Phrase(const OtherFlag& flag, std::string_view value) {
  if (value == "false") return Words();
  const size_t space = flag.answer.find(' ');
  if (space == std::string_view::npos) return Words{std::string(flag.answer)};
  return Words{std::string(flag.answer.substr(0, space)), std::string(flag.answer.substr(space + 1))};
}

Result<Words> Input(const OtherFlag&, std::string_view value) { return Words{std::string(value)}; }

// What is the other program's default says nothing; anything else is answered.
Status Refuse(const OtherFlag& flag) { return InvalidArgument("--{}: {}", flag.name, flag.answer); }

Result<Words> Refused(const OtherFlag& flag, std::string_view value) {
  if (value == "false" || (!flag.value.empty() && (value.empty() || value == "-1"))) return Words();
  return Refuse(flag);
}

// What changes nothing of the results.
Result<Words> NotNeeded(const OtherFlag&, std::string_view) { return Words(); }

// Only the value that is 0 asks for nothing.
Result<Words> RefusedUnless0(const OtherFlag& flag, std::string_view value) {
  return value == "0" ? Words() : Result<Words>(Refuse(flag));
}

Result<Words> RefusedUnless1(const OtherFlag& flag, std::string_view value) {
  return value == "1" ? Words() : Result<Words>(Refuse(flag));
}

Result<Words> CameraNumber(const OtherFlag&, std::string_view value) {
  const std::string number(value.starts_with('-') ? "0" : value);  // OpenPose: the first one
  return Words{"camera:" + number};
}

// A size with -1 on both sides is that of the input.
Result<Words> OriginalSize(const OtherFlag& flag, std::string_view value) {
  return value == "-1x-1" ? Words() : Result<Words>(Refuse(flag));
}

// tf-pose-estimation's 0x0 is the model's own.
Result<Words> NetworkSize(const OtherFlag&, std::string_view value) {
  if (value == "0x0") return Words();
  return Words{"--net-resolution", std::string(value)};
}

Result<Words> MaxPeople(const OtherFlag&, std::string_view value) {
  return Words{"--max-people", value.starts_with('-') ? "0" : std::string(value)};
}

Result<Words> LastFrame(const OtherFlag&, std::string_view value) {
  return value.starts_with('-') ? Words() : Words{"--frame-last", std::string(value)};
}

// OpenPose turns counter-clockwise.
Result<Words> Rotation(const OtherFlag&, std::string_view value) {
  return Words{"--rotate", value == "90" ? "270" : value == "270" ? "90" : std::string(value)};
}

Result<Words> PoseModel(const OtherFlag& flag, std::string_view value) {
  if (value == "COCO") return Words();
  return Refuse(flag);
}

Result<Words> LoggingLevel(const OtherFlag&, std::string_view value) {
  if (value == "255") return Words{"--quiet"};
  return value == "0" || value == "1" ? Words{"--verbose"} : Words();
}

Result<Words> Display(const OtherFlag& flag, std::string_view value) {
  if (value == "0") return Words();
  if (value == "-1" || value == "2") return Words{"--display"};
  return Refuse(flag);
}

Result<Words> Blending(const OtherFlag&, std::string_view value) {
  return value == "false" ? Words() : Words{"--background", "black"};
}

// tf-pose-estimation's --showBG False.
Result<Words> ShowBackground(const OtherFlag&, std::string_view value) {
  const bool shows = value != "False" && value != "false" && value != "0";
  return shows ? Words() : Words{"--background", "black"};
}

Result<Words> FromZeroUp(const OtherFlag& flag, std::string_view value) {
  if (value.starts_with('-')) return Words();
  return Renamed(flag, value);
}

Result<Words> KeypointScale(const OtherFlag& flag, std::string_view value) {
  if (value == "0" || value == "2") return Words();  // rendered pictures are as large as their inputs
  if (value == "3") return Words{"--keypoint-scale", "unit"};
  if (value == "4") return Words{"--keypoint-scale", "signed"};
  return Refuse(flag);
}

Result<Words> HeatmapScale(const OtherFlag& flag, std::string_view value) {
  if (value == "2") return Words{"--heatmaps-format", "png"};
  if (value == "3") return Words{"--heatmaps-format", "npy"};
  return Refuse(flag);
}

constexpr std::string_view kNo3d = "there are keypoints in the picture only, no third dimension";
constexpr std::string_view kNoFace =
    "there is no network for faces; --boxes adds a box around each face, from the keypoints of the body";
constexpr std::string_view kNoHand = "there is no network for hands: the keypoints of the body end at the wrists";
constexpr std::string_view kAllMaps =
    "--write-heatmaps writes the maps of keypoints, background and limbs, all of them";

constexpr OtherFlag kFlags[] = {
    {"3d", "", kNo3d, Refused},
    {"3d_min_views", "N", kNo3d, Refused},
    {"3d_views", "N", kNo3d, RefusedUnless1},
    {"alpha_heatmap", "SHARE", "maps are blended half and half; --write-heatmaps DIR keeps them to be drawn elsewhere",
     Refused},
    {"alpha_pose", "SHARE", "--limb-opacity SHARE", Renamed},
    {"body", "N", "the body is what there is a network for", RefusedUnless1},
    {"body_disable", "", "the body is what there is a network for", Refused},
    {"caffemodel_path", "FILE", "give the model's file as --model FILE", Refused},
    {"camera", "N", "camera:N as an input", CameraNumber},
    {"camera_parameter_path", "PATH", "lenses are not corrected; correct the pictures before", Refused},
    {"camera_resolution", "WxH",
     "the camera is read as it is set: v4l2-ctl --set-fmt-video=width=W,height=H chooses before", OriginalSize},
    {"cli_verbose", "N", "--progress plain", Phrase},
    {"disable_blending", "", "--background black", Blending},
    {"disable_multi_thread", "", "--real-time is for little delay, and --cores 1 for one network at a time", NotNeeded},
    {"display", "MODE", "there is a window for pictures, not for 3D: --display", Display},
    {"face", "", kNoFace, Refused},
    {"face_alpha_heatmap", "SHARE", kNoFace, NotNeeded},
    {"face_alpha_pose", "SHARE", kNoFace, NotNeeded},
    {"face_detector", "N", kNoFace, RefusedUnless0},
    {"face_net_resolution", "WxH", kNoFace, NotNeeded},
    {"face_render", "N", kNoFace, NotNeeded},
    {"face_render_threshold", "SHARE", kNoFace, NotNeeded},
    {"flir_camera", "", "cameras are those of video4linux (camera:0), and streams", Refused},
    {"flir_camera_index", "N", "cameras are those of video4linux (camera:0), and streams", Refused},
    {"folder", "DIR", "DIR as an input", Input},
    {"fps_max", "RATE", "--max-rate RATE", FromZeroUp},
    {"frame_flip", "", "--flip", Renamed},
    {"frame_last", "N", "--frame-last N", LastFrame},
    {"frame_rotate", "DEGREES", "--rotate DEGREES, which turns the other way round: 90 here is 270 there", Rotation},
    {"frame_undistort", "", "lenses are not corrected; correct the pictures before", Refused},
    {"frames_repeat", "", "an input is read once; sinew bench MODEL PICTURE... repeats pictures to measure with",
     Refused},
    {"fullscreen", "", "the window is as large as its pictures; the desktop's own key makes it fill the screen",
     Refused},
    {"hand", "", kNoHand, Refused},
    {"hand_alpha_heatmap", "SHARE", kNoHand, NotNeeded},
    {"hand_alpha_pose", "SHARE", kNoHand, NotNeeded},
    {"hand_detector", "N", kNoHand, RefusedUnless0},
    {"hand_net_resolution", "WxH", kNoHand, NotNeeded},
    {"hand_render", "N", kNoHand, NotNeeded},
    {"hand_render_threshold", "SHARE", kNoHand, NotNeeded},
    {"hand_scale_number", "N", kNoHand, NotNeeded},
    {"hand_scale_range", "SHARE", kNoHand, NotNeeded},
    {"hand_tracking", "", kNoHand, Refused},
    {"heatmaps_add_PAFs", "", kAllMaps, NotNeeded},
    {"heatmaps_add_bkg", "", kAllMaps, NotNeeded},
    {"heatmaps_add_parts", "", kAllMaps, NotNeeded},
    {"heatmaps_scale", "MODE",
     "maps are written as the network computes them (3: --heatmaps-format npy) or as bytes (2: png); scale the npy",
     HeatmapScale},
    {"identification", "", "--track", Renamed},
    {"ik_threads", "N", kNo3d, RefusedUnless0},
    {"image", "FILE", "FILE as an input", Input},
    {"image_dir", "DIR", "DIR as an input", Input},
    {"ip_camera", "URL", "URL as an input", Input},
    {"keypoint_scale", "MODE", "--keypoint-scale picture (0, 2), unit (3) or signed (4); there are no others",
     KeypointScale},
    {"logging_level", "LEVEL", "--quiet for 255, --verbose for 0 and 1", LoggingLevel},
    {"maximize_positives", "", "lower the thresholds yourself: --threshold 0.02 --min-parts 3 --min-score 0.2",
     Refused},
    {"model_folder", "DIR", "give the model's file as --model FILE; sinew model list tells those that have names",
     Refused},
    {"model_pose", "NAME",
     "COCO is what the default model finds; --keypoints body_25 writes its people as BODY_25; for another network, "
     "give "
     "--model NAME: sinew model list tells the names",
     PoseModel},
    {"net_resolution", "WxH", "--net-resolution WxH", NetworkSize},
    {"net_resolution_dynamic", "N", "--net-resolution -1x368 keeps the height alone", Refused},
    {"no_gui_verbose", "", "--hide-labels", Renamed},
    {"num_gpu", "N", "--device cuda runs on a GPU, --device cuda:1 on the second one; sinew devices lists them",
     RefusedUnless0},
    {"num_gpu_start", "N", "--device cuda:N runs on that GPU; sinew devices lists them", RefusedUnless0},
    {"number_people_max", "N", "--max-people N", MaxPeople},
    {"output_resolution", "WxH",
     "rendered pictures are as large as their inputs; ffmpeg -i IN -vf scale=W:H OUT makes others of them",
     OriginalSize},
    {"part_candidates", "", "--part-candidates", Renamed},
    {"part_to_show", "N", "--render heatmap and --render paf show all maps; --write-heatmaps DIR keeps each",
     RefusedUnless0},
    {"process_real_time", "", "--real-time", Renamed},
    {"profile_speed", "N", "-v prints the time of each stage; sinew profile MODEL tells more", NotNeeded},
    {"prototxt_path", "FILE", "give the model's file as --model FILE", Refused},
    {"render_pose", "N", "people are drawn where --write-images, --write-video or --display ask for it", NotNeeded},
    {"render_threshold", "SHARE", "--render-threshold SHARE", Renamed},
    {"resize", "WxH", "--net-resolution WxH; 0x0 is the model's own", NetworkSize},
    {"resolution", "WxH", "--net-resolution WxH", NetworkSize},
    {"showBG", "BOOL", "--background black where it is False", ShowBackground},
    {"show_process", "BOOL", "--render quad draws the result beside the maps", Refused},
    {"tensorrt", "BOOL", "TensorRT is not used: sinew has kernels of its own", Refused},
    {"tracking", "N", "--track follows people, and looks at every frame; --frame-step N leaves frames out", Refused},
    {"udp_host", "HOST", kNo3d, Refused},
    {"udp_port", "PORT", kNo3d, NotNeeded},
    {"upsampling_ratio", "RATIO",
     "--resize-out-ratio, in pixels of the maps for a cell of the network: 8 times this one", RefusedUnless0},
    {"video", "FILE", "FILE as an input", Input},
    {"write_bvh", "FILE", kNo3d, Refused},
    {"write_coco_json_variant", "N", "--write-coco-json writes the 17 keypoints of the body", RefusedUnless0},
    {"write_coco_json_variants", "N", "--write-coco-json writes the 17 keypoints of the body", RefusedUnless1},
    {"write_heatmaps_format", "FORMAT", "--heatmaps-format FORMAT", Renamed},
    {"write_images_format", "FORMAT", "--image-format FORMAT", Renamed},
    {"write_keypoint", "DIR", "the format is that of OpenCV's file storage: use --write-json DIR", Refused},
    {"write_keypoint_format", "FORMAT", "the format is that of OpenCV's file storage: use --write-json DIR", NotNeeded},
    {"write_keypoint_json", "DIR", "--write-json DIR", Renamed},
    {"write_video_3d", "FILE", kNo3d, Refused},
    {"write_video_adam", "FILE", kNo3d, Refused},
    {"write_video_fps", "RATE", "--video-fps RATE", FromZeroUp},
    {"write_video_with_audio", "", "the sound is copied unless --no-audio", NotNeeded},
};

// "show-process" is "show_process": both programs' own parsers take either for some flags.
bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return x == y || (x == '-' && y == '_') || (x == '_' && y == '-'); });
}

}  // namespace

std::span<const OtherFlag> OtherFlags() { return kFlags; }

const OtherFlag* FindOtherFlag(std::string_view name) {
  const auto found = std::ranges::find_if(kFlags, [&](const OtherFlag& flag) { return SameName(flag.name, name); });
  return found == std::end(kFlags) ? nullptr : &*found;
}

}  // namespace sinew::cli
