// Which frames have all their files, where results are files of each frame and nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/part_file.h"
#include "pipeline/manifest.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// The manifest of a folder (manifest.h), to which each frame is added when its files are written. A frame of an earlier
// run counts as done where the manifest has it under the same name, of the same unchanged input. One thread at a time,
// but for IsDone.
class FrameJournal {
 public:
  // Where `resume`, reads what earlier runs have left: kInvalidArgument where they had other options. Otherwise, what
  // they have left is forgotten by Begin. While another process writes to the folder, a run that does not resume keeps
  // no journal: its frames are done again by the next that does.
  static Result<FrameJournal> Open(const std::filesystem::path& folder, const Manifest& run, bool resume,
                                   const WriteOptions& options);

  // Before the first file of this run is written.
  Status Begin();
  bool IsDone(const ManifestFrame& frame) const;
  Status Add(const ManifestFrame& frame);
  // At the end, however it came.
  Status Finish();

 private:
  FrameJournal(const Manifest& run, std::filesystem::path path) : run_(run), path_(std::move(path)) {}
  Status ReadEarlier(const std::filesystem::path& path);

  Manifest run_;
  std::filesystem::path path_;
  std::optional<PartFile> file_;
  // Hashes of names, inputs and numbers: a million frames take 32 MB.
  std::unordered_set<uint64_t> done_;
  std::string carried_;  // lines of earlier runs that still hold
  bool same_inputs_ = false;
  uint64_t complete_bytes_ = 0;
};

}  // namespace sinew::pipeline
