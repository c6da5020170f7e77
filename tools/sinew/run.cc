// sinew run: people on pictures and videos.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "media/image.h"
#include "media/video.h"
#include "model_cache.h"
#include "output/draw.h"
#include "output/openpose_json.h"
#include "progress.h"
#include "sinew/pose.h"

namespace sinew::cli {
namespace {

struct Options {
  std::vector<std::string> inputs;
  std::string model = "mobilenet_thin";
  std::string resolution;
  DecodeOptions decode;
  std::string compat = "none";
  int threads = 0;
  media::ImageLimits limits;
  std::string write_images, write_json, write_video;
  int64_t frame_last = -1;
  bool quiet = false;
};

double Milliseconds(double seconds) { return seconds * 1e3; }

class Runner {
 public:
  Runner(const Options& options, PoseEstimator estimator) : options_(options), estimator_(std::move(estimator)) {}

  // One input; what was written stays written when it fails.
  Status RunInput(const std::string& input) {
    return media::HasVideoExtension(input) ? RunVideo(input) : RunPicture(input);
  }

 private:
  Status RunPicture(const std::filesystem::path& path) {
    const auto start = std::chrono::steady_clock::now();
    SINEW_ASSIGN_OR_RETURN(media::Image image, media::ReadImage(path, options_.limits));
    Result<std::vector<Person>> people = estimator_.Estimate(image.view());
    if (!people.ok()) return Prefixed(path.string(), people.status());
    if (!options_.write_json.empty()) {
      SINEW_RETURN_IF_ERROR(WriteFile(std::filesystem::path(options_.write_json) / (path.stem().string() + "_keypoints.json"),
                                      output::ToOpenPoseJson(*people)));
    }
    if (!options_.write_images.empty()) {
      output::DrawPeople(*people, &image);
      SINEW_RETURN_IF_ERROR(media::WriteImage(std::filesystem::path(options_.write_images) / (path.stem().string() + "_rendered.png"), image));
    }
    if (!options_.quiet) {
      const PoseTimes& times = estimator_.times();
      const double total = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      fmt::print("{}: {} {}, {:.1f} ms (resize {:.1f}, network {:.1f}, decode {:.1f})\n", path.string(), people->size(),
                 people->size() == 1 ? "person" : "people", Milliseconds(total), Milliseconds(times.resize), Milliseconds(times.network),
                 Milliseconds(times.decode));
    }
    return Status();
  }

  Status RunVideo(const std::filesystem::path& path) {
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::VideoReader> reader, media::OpenVideo(path));
    const bool renders = !options_.write_video.empty() || !options_.write_images.empty();
    std::unique_ptr<media::VideoWriter> writer;
    int64_t total = reader->frame_count_estimate();
    if (options_.frame_last >= 0) total = total > 0 ? std::min(total, options_.frame_last + 1) : options_.frame_last + 1;
    ProgressBar progress(path.filename().string(), total, !options_.quiet);
    const auto start = std::chrono::steady_clock::now();
    media::Image frame;
    int64_t frames = 0, people_found = 0;
    for (; options_.frame_last < 0 || frames <= options_.frame_last; ++frames) {
      SINEW_ASSIGN_OR_RETURN(const bool more, reader->Next(&frame));
      if (!more) break;
      Result<std::vector<Person>> people = estimator_.Estimate(frame.view());
      if (!people.ok()) return Prefixed(fmt::format("{} frame {}", path.string(), frames), people.status());
      people_found += static_cast<int64_t>(people->size());
      const std::string stem = fmt::format("{}_{:012}", path.stem().string(), frames);
      if (!options_.write_json.empty()) {
        SINEW_RETURN_IF_ERROR(WriteFile(std::filesystem::path(options_.write_json) / (stem + "_keypoints.json"), output::ToOpenPoseJson(*people)));
      }
      if (renders) output::DrawPeople(*people, &frame);
      if (!options_.write_images.empty()) {
        SINEW_RETURN_IF_ERROR(media::WriteImage(std::filesystem::path(options_.write_images) / (stem + "_rendered.png"), frame));
      }
      if (!options_.write_video.empty()) {
        if (writer == nullptr) {
          SINEW_ASSIGN_OR_RETURN(writer, media::CreateVideo(options_.write_video, {frame.width, frame.height, reader->format().frames_per_second}));
        }
        SINEW_RETURN_IF_ERROR(writer->Write(frame));
      }
      progress.Update(frames + 1);
    }
    if (frames == 0) return Corrupt("{}: has no frame that can be read", path.string());
    if (writer != nullptr) SINEW_RETURN_IF_ERROR(writer->Finish());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!options_.quiet) {
      fmt::print("{}: {} frames, {} people, {:.1f} s, {:.1f} frames/s\n", path.string(), frames, people_found, seconds,
                 static_cast<double>(frames) / seconds);
    }
    return Status();
  }

  const Options& options_;
  PoseEstimator estimator_;
};

// Two inputs whose results would have the same name, or flags that contradict the inputs.
Status CheckInputs(const Options& options) {
  std::map<std::string, std::string> stems;
  int videos = 0;
  const bool writes = !options.write_images.empty() || !options.write_json.empty();
  for (const std::string& input : options.inputs) {
    videos += media::HasVideoExtension(input) ? 1 : 0;
    const auto [other, fresh] = stems.try_emplace(std::filesystem::path(input).stem().string(), input);
    if (!fresh && writes) {
      return InvalidArgument("{} and {}: their results would have the same name; run them with different folders", other->second, input);
    }
  }
  if (!options.write_video.empty() && (videos != 1 || options.inputs.size() != 1)) {
    return InvalidArgument("--write-video needs exactly one input, a video");
  }
  return Status();
}

Status MakeFolders(const Options& options) {
  for (const std::string& folder : {options.write_images, options.write_json}) {
    if (!folder.empty()) SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  }
  const std::filesystem::path parent = std::filesystem::path(options.write_video).parent_path();
  return parent.empty() ? Status() : MakeFolder(parent);
}

Result<Runner> MakeRunner(const Options& options) {
  SINEW_RETURN_IF_ERROR(CheckInputs(options));
  ModelRequest request;
  request.model = options.model;
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(request.resolution, ParseResolution(options.resolution));
  }
  if (!options.quiet) request.log = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  PoseOptions pose;
  pose.decode = options.decode;
  pose.decode.compat = options.compat == "tf-pose" ? DecodeOptions::Compat::kTfPose : DecodeOptions::Compat::kNone;
  SINEW_ASSIGN_OR_RETURN(const CachedModel cached, LoadOrCompile(request));
  pose.session = {cached.resolution, options.threads};
  SINEW_ASSIGN_OR_RETURN(PoseEstimator estimator, PoseEstimator::Create(cached.model, pose));
  SINEW_RETURN_IF_ERROR(MakeFolders(options));
  return Runner(options, std::move(estimator));
}

int Run(const Options& options) {
  Result<Runner> runner = MakeRunner(options);
  if (!runner.ok()) return Fail(runner.status());
  size_t failed = 0;
  for (const std::string& input : options.inputs) {
    const Status status = runner->RunInput(input);
    if (status.ok()) continue;
    Fail(status);
    ++failed;
  }
  if (failed == 0) return kSuccess;
  return failed == options.inputs.size() ? kFailure : kPartly;
}

}  // namespace

void AddRunCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  DecodeOptions& decode = options->decode;
  CLI::App* command = app.add_subcommand("run", "Find the people on pictures and videos");
  command->add_option("INPUT", options->inputs, "Pictures and videos")->required();
  command->add_option("--model", options->model, "A name of the zoo, a graph, or a compiled model (.sinew)")->capture_default_str();
  command->add_option("--resize", options->resolution, "Network input WIDTHxHEIGHT; the picture is stretched to it (default: the model's)")->type_name("WxH");
  command->add_option("--resize-out-ratio", decode.resize_out_ratio, "Pixels of the upsampled maps per pixel of the network's output")->capture_default_str();
  command->add_option("--smoothing", decode.smoothing_taps, "Taps of the Gaussian that smooths the heat maps; 0: none")->capture_default_str();
  command->add_option("--threshold", decode.peak_threshold, "Least value of a peak of the smoothed heat map")->capture_default_str();
  command->add_option("--paf-threshold", decode.paf_threshold, "Least value of a sample of the part affinity field")->capture_default_str();
  command->add_option("--min-parts", decode.min_parts, "People with fewer keypoints are dropped")->capture_default_str();
  command->add_option("--min-score", decode.min_score, "People with a lower score are dropped")->capture_default_str();
  command->add_option("--max-people", decode.max_people, "At most this many, the best; 0: all")->capture_default_str();
  command->add_option("--compat", options->compat, "tf-pose: exactly what tf-pose-estimation finds, its flaws included")
      ->check(CLI::IsMember({"none", "tf-pose"}))->capture_default_str();
  command->add_option("--write-images", options->write_images, "Folder for pictures with the people drawn: STEM_rendered.png")->type_name("DIR");
  command->add_option("--write-json", options->write_json, "Folder for OpenPose JSON: STEM_keypoints.json; for a video a file a frame")->type_name("DIR");
  command->add_option("--write-video", options->write_video, "The input video with the people drawn")->type_name("FILE");
  command->add_option("--frame-last", options->frame_last, "Last frame of a video to look at, from 0")->check(CLI::NonNegativeNumber);
  command->add_option("--threads", options->threads, "Threads (default: one a processor)");
  command->add_option("--max-pixels", options->limits.max_pixels, "Refuse larger pictures")->check(CLI::PositiveNumber)->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "Errors only");
  command->footer(
      "A model given by name or as a graph is compiled on first use and kept in ${XDG_CACHE_HOME:-~/.cache}/sinew.\n"
      "Exit codes: 0 all done, 1 nothing done, 2 wrong command line, 3 some inputs failed and the others are done.\n"
      "Examples:\n"
      "  sinew run photo.jpg --write-images out --write-json out\n"
      "  sinew run walk.mp4 --model mobilenet_v2_small --write-video out/walk.mp4");
  command->callback([=] { *action = [=] { return Run(*options); }; });
}

}  // namespace sinew::cli
