// sinew merge: the shards of a run to its results.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "command.h"
#include "pipeline/merge.h"
#include "print.h"
#include "service/model_cache.h"

namespace sinew::cli {
namespace {

// As `sinew run` keeps it in manifests.
const std::pair<std::string, std::string> kBody25Option = {"--keypoints", "body_25"};

struct MergeFlags {
  std::vector<std::string> shards;
  std::string output, model;
  bool no_fsync = false, quiet = false;
};

int RunMerge(const MergeFlags& options) {
  const service::ModelCache models;
  pipeline::MergeOptions merge;
  merge.output = options.output;
  merge.write.sync = !options.no_fsync;
  merge.skeleton = [&](const pipeline::Manifest& shard) -> Result<Skeleton> {
    if (std::ranges::find(shard.options, kBody25Option) != shard.options.end()) return Body25Skeleton();
    SINEW_ASSIGN_OR_RETURN(const ModelDescription description,
                           models.Description(options.model.empty() ? shard.artifact.model : options.model));
    return description.skeleton;
  };
  const std::vector<std::filesystem::path> shards(options.shards.begin(), options.shards.end());
  const Result<pipeline::MergeReport> report = pipeline::Merge(shards, merge);
  if (!report.ok()) {
    Fail(report.status());
    return kFailure;
  }
  if (!options.quiet)
    Print("{}: {} records of {} pictures, videos and parts of videos, from {} shards\n", options.output,
          report->records, report->items, report->shards);
  return kSuccess;
}

}  // namespace

void AddMergeCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<MergeFlags>();
  CLI::App* command = app.add_subcommand("merge", "Put the shards of a run together");
  command->add_option("SHARD", options->shards, "The JSON lines of every shard (files, s3://), in any order")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "What to write: .jsonl, .csv or .json (COCO results), as one run would have written it")
      ->required();
  command->add_option("--model", options->model, "Of which model the keypoints are (default: the one that was run)");
  command->add_flag("--no-fsync", options->no_fsync, "Do not wait for the disk");
  command->add_flag("-q,--quiet", options->quiet, "Print errors only");
  command->footer(
      "A shard that is missing, unfinished, or of another run (model, processor, options, inputs) is an error that\n"
      "names it; nothing is written then.\n"
      "Examples:\n"
      "  sinew run archive/ --shard 1/2 --write-jsonl 1.jsonl\n"
      "  sinew run archive/ --shard 2/2 --write-jsonl 2.jsonl\n"
      "  sinew merge 1.jsonl 2.jsonl -o people.jsonl");
  command->callback([=] { *action = [=] { return RunMerge(*options); }; });
}

}  // namespace sinew::cli
