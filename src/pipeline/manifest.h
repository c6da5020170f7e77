// What a run was made of: by this, and not by the names of files, a later run decides what it may go on from.
//
// A manifest is JSON lines, of version 1: first the run, then each input, then, where results are a file a frame, each
// frame that is done, or, where they are files of each input (tree_output.h), each input that is.
//   {"manifest":1,"producer":"sinew 0.1.0","artifact":{"model":"mobilenet_thin","target":"avx2","xxh3":"0123..."},
//    "options":{"--smoothing":"25", ...},"parts":["people.jsonl"]}
//   {"input":"in/a.jpg","bytes":1234,"modified_ns":1700000000000000000}
//   {"input":"s3://bucket/a.jpg","bytes":1234,"etag":"\"0123...\""}
//   {"done":"a","of":0,"frame":0}
//   {"source":"in/a.jpg","of":0,"outputs":["a_keypoints.json","a_rendered.png"],"frames":1,"failed":0,"people":2}
// "bytes" with "modified_ns" or "etag" (of a web server without ETags: its Last-Modified) are missing where an input is
// not a file. "of" counts the inputs from 0. Members that are not known are passed over.
//
// What is below a prefix of a store is one input. Which objects were found there is told as they are read, so that a
// later run notices those that have changed; of files of each frame, the frame's line has the ETag:
//   {"object":"s3://bucket/folder/a.jpg","bytes":1234,"etag":"\"0123...\""}
//
// That of one shard has "shard":{"number":2,"of":4} in its first line and, once it is complete, behind the inputs which
// of all pictures and videos it has, how many lines each has, and at last how many there are in all shards and how long
// the lines are:
//   {"item":1,"records":1}
//   {"item":5,"records":250}
//   {"items":8,"bytes":123456}
//
// It lies beside what it describes: PATH.manifest for the JSON lines PATH, FOLDER/.sinew-manifest for files of each
// frame, FOLDER/manifest.jsonl for files of each input, and has ".part" behind it until the run is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sinew/status.h"

namespace sinew::pipeline {

inline constexpr int kManifestVersion = 1;

struct ManifestInput {
  std::string name;  // as results name it
  int64_t bytes = -1, modified_ns = 0;
  std::string etag = {};  // of what is in a store or behind an address; such have no time
  bool operator==(const ManifestInput&) const = default;
};

// Whether a record of that source is of the input: it is the input, or below the prefix of a store that the input is.
bool IsOf(const ManifestInput& input, const std::string& source);

// Looks at the file at `location`, or asks the store or the web server for it; what is not a file, and what cannot be
// asked for, has a name only.
ManifestInput IdentifyInput(const std::string& name, const std::string& location);
inline ManifestInput IdentifyInput(const std::string& name) { return IdentifyInput(name, name); }

// The compiled network, as far as results depend on it. Empty where the network follows each picture's shape, so that
// there are several.
struct ManifestArtifact {
  std::string model, target, xxh3;
  bool operator==(const ManifestArtifact&) const = default;
};

// A picture or video of a shard, by its place among those of all shards, and how many records it has.
struct ShardItem {
  int64_t place = 0, records = 0;
  bool operator==(const ShardItem&) const = default;
};

struct ManifestShard {
  int64_t number = 1, count = 1;  // 1 of 1: the whole
  // Of a complete shard; else -1 and none.
  int64_t places = -1, bytes = -1;
  std::vector<ShardItem> items;
};

struct Manifest {
  std::string producer;
  ManifestArtifact artifact;
  std::vector<std::pair<std::string, std::string>> options;  // that results depend on: the flag and its value
  std::vector<std::string> parts;                            // what is written
  std::vector<ManifestInput> inputs;
  ManifestShard shard;
};

// An object below a prefix that an input is.
struct ManifestObject {
  std::string url;
  int64_t bytes = -1;
  std::string etag;
  bool operator==(const ManifestObject&) const = default;
};

// A frame whose files are all written.
struct ManifestFrame {
  std::string name;  // of its files
  size_t of = 0;     // which input
  int64_t frame = 0;
  std::string etag = {};  // of the object below the prefix that the input is
};

// An input whose files are all written.
struct ManifestResult {
  std::string source;
  size_t of = 0;                     // which input
  std::vector<std::string> outputs;  // paths within the folder
  int64_t frames = 0, failed = 0, people = 0;
};

// What a manifest holds behind its inputs is told as it is read.
struct ManifestReader {
  std::function<void(const ManifestObject&)> object;
  std::function<void(const ManifestFrame&)> frame;
  std::function<void(const ManifestResult&)> result;
};

std::string ToText(const Manifest& manifest);
std::string ToLine(const ManifestObject& object);
std::string ToLine(const ManifestFrame& frame);
std::string ToLine(const ManifestResult& result);
// What is behind the inputs of a complete shard.
std::string ToLines(const ManifestShard& shard);

// Reads a whole manifest; `reader`, where given, is told each object, frame and result. What follows the last line end
// was cut short by an interruption and is left out; `complete_bytes` says where that begins. kNotFound; kCorrupt with
// the line; kIncompatible for another version.
Result<Manifest> ReadManifest(const std::filesystem::path& path, const ManifestReader& reader = {},
                              uint64_t* complete_bytes = nullptr);

// The same from memory; `name` stands in messages.
Result<Manifest> ParseManifest(std::string_view text, std::string_view name, const ManifestReader& reader = {},
                               uint64_t* complete_bytes = nullptr);

// kInvalidArgument, naming the first difference, where `now` may not go on from what `earlier` has left: another
// producer, artifact or option. `path` of the earlier manifest stands in messages. Inputs are not compared.
Status CheckSameRun(const Manifest& earlier, const Manifest& now, const std::filesystem::path& path);

// The same for the first `count` inputs, which an earlier run has got to: they must be there, and unchanged.
Status CheckSameInputs(const Manifest& earlier, const Manifest& now, size_t count, const std::filesystem::path& path);

// Where a run that writes JSON lines to `jsonl` finds what an earlier one has left.
struct EarlierRun {
  std::filesystem::path lines, manifest;  // empty: there is none
};
// kInvalidArgument where there are lines of an unfinished run without a manifest: nobody knows what they are of.
Result<EarlierRun> FindEarlierRun(const std::filesystem::path& jsonl);

std::filesystem::path ManifestPath(std::filesystem::path jsonl);
std::filesystem::path FolderManifestPath(const std::filesystem::path& folder);

}  // namespace sinew::pipeline
