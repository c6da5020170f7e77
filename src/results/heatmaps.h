// The network's maps of each frame as files, for those who decode or train with them.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/atomic_file.h"
#include "sinew/model.h"
#include "sinew/model_description.h"

namespace sinew::results {

enum class HeatmapFormat {
  // NAME_pose_heatmaps.npy: float32 of shape (height, width, channels), as the network wrote them.
  kNpy,
  // NAME_pose_heatmaps.png, as OpenPose's --write_heatmaps lays it out: one grey map beside the other in the order of
  // the channels (keypoints, background, fields x and y of each limb). Heat of 0 to 1 becomes 0 to 255, a field's -1 to
  // 1
  // too.
  kPng,
};

// A file in `folder`, which exists; NAME is what ResultNames (names.h) says. It appears when it is whole. Thread-safe
// for different names. kInvalidArgument where PNG is wanted of maps
// that are not the description's (ModelDescription::map_channels).
Status WriteHeatmaps(const std::filesystem::path& folder, std::string_view name, HeatmapFormat format,
                     const TensorView& maps, const ModelDescription& description, const WriteOptions& options = {});
std::filesystem::path HeatmapsPath(const std::filesystem::path& folder, std::string_view name, HeatmapFormat format);

}  // namespace sinew::results
