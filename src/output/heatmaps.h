// The network's maps of each frame as files, for those who decode or train with them.
#pragma once

#include <filesystem>

#include "output/names.h"
#include "output/record.h"
#include "sinew/model.h"

namespace sinew::output {

enum class HeatmapFormat {
  // NAME_pose_heatmaps.npy: float32 of shape (height, width, channels), as the network wrote them.
  kNpy,
  // NAME_pose_heatmaps.png, as OpenPose's --write_heatmaps lays it out: one grey map beside the other in the order of the
  // channels (keypoints, background, fields x and y of each limb). Heat of 0 to 1 becomes 0 to 255, a field's -1 to 1 too.
  kPng,
};

// A file a frame in a folder, each whole when it appears. NAME is what ResultNames (names.h) says. One thread at a time.
class HeatmapWriter {
 public:
  // Creates the folder.
  static Result<HeatmapWriter> Create(const std::filesystem::path& folder, HeatmapFormat format);

  // For every frame, in order. Without maps (data is null: the frame could not be decoded) only its name is taken.
  // kInvalidArgument where PNG is wanted of other maps than COCO-18's 57.
  Status Write(const Record& record, const TensorView& maps);

 private:
  HeatmapWriter(std::filesystem::path folder, HeatmapFormat format) : folder_(std::move(folder)), format_(format) {}
  std::filesystem::path folder_;
  HeatmapFormat format_;
  ResultNames names_;
};

}  // namespace sinew::output
