// Checks first, then lines in the order of places.
#include "pipeline/merge.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "base/part_file.h"
#include "base/remote.h"
#include "media/extension.h"
#include "results/coco_json.h"
#include "results/csv.h"
#include "results/jsonl.h"

namespace sinew::pipeline {
namespace {

namespace fs = std::filesystem;

struct OpenShard {
  fs::path path;
  Manifest manifest;
  MappedFile lines;
  size_t next_item = 0, offset = 0;
  int64_t next_line = 1;
  int64_t first_id = 0;  // of the people of its next item, as the shard counts them
};

Result<OpenShard> Open(const fs::path& path) {
  OpenShard shard;
  shard.path = path;
  const fs::path manifest = ManifestPath(path);
  SINEW_ASSIGN_OR_RETURN(const bool exists, FileExists(manifest));
  if (!exists) {
    std::error_code error;
    if (fs::exists(PartPath(path), error))
      return InvalidArgument("{}: the shard is not finished: run it again, with --resume", path.string());
    return InvalidArgument("{}: has no manifest ({}): is it a shard of `sinew run --shard`, and finished?",
                           path.string(), manifest.string());
  }
  SINEW_ASSIGN_OR_RETURN(shard.manifest, ReadManifest(manifest));
  if (shard.manifest.shard.count < 2) return InvalidArgument("{}: is no shard, but all of a run", path.string());
  if (shard.manifest.shard.places < 0)
    return InvalidArgument("{}: its manifest does not say that it is complete: run it again", path.string());
  SINEW_ASSIGN_OR_RETURN(shard.lines, MappedFile::Open(path));
  const int64_t bytes = static_cast<int64_t>(shard.lines.bytes().size());
  if (bytes != shard.manifest.shard.bytes)
    return Corrupt("{}: has {} bytes, its manifest says {}: run the shard again", path.string(), bytes,
                   shard.manifest.shard.bytes);
  return shard;
}

Status Differs(const OpenShard& a, const OpenShard& b, std::string_view what, std::string_view of_a,
               std::string_view of_b) {
  return InvalidArgument("{} and {} are not shards of one run: {} is {} there and {} here", a.path.string(),
                         b.path.string(), what, of_a.empty() ? "not given" : of_a, of_b.empty() ? "not given" : of_b);
}

Status CheckSame(const OpenShard& a, const OpenShard& b) {
  const Manifest &of_a = a.manifest, &of_b = b.manifest;
  const std::tuple<const char*, std::string, std::string> pairs[] = {
      {"the program", of_a.producer, of_b.producer},
      {"the model", of_a.artifact.model, of_b.artifact.model},
      {"the target", of_a.artifact.target, of_b.artifact.target},
      {"the compiled network", of_a.artifact.xxh3, of_b.artifact.xxh3},
      {"the number of shards", std::to_string(of_a.shard.count), std::to_string(of_b.shard.count)},
      {"the number of pictures, videos and parts of videos", std::to_string(of_a.shard.places),
       std::to_string(of_b.shard.places)}};
  for (const auto& [what, in_a, in_b] : pairs) {
    if (in_a != in_b) return Differs(a, b, what, in_a, in_b);
  }
  const auto value = [](const Manifest& manifest, const std::string& flag) {
    const auto found = std::find_if(manifest.options.begin(), manifest.options.end(),
                                    [&](const auto& option) { return option.first == flag; });
    return found == manifest.options.end() ? std::string() : found->second;
  };
  for (const Manifest* side : {&of_a, &of_b}) {
    for (const auto& option : side->options) {
      const std::string in_a = value(of_a, option.first), in_b = value(of_b, option.first);
      if (in_a != in_b) return Differs(a, b, option.first, in_a, in_b);
    }
  }
  // Other machines may have copies of other times; names and sizes must be the same.
  if (of_a.inputs.size() != of_b.inputs.size())
    return Differs(a, b, "the number of inputs", std::to_string(of_a.inputs.size()),
                   std::to_string(of_b.inputs.size()));
  for (size_t i = 0; i < of_a.inputs.size(); ++i) {
    if (of_a.inputs[i].name != of_b.inputs[i].name)
      return Differs(a, b, fmt::format("input {}", i + 1), of_a.inputs[i].name, of_b.inputs[i].name);
    if (of_a.inputs[i].bytes != of_b.inputs[i].bytes)
      return Differs(a, b, "the size of " + of_a.inputs[i].name, std::to_string(of_a.inputs[i].bytes),
                     std::to_string(of_b.inputs[i].bytes));
    if (of_a.inputs[i].etag != of_b.inputs[i].etag)
      return Differs(a, b, "the ETag of " + of_a.inputs[i].name, of_a.inputs[i].etag, of_b.inputs[i].etag);
  }
  return Status();
}

// In the order of their numbers.
Result<std::vector<OpenShard>> OpenAll(std::span<const fs::path> paths) {
  std::vector<OpenShard> shards;
  for (const fs::path& path : paths) {
    SINEW_ASSIGN_OR_RETURN(OpenShard shard, Open(path));
    if (!shards.empty()) SINEW_RETURN_IF_ERROR(CheckSame(shards.front(), shard));
    shards.push_back(std::move(shard));
  }
  std::sort(shards.begin(), shards.end(),
            [](const OpenShard& a, const OpenShard& b) { return a.manifest.shard.number < b.manifest.shard.number; });
  const int64_t count = shards.front().manifest.shard.count;
  for (int64_t number = 1; number <= count; ++number) {
    const size_t at = static_cast<size_t>(number - 1);
    const bool missing = at >= shards.size() || shards[at].manifest.shard.number > number;
    if (missing) return InvalidArgument("shard {}/{} is missing", number, count);
    if (at > 0 && shards[at].manifest.shard.number == shards[at - 1].manifest.shard.number)
      return InvalidArgument("{} and {} are both shard {}/{}", shards[at - 1].path.string(), shards[at].path.string(),
                             number - 1, count);
  }
  if (static_cast<int64_t>(shards.size()) > count)
    return InvalidArgument("{}: shard {}/{} is there twice", shards.back().path.string(), count, count);
  return shards;
}

// With the line break.
Result<std::string_view> NextLine(OpenShard* shard) {
  const std::string_view all(reinterpret_cast<const char*>(shard->lines.bytes().data()), shard->lines.bytes().size());
  const size_t end = all.find('\n', shard->offset);
  if (end == std::string_view::npos)
    return Corrupt("{}: ends before all that its manifest names: run the shard again", shard->path.string());
  const std::string_view line = all.substr(shard->offset, end + 1 - shard->offset);
  shard->offset = end + 1;
  ++shard->next_line;
  return line;
}

// Where records go: as the lines that they are, or by a writer.
class Target {
 public:
  static Result<Target> Create(const MergeOptions& options, const Manifest& shard) {
    Target target;
    const std::string suffix = media::LowerExtension(options.output);
    if (suffix == ".jsonl") {
      SINEW_ASSIGN_OR_RETURN(target.lines_, PartFile::Open(options.output, options.write));
      target.lines_->StartAnew();
      return target;
    }
    if (suffix != ".csv" && suffix != ".json")
      return InvalidArgument("{}: the suffix says in which format to merge: .jsonl, .csv, .json (COCO results)",
                             options.output.string());
    SINEW_ASSIGN_OR_RETURN(const Skeleton skeleton, options.skeleton(shard));
    SINEW_ASSIGN_OR_RETURN(target.writer_, suffix == ".csv"
                                               ? results::CreateCsvWriter(options.output, skeleton, options.write)
                                               : results::CreateCocoWriter(options.output, skeleton, options.write));
    return target;
  }
  bool takes_lines() const { return lines_.has_value(); }
  Status Add(std::string_view line) { return lines_->Append(line); }
  Status Add(const results::Record& record) { return writer_->Write(record); }
  Status Finish() { return lines_ ? lines_->Commit() : writer_->Finish(); }

 private:
  std::optional<PartFile> lines_;
  std::unique_ptr<results::RecordWriter> writer_;
};

// The line with all ids moved. Within a string, the quotes of what is looked for would be escaped.
std::string WithIdsMoved(std::string_view line, int64_t by) {
  constexpr std::string_view kMember = "\"person_id\":";
  std::string moved;
  for (size_t at; (at = line.find(kMember)) != std::string_view::npos;) {
    moved += line.substr(0, at + kMember.size());
    line.remove_prefix(at + kMember.size());
    size_t length = 0;
    const std::string text(line.substr(0, 20));
    const int64_t id = std::strtoll(text.c_str(), nullptr, 10);
    while (length < line.size() && (line[length] == '-' || (line[length] >= '0' && line[length] <= '9'))) ++length;
    moved += id < 0 ? text.substr(0, length) : std::to_string(id + by);
    line.remove_prefix(length);
  }
  return moved += line;
}

class Merger {
 public:
  Merger(std::vector<OpenShard>* shards, Target* target) : shards_(*shards), target_(*target) {}

  Status Run() {
    const int64_t places = shards_.front().manifest.shard.places;
    const int64_t count = static_cast<int64_t>(shards_.size());
    for (int64_t place = 0; place < places; ++place) {
      OpenShard& shard = shards_[static_cast<size_t>(place % count)];
      const std::vector<ShardItem>& items = shard.manifest.shard.items;
      if (shard.next_item == items.size() || items[shard.next_item].place != place) continue;  // it has no record
      SINEW_RETURN_IF_ERROR(AddItem(&shard, items[shard.next_item++].records));
    }
    for (const OpenShard& shard : shards_) {
      if (shard.next_item == shard.manifest.shard.items.size() && shard.offset == shard.lines.bytes().size()) continue;
      return Corrupt("{}: has more lines than its manifest names: run the shard again", shard.path.string());
    }
    return Status();
  }
  int64_t records() const { return records_; }

 private:
  // Ids are handed out one after the other, each to somebody who is in a record.
  Status AddItem(OpenShard* shard, int64_t records) {
    const int64_t by = first_id_ - shard->first_id;
    int64_t end = shard->first_id;
    for (int64_t i = 0; i < records; ++i) {
      SINEW_ASSIGN_OR_RETURN(const std::string_view line, NextLine(shard));
      Result<results::Record> record = results::ParseJsonLine(line);
      if (!record.ok())
        return Prefixed(fmt::format("{} line {}", shard->path.string(), shard->next_line - 1), record.status());
      for (int64_t& id : record->person_ids) {
        end = std::max(end, id + 1);
        if (id >= 0) id += by;
      }
      const bool has_ids = !record->person_ids.empty() && by != 0;
      ++records_;
      SINEW_RETURN_IF_ERROR(!target_.takes_lines() ? target_.Add(*record)
                            : has_ids              ? target_.Add(WithIdsMoved(line, by))
                                                   : target_.Add(line));
    }
    first_id_ += end - shard->first_id;
    shard->first_id = end;
    return Status();
  }

  std::vector<OpenShard>& shards_;
  Target& target_;
  int64_t records_ = 0;
  int64_t first_id_ = 0;
};

}  // namespace

Result<MergeReport> Merge(std::span<const fs::path> paths, const MergeOptions& options) {
  if (paths.empty()) return InvalidArgument("no shard is named");
  std::vector<NamedFile> read;
  for (const fs::path& path : paths) {
    read.push_back({"a shard", path});
    read.push_back({"a shard's manifest", ManifestPath(path)});
  }
  SINEW_RETURN_IF_ERROR(CheckOutputs(read, std::vector<NamedFile>{{"--output", options.output}}));
  SINEW_ASSIGN_OR_RETURN(std::vector<OpenShard> shards, OpenAll(paths));
  const Manifest& first = shards.front().manifest;
  SINEW_ASSIGN_OR_RETURN(Target target, Target::Create(options, first));
  Merger merger(&shards, &target);
  SINEW_RETURN_IF_ERROR(merger.Run());
  SINEW_RETURN_IF_ERROR(target.Finish());
  const MergeReport report = {static_cast<int64_t>(shards.size()), first.shard.places, merger.records()};
  if (!target.takes_lines()) return report;
  // As one run would have left it, so that it can be gone on from.
  Manifest whole = first;
  whole.shard = {};
  whole.parts = {options.output.string()};
  SINEW_RETURN_IF_ERROR(WriteFile(ManifestPath(options.output), ToText(whole), options.write));
  return report;
}

}  // namespace sinew::pipeline
