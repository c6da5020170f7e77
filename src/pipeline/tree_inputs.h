// Which input goes where in folders that mirror the inputs (tree_output.h).
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "media/inputs.h"
#include "pipeline/manifest.h"
#include "pipeline/outputs.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// A video path that ends with a slash, or is a folder, stands for a folder of videos, one for each input: it becomes a
// tree.
void TakeVideoFolder(OutputOptions* outputs);

// Of each input, its path within such a folder: as it lies in the folder that was named, or its name alone.
std::vector<std::filesystem::path> PlacesInTree(const std::vector<media::Input>& inputs);

// Takes out what an earlier run has written into one of the folders, and returns how many files that were.
// kInvalidArgument where nothing is left.
Result<size_t> LeaveOutResults(const std::vector<std::filesystem::path>& folders, std::vector<media::Input>* inputs);

// To go on with an earlier run: takes out the inputs that an earlier run has done, and fills in what the tree has to
// know of them.
Status LeaveOutDone(const Manifest& manifest, TreeOptions* tree, std::vector<media::Input>* inputs);

}  // namespace sinew::pipeline
