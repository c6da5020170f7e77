// Heat maps and part affinity fields become people as trt_pose makes them of its networks' outputs: peaks within a
// window, brought to the centre of the heat around them; pairs by the integral of the field along the line between
// them; the assignment with the largest sum (Munkres), of which weak pairs are dropped; and whatever is connected is a
// person. There is no upsampling: maps are fine enough, a cell every 4 pixels.
//   Source: github.com/NVIDIA-AI-IOT/trt_pose, trt_pose/parse
#pragma once

#include <span>
#include <vector>

#include "base/view.h"
#include "sinew/model_description.h"

namespace sinew::pose {

// The original's constants.
struct TrtPoseOptions {
  float peak_threshold = 0.1f;  // heat
  float link_threshold = 0.1f;  // mean of the field
  int window = 5;               // cells a side, for peaks and their refinement
  int samples = 7;              // on the line between two peaks, its ends included
  int max_peaks = 100;          // of a keypoint, from the top
};

// A keypoint: where it is, in cells from the map's top left corner (a cell's centre is at 0.5), and the heat there; no
// heat where it is missing.
struct TrtPoseKeypoint {
  float x = 0, y = 0;
  float heat = 0;
};
using TrtPosePerson = std::vector<TrtPoseKeypoint>;  // one a keypoint of the skeleton

// People in the order in which the original finds them: by their first keypoint in the skeleton's order, then from the
// top. `heat` has a channel a keypoint, `fields` those that the limbs name. Values must be finite.
std::vector<TrtPosePerson> FindTrtPosePeople(ConstView heat, ConstView fields, const Skeleton& skeleton,
                                             const TrtPoseOptions& options = {});

}  // namespace sinew::pose
