// sinew profile: where the time goes, step by step.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "command.h"
#include "device_flags.h"
#include "measure/machine.h"
#include "measure/profile.h"
#include "measure/profile_document.h"
#include "measure/target_name.h"
#include "measure/trace.h"
#include "media/inputs.h"
#include "print.h"
#include "profile_report.h"
#include "service/model_cache.h"

namespace sinew::cli {
namespace {

constexpr int kTracedCalls = 3;

struct ProfileFlags {
  std::string model, resolution, view = "table", trace;
  std::vector<std::string> pictures;
  measure::ProfileOptions profile;
  size_t top = 15;
  int depth = 0;
  DeviceFlags device;
  bool json = false;
};

Result<std::vector<std::filesystem::path>> ListPictures(const std::vector<std::string>& arguments) {
  std::vector<std::filesystem::path> pictures;
  for (const media::Input& input : ExpandInputs(arguments)) {
    SINEW_RETURN_IF_ERROR(input.status);
    if (input.kind != media::InputKind::kPicture)
      return InvalidArgument("{}: only pictures can be profiled", input.name);
    pictures.emplace_back(input.location);
  }
  return pictures;
}

Status RunProfile(ProfileFlags options) {
  SINEW_ASSIGN_OR_RETURN(const ChosenDevice chosen, OpenDevice(options.device));
  service::ModelRequest request;
  request.model = options.model;
  request.backend = chosen.device.backend();
  request.precision = chosen.precision;
  if (!options.resolution.empty()) {
    SINEW_ASSIGN_OR_RETURN(request.resolution, ParseResolution(options.resolution));
  }
  SINEW_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> pictures, ListPictures(options.pictures));
  std::vector<NamedFile> read;
  AppendModelFiles("the model", options.model, &read);
  for (const std::filesystem::path& picture : pictures) read.push_back({"a picture", picture});
  const NamedFile written[] = {{"--trace", options.trace}};
  SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
  SINEW_ASSIGN_OR_RETURN(const service::CachedModel cached, service::ModelCache({.log = CompileLog()}).Load(request));
  SessionOptions& session = options.profile.pose.session;
  session.resolution = cached.resolution;
  session.device = chosen.device;
  session.precision = chosen.precision;
  SINEW_ASSIGN_OR_RETURN(const std::string target, measure::TargetName(cached.model, session));
  options.profile.traced_calls = options.trace.empty() ? 0 : kTracedCalls;
  const measure::OthersLoad others;
  SINEW_ASSIGN_OR_RETURN(const measure::Profile profile,
                         pictures.empty() ? measure::ProfileNetwork(cached.model, options.profile)
                                          : measure::ProfilePictures(cached.model, pictures, options.profile));
  documents::Machine machine = measure::ThisMachine();
  machine.used_by_others = others.Share();
  machine.gpu = session.device.product();
  const documents::Profile document =
      measure::MakeProfileDocument(profile, cached.model, !pictures.empty(), target, machine);
  if (const std::string disturbance = documents::DescribeDisturbance(machine); !disturbance.empty())
    PrintError("sinew: warning: {}: the times are not its own\n", disturbance);
  if (!options.trace.empty()) {
    const std::string title = fmt::format("sinew {} {}", document.model, document.resolution);
    SINEW_RETURN_IF_ERROR(WriteFile(options.trace, measure::ToChromeTrace(profile, title)));
  }
  if (options.json) {
    PrintJson(documents::ToJson(document));
    return Status();
  }
  PrintProfileHead(document);
  PrintStages(document);
  options.view == "tree" ? PrintScopes(profile, options.depth) : PrintSteps(document, options.top);
  return Status();
}

}  // namespace

void AddProfileCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<ProfileFlags>();
  CLI::App* command = app.add_subcommand("profile", "Show where the time goes, step by step");
  command->add_option("MODEL", options->model, "Artifact (.sinew), graph, or name of a model")->required();
  command->add_option("PICTURE", options->pictures,
                      "Pictures: their whole way to a drawn picture is profiled (default: the network alone)");
  command
      ->add_option("--net-resolution,--resize", options->resolution,
                   "Network input (default: the artifact's first, or the model's own)")
      ->type_name("WxH");
  command->add_option("--threads", options->profile.pose.session.threads, "Threads (default: one a processor)");
  AddDeviceFlags(command, &options->device);
  command
      ->add_option("--smoothing", options->profile.pose.decode.smoothing_taps,
                   "Taps of the Gaussian that smooths the heat maps")
      ->capture_default_str();
  command->add_option("--warmup", options->profile.warmup, "Calls before the measured ones")->capture_default_str();
  command
      ->add_option("--repeats", options->profile.repeats,
                   "Profiled calls; as many without profiling show what it costs")
      ->capture_default_str();
  command->add_option("--view", options->view, "table: steps by time; tree: totals by name scope")
      ->check(CLI::IsMember({"table", "tree"}))
      ->capture_default_str();
  command->add_option("--top", options->top, "Steps in the table; 0: all")->capture_default_str();
  command->add_option("--depth", options->depth, "Levels of the tree; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--trace", options->trace,
                   "Write what every thread did in the first calls, for ui.perfetto.dev or chrome://tracing")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  sinew profile mobilenet_thin --view tree --depth 2\n"
      "  sinew profile mobilenet_thin photo.jpg --trace trace.json\n"
      "  sinew profile mobilenet_thin photo.jpg --json >results/profile.json");
  command->callback([=] {
    *action = [=] {
      const Status status = RunProfile(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
