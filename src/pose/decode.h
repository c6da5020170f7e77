// Heat maps and part affinity fields become people: the bottom-up decoder of the OpenPose networks.
//
// peaks.h finds candidate keypoints on the smoothed, upsampled heat maps; limbs.h scores and matches pairs of them
// along the field; assemble.h joins the matches into people. Coordinates then go back to the original picture:
// upsampled pixel X has its centre at (X + 1/2) * cells * 8 / upsampled width network-input pixels from the left edge
// (tf-pose-estimation takes X / upsampled width of the picture, 4 / ratio - 1/2 network-input pixels off).
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017
#pragma once

#include <span>
#include <vector>

#include "base/view.h"
#include "pose/area_axis.h"
#include "pose/assemble.h"
#include "pose/limbs.h"
#include "pose/peaks.h"
#include "sinew/decode_options.h"
#include "sinew/people.h"
#include "sinew/pose.h"
#include "sinew/status.h"

namespace sinew::pose {

// How the maps lie on the original picture, which was resized to the network's input or to a part of it.
struct MapGeometry {
  int picture_width = 0, picture_height = 0;
  // The network's input. 0: eight times the maps.
  int network_width = 0, network_height = 0;
  // The part of the network's input that the picture takes, from the top left corner on. 0: all of it.
  int content_width = 0, content_height = 0;
  // Where the first cell's area begins, in network-input pixels: FirstCell() for networks of 3x3 convolutions of stride
  // 2, which put it before the input where a side is no multiple of 8. Not used by Compat::kTfPose.
  float first_cell_x = 0, first_cell_y = 0;
};

// The position of the first of ceil(size / 8) cells after three 3x3 convolutions of stride 2 with SAME padding, which
// pads an odd size on both sides and an even one only at the end; 0 for multiples of 8.
float FirstCell(int size);

// Checks each option; the message names the bad one and its range.
Status ValidateDecodeOptions(const DecodeOptions& options);

// Configures the two axes of `maps` upsampled by `resize_out_ratio`. Fails where the maps are no output of an OpenPose
// network, too large, or do not fit the geometry.
Status ConfigureAxes(ConstView maps, const MapGeometry& geometry, double resize_out_ratio, AreaAxis* x, AreaAxis* y);

// Keeps its scratch between calls. One call at a time; different objects are independent. The result depends on nothing
// but the arguments.
class Decoder {
 public:
  // `maps` is the network's output, [height, width, 57]: 19 heat maps, then the 19 fields. People come in the order in
  // which they were assembled. Errors: kInvalidArgument for options, sizes, or maps with values that are not finite.
  Result<std::vector<Person>> Decode(ConstView maps, const MapGeometry& geometry, const DecodeOptions& options = {});

  // Of the last successful Decode: all peaks (in pixels of the upsampled maps), the connections, and each person's
  // peaks in the order of the people; the size of the upsampled maps; where the time went.
  const PeakList& peaks() const { return peaks_; }
  const Connections& connections() const { return connections_; }
  std::span<const Assembly> assemblies() const { return assemblies_; }
  int upsampled_width() const { return x_.target(); }
  int upsampled_height() const { return y_.target(); }
  const DecodeTimes& times() const { return times_; }

 private:
  AreaAxis x_, y_;
  PeakFinder peak_finder_;
  LimbFinder limb_finder_;
  PeakList peaks_;
  Connections connections_;
  std::vector<Assembly> assemblies_;
  DecodeTimes times_;
};

}  // namespace sinew::pose
