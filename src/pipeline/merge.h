// Shards of a run put together: what one run over all inputs would have written.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "base/atomic_file.h"
#include "pipeline/manifest.h"
#include "sinew/model_description.h"
#include "sinew/status.h"

namespace sinew::pipeline {

struct MergeOptions {
  // The format follows the suffix: .jsonl, .csv, .json (COCO results).
  std::filesystem::path output;
  // Of the people of a run, by the manifest of one of its shards; asked for formats that name keypoints.
  std::function<Result<Skeleton>(const Manifest& shard)> skeleton;
  WriteOptions write;
};

struct MergeReport {
  int64_t shards = 0, items = 0, records = 0;
};

// The JSON lines of all shards of one run, in any order of the shards, each with its manifest beside it.
// kInvalidArgument, naming the shard, for a missing, foreign or differing one (other program, artifact, target, options
// or inputs), one that is there twice, and one that is not finished; kCorrupt for lines that are not those of the
// manifest. Nothing is written then. Lines are read one at a time. Ids of people who were followed count on from shard
// to shard, as they do in one run.
Result<MergeReport> Merge(std::span<const std::filesystem::path> shards, const MergeOptions& options);

}  // namespace sinew::pipeline
