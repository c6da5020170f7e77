// Whether files that are about to be written are files that are about to be read, or each other.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew {

struct NamedFile {
  std::string role;  // as messages name it: "--write-video", "the graph"
  std::filesystem::path path;
};

// kInvalidArgument, naming both, where an output is the same file as an input or as another output: by device and inode
// where it exists, however it is spelt and through links of both kinds; by its folder and name where it does not.
// Inputs that do not exist, and empty paths, are passed over. To be asked before anything is opened for writing; all
// commands use it.
Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

// The files that a model is read from: the file itself, or, of a folder or a model.json, every file beside it (weights
// lie in shards), of a .caffemodel the networks in text form beside it.
void AppendModelFiles(const std::string& role, const std::filesystem::path& model, std::vector<NamedFile>* files);

}  // namespace sinew
