// sinew model: what the zoo has, fetching it, and where it lies.
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "compiler/synth/cmu.h"
#include "compiler/synth/openpose.h"
#include "print.h"
#include "service/description_json.h"
#include "service/model_cache.h"
#include "service/model_transfer.h"
#include "service/zoo/fetch.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"

namespace sinew::cli {
namespace {

std::string DescribeChecksum(const zoo::Source& source) {
  switch (source.kind) {
    case zoo::Source::Kind::kNpm:
      return "sha512-" + source.sha512;
    case zoo::Source::Kind::kFile:
      return (source.sha256.empty() ? "" : "sha256 " + source.sha256 + ", ") + "git blob " + source.git_blob;
    case zoo::Source::Kind::kManual:
      return source.sha256.empty() ? "" : "sha256 " + source.sha256;
  }
  return "";
}

// A number that may not be on record.
std::string Recorded(double value, std::string_view unit) {
  if (value <= 0) return "-";
  return value < 10 ? fmt::format("{:.2f}{}", value, unit) : fmt::format("{:.0f}{}", value, unit);
}

// In one word where it can be.
std::string ShortSource(const zoo::Source& source) {
  switch (source.kind) {
    case zoo::Source::Kind::kNpm:
      return "npm " + source.package;
    case zoo::Source::Kind::kFile:
      return "download";
    case zoo::Source::Kind::kManual:
      return "by hand";
  }
  return "";
}

// Up to the first comma or colon, behind which licences have their small print.
std::string ShortLicence(const zoo::Entry& entry) {
  const std::string name = entry.licence.substr(0, entry.licence.find_first_of(",:"));
  return entry.commercial_use ? name : name + ", no commercial use";
}

int ListAsJson() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const zoo::Entry& entry : zoo::Entries()) {
    const auto path = zoo::Locate(entry.name);
    list.push_back(
        {{"name", entry.name},
         {"description", entry.description},
         {"format", entry.format},
         {"source", zoo::Describe(entry.source)},
         {"checksum", DescribeChecksum(entry.source)},
         {"licence", entry.licence},
         {"commercial_use", entry.commercial_use},
         {"skeleton", entry.skeleton},
         {"keypoints", entry.keypoints},
         {"stride", entry.stride},
         {"input", entry.input},
         {"output", entry.output},
         {"net_resolution", entry.resolution},
         {"gmac", entry.gmac > 0 ? nlohmann::ordered_json(entry.gmac) : nlohmann::ordered_json()},
         {"megabytes", entry.megabytes > 0 ? nlohmann::ordered_json(entry.megabytes) : nlohmann::ordered_json()},
         {"notes", entry.notes},
         {"path", path.ok() ? nlohmann::ordered_json(path->string()) : nlohmann::ordered_json()}});
  }
  PrintJson(list);
  return kSuccess;
}

int List(bool json) {
  if (json) return ListAsJson();
  constexpr std::string_view kRow = "{:<20} {:>9} {:>6} {:>7}  {:<10} {:<7} {:<37} {}\n";
  Print(kRow, "name", "keypoints", "GMAC", "size", "at", "on disk", "licence", "from");
  for (const zoo::Entry& entry : zoo::Entries()) {
    Print(kRow, entry.name, entry.keypoints, Recorded(entry.gmac, ""), Recorded(entry.megabytes, " MB"),
          entry.resolution, zoo::Locate(entry.name).ok() ? "yes" : "no", ShortLicence(entry),
          ShortSource(entry.source));
  }
  return kSuccess;
}

// What is known of one model, and what its numbers mean as JSON.
int Describe(const std::string& name) {
  const Result<ModelDescription> description = service::ModelCache().Description(name);
  if (!description.ok()) return Fail(description.status());
  PrintRaw(stdout, service::ToJson(*description));
  return kSuccess;
}

int Info(const std::string& name) {
  const auto found = zoo::Find(name);
  if (!found.ok()) return Fail(found.status());
  const zoo::Entry& entry = **found;
  const auto path = zoo::Locate(entry.name);
  Print("{}: {}\n", entry.name, entry.description);
  Print("  keypoints {} ({}), stride {}, input {}, resolution {}\n", entry.keypoints, entry.skeleton, entry.stride,
        entry.input, entry.resolution);
  Print("  work      {} GMAC at that resolution\n", Recorded(entry.gmac, ""));
  Print("  file      {}, {}\n", entry.format, Recorded(entry.megabytes, " MB"));
  Print("  source    {}\n", zoo::Describe(entry.source));
  if (!DescribeChecksum(entry.source).empty()) Print("  checksum  {}\n", DescribeChecksum(entry.source));
  Print("  licence   {}{}\n", entry.licence, entry.commercial_use ? "" : "; no commercial use");
  if (!entry.notes.empty()) Print("  note      {}\n", entry.notes);
  Print("  on disk   {}\n", path.ok() ? path->string() : "no");
  return kSuccess;
}

int Fetch(const std::string& name) {
  const auto entry = zoo::Find(name);
  if (!entry.ok()) return Fail(entry.status());
  if (!(*entry)->commercial_use)
    PrintError("note: the licence of {} forbids commercial use: {}\n", name, (*entry)->licence);
  zoo::FetchOptions options;
  options.progress = isatty(STDERR_FILENO) != 0;
  if (const char* const mirror = std::getenv("SINEW_MIRROR"); mirror != nullptr) options.mirror = mirror;
  const auto path = zoo::Fetch(**entry, options);
  if (!path.ok()) return Fail(path.status());
  Print("{}\n", path->string());
  return kSuccess;
}

struct SynthOptions {
  std::string network, output;
  uint64_t seed = 1;
};

using MakeCaffe = Result<synth::CaffeFiles> (*)(uint64_t seed);

constexpr std::pair<std::string_view, MakeCaffe> kCaffeNetworks[] = {
    {"body_25", synth::OpenPoseBody25}, {"openpose_coco", synth::OpenPoseCoco}, {"openpose_mpi", synth::OpenPoseMpi}};

// Weights under the name that was given, the network beside them.
Status SynthCaffe(const SynthOptions& options, MakeCaffe make) {
  const std::filesystem::path weights = options.output;
  std::filesystem::path network = weights;
  network.replace_extension(".prototxt");
  if (weights.extension() != ".caffemodel") {
    return InvalidArgument("-o {}: the name of a Caffe model ends in .caffemodel", options.output);
  }
  SINEW_ASSIGN_OR_RETURN(const synth::CaffeFiles files, make(options.seed));
  SINEW_RETURN_IF_ERROR(WriteFile(network, files.prototxt));
  return WriteFile(weights, files.caffemodel);
}

Status SynthGraph(const SynthOptions& options) {
  for (const auto& [name, make] : kCaffeNetworks) {
    if (name == options.network) return SynthCaffe(options, make);
  }
  SINEW_ASSIGN_OR_RETURN(const std::string graph, synth::CmuGraphDef(options.seed));
  return WriteFile(options.output, graph);
}

int Synth(const SynthOptions& options) {
  const Status status = SynthGraph(options);
  return status.ok() ? kSuccess : Fail(status);
}

int Clean(uint64_t max_megabytes) {
  const service::ModelCache cache;
  const Result<service::RemovedFiles> removed = cache.Clean(max_megabytes * 1'000'000);
  if (!removed.ok()) return Fail(removed.status());
  Print("removed {} file{}, {}, from {}\n", removed->files, removed->files == 1 ? "" : "s", HumanBytes(removed->bytes),
        cache.Folder()->string());
  return kSuccess;
}

int PrintCopied(const Result<std::vector<std::string>>& files) {
  if (!files.ok()) return Fail(files.status());
  for (const std::string& file : *files) Print("{}\n", file);
  return kSuccess;
}

int Path(const std::string& name) {
  const auto path = zoo::Locate(name);
  if (!path.ok()) return Fail(path.status());
  Print("{}\n", path->string());
  return kSuccess;
}

}  // namespace

void AddModelCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("model", "List, fetch and clean up models");
  command->require_subcommand(1);
  command->footer(
      "Models lie in ${XDG_DATA_HOME:-~/.local/share}/sinew/models. SINEW_MODELS=DIR adds models that are there "
      "already, as\n"
      "DIR/NAME/graph_opt.pb, DIR/NAME/model.json or DIR/NAME.sinew; DIR may be s3://bucket/prefix. "
      "SINEW_MIRROR=ADDRESS replaces the host of downloads.\n"
      "Compiled models are kept in ${XDG_CACHE_HOME:-~/.cache}/sinew/compiled, up to 8 GiB of those used last.\n"
      "Example:\n  sinew model fetch mobilenet_thin");

  auto json = std::make_shared<bool>(false);
  CLI::App* list = command->add_subcommand(
      "list", "List models: keypoints, work, size, licence, source, whether they are on this disk");
  list->add_flag("--json", *json, "Print JSON");
  list->callback([=] { *action = [=] { return List(*json); }; });

  auto name = std::make_shared<std::string>();
  CLI::App* fetch = command->add_subcommand("fetch", "Download a model, check it, and print its path");
  fetch->add_option("NAME", *name, "A name that `sinew model list` shows")->required();
  fetch->callback([=] { *action = [=] { return Fetch(*name); }; });

  CLI::App* info =
      command->add_subcommand("info", "Show all that is known of a model: source, checksum, licence, input");
  info->add_option("NAME", *name, "A name that `sinew model list` shows")->required();
  info->callback([=] { *action = [=] { return Info(*name); }; });

  CLI::App* describe = command->add_subcommand(
      "describe", "Print what a model's numbers mean as JSON: a start for a --skeleton of your own");
  describe->add_option("MODEL", *name, "Artifact (.sinew), graph, or name of a model")->required();
  describe->callback([=] { *action = [=] { return Describe(*name); }; });

  auto synth = std::make_shared<SynthOptions>();
  CLI::App* synthesize =
      command->add_subcommand("synth", "Write a network with made-up weights, to measure speed and numerics with");
  synthesize->add_option("NETWORK", synth->network, "cmu, body_25, openpose_coco, openpose_mpi")
      ->required()
      ->check(CLI::IsMember({"cmu", "body_25", "openpose_coco", "openpose_mpi"}));
  synthesize
      ->add_option("-o,--output", synth->output,
                   "The frozen GraphDef to write, or the .caffemodel, which gets its .prototxt beside it")
      ->required();
  synthesize->add_option("--seed", synth->seed, "Seed of the weights")->capture_default_str();
  synthesize->callback([=] { *action = [=] { return Synth(*synth); }; });

  auto max_megabytes = std::make_shared<uint64_t>(0);
  CLI::App* clean =
      command->add_subcommand("clean", "Remove compiled models that were kept; they are compiled again when needed");
  clean->add_option("--max-size", *max_megabytes, "Keep those used last, up to this size")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1'000'000'000}))
      ->type_name("MB");
  clean->callback([=] { *action = [=] { return Clean(*max_megabytes); }; });

  struct Transfer {
    std::string from, to;
  };
  auto transfer = std::make_shared<Transfer>();
  CLI::App* push = command->add_subcommand("push", "Copy a model into a store, and print where it is then");
  push->add_option("MODEL", transfer->from, "A compiled model, a graph, or a name of the zoo")->required();
  push->add_option("URL", transfer->to, "s3://bucket/key, or s3://bucket/prefix/ to keep its name")->required();
  push->footer(
      "Example:\n  sinew model push thin.sinew s3://models/pose/\n"
      "  SINEW_MODELS=s3://models/pose sinew run photo.jpg --model thin --write-json out");
  push->callback([=] { *action = [=] { return PrintCopied(service::PushModel(transfer->from, transfer->to)); }; });
  CLI::App* pull = command->add_subcommand("pull", "Copy a model out of a store, checked, and print its path");
  pull->add_option("URL", transfer->from, "s3://bucket/key, or a folder's model.json")->required();
  pull->add_option("-o,--output", transfer->to,
                   "The file or, of a model of several files, the folder (default: its name)");
  pull->callback([=] { *action = [=] { return PrintCopied(service::PullModel(transfer->from, transfer->to)); }; });

  CLI::App* path = command->add_subcommand("path", "Print the path of a model");
  path->add_option("NAME", *name, "A name that `sinew model list` shows, or a folder's under SINEW_MODELS")->required();
  path->callback([=] { *action = [=] { return Path(*name); }; });
}

}  // namespace sinew::cli
