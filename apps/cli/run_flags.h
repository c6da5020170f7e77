// The flags of `sinew run`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device_flags.h"
#include "media/inputs.h"
#include "media/source.h"
#include "pipeline/outputs.h"
#include "pipeline/pipeline.h"
#include "pipeline/pose_worker.h"
#include "sinew/status.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sinew::cli {

struct RunFlags {
  std::vector<std::string> inputs;
  bool recursive = false;
  media::SourceOptions source;
  int64_t frame_last = -1;

  std::string shard;
  double split_videos_mib = 256;
  std::string model = "mobilenet_thin";
  std::string skeleton, prototxt;
  std::string resolution, region, resize_mode = "stretch", compat = "none";
  // Whether these were given decides what --compat openpose makes of them.
  CLI::Option *resize_mode_option = nullptr, *min_score_option = nullptr, *min_parts_option = nullptr;
  pipeline::AnalysisOptions analysis;
  pipeline::PipelineOptions pipeline;
  int threads = 0, cores = 0, streams = 0;  // 0: chosen by what is run
  DeviceFlags device;

  pipeline::OutputOptions outputs;
  std::string output_dir;
  std::optional<int> look_ahead;  // of the tracker
  std::string heatmap_format = "npy", image_format = "png", render = "skeleton", background = "picture", smooth;
  std::string keypoints = "model", keypoint_scale = "picture";
  bool no_refine = false;
  bool hide_labels = false, display = false, no_audio = false;

  std::vector<std::pair<std::string, std::string>> described;  // what results depend on (run_manifest.h)
  std::string progress = "auto";
  bool no_fsync = false;
  bool quiet = false, verbose = false, json = false;
};

// Adds them to the command; each is filled when the command line is parsed.
void AddRunFlags(CLI::App* command, RunFlags* flags);

// Fills the structures of the libraries from what was given as text. kInvalidArgument names the flag.
Status Complete(RunFlags* flags);

}  // namespace sinew::cli
