// sinew bench: how fast a model is on this machine, in one configuration or many.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "bench_report.h"
#include "command.h"
#include "device_flags.h"
#include "measure/bench_document.h"
#include "measure/instance.h"
#include "measure/machine.h"
#include "measure/synthetic_picture.h"
#include "media/inputs.h"
#include "pose/decode.h"
#include "print.h"
#include "progress.h"
#include "service/model_cache.h"

namespace sinew::cli {
namespace {

constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 30;

struct BenchFlags {
  std::string model;
  std::vector<std::string> pictures;
  std::vector<std::string> resolutions;
  std::vector<int> threads = {0}, replicas = {1}, batches = {1}, smoothing = {25};
  measure::LoadOptions load;
  DecodeOptions decode;
  DeviceFlags device;
  bool network_only = false, json = false, csv = false, quiet = false;
};

Result<std::vector<measure::EncodedPicture>> ReadPictures(const BenchFlags& options) {
  std::vector<measure::EncodedPicture> pictures;
  if (options.network_only) return pictures;
  for (const media::Input& input : ExpandInputs(options.pictures, {}, options.quiet)) {
    SINEW_RETURN_IF_ERROR(input.status);
    if (input.kind != media::InputKind::kPicture)
      return InvalidArgument("{}: only pictures can be measured with", input.name);
    SINEW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(input.location, kMaxPictureBytes));
    pictures.push_back({input.name, {bytes.begin(), bytes.end()}});
  }
  if (pictures.empty()) {
    SINEW_ASSIGN_OR_RETURN(measure::EncodedPicture picture, measure::SyntheticPicture());
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

// Every combination of what was listed, those that differ in threads and replicas next to each other.
std::vector<measure::BenchOptions> Configurations(const BenchFlags& options, const std::vector<Resolution>& resolutions,
                                                  const ChosenDevice& chosen) {
  std::vector<measure::BenchOptions> all;
  for (const Resolution& resolution : resolutions) {
    for (const int taps : options.smoothing) {
      for (const int batch : options.batches) {
        for (const int threads : options.threads) {
          for (const int replicas : options.replicas) {
            measure::BenchOptions one;
            one.pose.session = {resolution, threads, chosen.device, chosen.precision};
            one.pose.decode = options.decode;
            one.pose.decode.smoothing_taps = taps;
            one.replicas = replicas;
            one.batch = batch;
            one.load = options.load;
            all.push_back(one);
          }
        }
      }
    }
  }
  return all;
}

// What no combination may have, told before anything is measured.
Status Check(const BenchFlags& options) {
  const auto in = [](const char* flag, const std::vector<int>& values, int least) {
    const auto bad =
        std::find_if(values.begin(), values.end(), [&](int value) { return value < least || value > 1024; });
    return bad == values.end() ? Status() : InvalidArgument("{} {}: give {} to 1024", flag, *bad, least);
  };
  SINEW_RETURN_IF_ERROR(in("--threads", options.threads, 0));
  SINEW_RETURN_IF_ERROR(in("--cores", options.replicas, 1));
  SINEW_RETURN_IF_ERROR(in("--batch", options.batches, 1));
  for (const int taps : options.smoothing) {
    DecodeOptions decode = options.decode;
    decode.smoothing_taps = taps;
    SINEW_RETURN_IF_ERROR(pose::ValidateDecodeOptions(decode));
  }
  if (options.network_only && !options.pictures.empty())
    return InvalidArgument("--network-only measures on random pictures: leave yours out");
  if (options.network_only && options.smoothing.size() > 1)
    return InvalidArgument("--network-only has no smoothing to compare");
  if (!options.network_only &&
      std::any_of(options.batches.begin(), options.batches.end(), [](int batch) { return batch > 1; })) {
    return InvalidArgument("pictures are taken one by one: --batch needs --network-only");
  }
  return measure::CheckLoadOptions(options.load);
}

void Warn(const documents::Bench& bench) {
  if (const std::string disturbance = documents::DescribeDisturbance(bench.machine); !disturbance.empty())
    PrintError("sinew: warning: {}: the times are not its own, and `sinew cost` leaves them out\n", disturbance);
  if (const int threads = bench.threads * bench.replicas;
      bench.machine.gpu.empty() && threads > bench.machine.processors)
    PrintError("sinew: warning: {} threads share {} processors\n", threads, bench.machine.processors);
  if (bench.overloaded) {
    PrintError(
        "sinew: warning: {} calls a second are more than this can serve ({:.2f}): the latencies grow with the time "
        "measured\n",
        *bench.rate, bench.pictures_per_second / bench.batch);
  }
}

Status RunBench(const BenchFlags& options) {
  SINEW_RETURN_IF_ERROR(Check(options));
  SINEW_ASSIGN_OR_RETURN(std::vector<Resolution> resolutions, ParseResolutions(options.resolutions));
  SINEW_ASSIGN_OR_RETURN(const ChosenDevice chosen, OpenDevice(options.device));
  service::ModelRequest request;
  request.model = options.model;
  request.backend = chosen.device.backend();
  request.precision = chosen.precision;
  if (!resolutions.empty()) {
    request.resolution = resolutions[0];
    request.more_resolutions.assign(resolutions.begin() + 1, resolutions.end());
  }
  SINEW_ASSIGN_OR_RETURN(const service::CachedModel cached, service::ModelCache({.log = CompileLog()}).Load(request));
  if (resolutions.empty()) resolutions = {cached.resolution};
  SINEW_ASSIGN_OR_RETURN(const std::vector<measure::EncodedPicture> pictures, ReadPictures(options));
  documents::Machine machine = measure::ThisMachine();
  machine.instance = measure::ThisInstance();
  const std::vector<measure::BenchOptions> configurations = Configurations(options, resolutions, chosen);
  const bool is_long = !options.quiet && configurations.size() > 1;
  Progress progress("configurations", static_cast<int64_t>(configurations.size()),
                    is_long ? ProgressForm::kAuto : ProgressForm::kNone);
  std::vector<documents::Bench> benches;
  for (const measure::BenchOptions& configuration : configurations) {
    progress.Update({static_cast<int64_t>(benches.size())});
    SINEW_ASSIGN_OR_RETURN(documents::Bench bench,
                           measure::MeasureBench(cached.model, cached.load_seconds, pictures, configuration, machine));
    progress.Clear();
    Warn(bench);
    benches.push_back(std::move(bench));
  }
  if (options.json) {
    PrintBenchJson(benches);
  } else if (options.csv) {
    PrintBenchCsv(benches);
  } else {
    PrintBenchText(benches);
  }
  return Status();
}

}  // namespace

void AddBenchCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<BenchFlags>();
  CLI::App* command = app.add_subcommand("bench", "Measure how fast a model is on this machine");
  command->add_option("MODEL", options->model, "Artifact (.sinew), graph, or name of a model")->required();
  command->add_option("PICTURE", options->pictures, "Pictures, folders, patterns (default: a synthetic picture)");
  command->add_flag("--network-only", options->network_only, "Measure the network alone, on random pictures");
  const auto sweep = [&](const char* name, auto* values, const char* text) {
    return command->add_option(name, *values, std::string(text) + "; several, separated by commas: all combinations")
        ->delimiter(',')
        ->allow_extra_args(false);
  };
  sweep("--net-resolution,--resize", &options->resolutions,
        "Network input (default: the artifact's first, or the model's own)")
      ->type_name("WxH");
  sweep("--threads", &options->threads, "Threads of each replica (default: one a processor)")->default_str("");
  AddDeviceFlags(command, &options->device);
  sweep("--cores,--replicas,--streams", &options->replicas, "Networks side by side (data-parallel); on a GPU, streams")
      ->default_str("1");
  sweep("--batch", &options->batches, "Pictures a call, with --network-only")->default_str("1");
  sweep("--smoothing", &options->smoothing, "Taps of the Gaussian that smooths the heat maps")->default_str("25");
  command
      ->add_option("--resize-out-ratio", options->decode.resize_out_ratio,
                   "Pixels of the upsampled maps per pixel of the network's output")
      ->capture_default_str();
  command->add_option("--warmup", options->load.warmup, "Calls of each replica before the measured ones")
      ->capture_default_str();
  command->add_option("--repeats", options->load.repeats, "Measured calls of each replica; with --rate, in all")
      ->capture_default_str();
  command->add_option("--duration", options->load.seconds, "Measure for this many seconds instead");
  command->add_option("--rate", options->load.rate,
                      "Calls a second that arrive at random times (Poisson), whether the last ones are done or not");
  command->add_option("--seed", options->load.seed, "Seed of these times")->capture_default_str();
  auto* const json =
      command->add_flag("--json", options->json, "Print JSON: an object, or an array for several combinations");
  command->add_flag("--csv", options->csv, "Print CSV: a row a combination")->excludes(json);
  command->add_flag("-q,--quiet", options->quiet, "Show no progress bar");
  command->footer(
      "Examples:\n"
      "  sinew bench mobilenet_thin photo.jpg\n"
      "  sinew bench mobilenet_thin --network-only --threads 1 --cores 2 --repeats 50 --json >results/this.json\n"
      "  sinew bench mobilenet_thin photo.jpg --threads 1,2 --smoothing 25,5 --csv\n"
      "  sinew bench mobilenet_thin photo.jpg --rate 8 --duration 60         # latency under load\n"
      "The cloud machine's type is asked of the provider's metadata service where there is one.");
  command->callback([=] {
    *action = [=] {
      const Status status = RunBench(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
