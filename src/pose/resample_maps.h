// Maps of one scale on the cells of another: how the maps of several scales of a picture are averaged.
//   Source: multi-scale inference of OpenPose (--scale_number); here on the network's cells, before the upsampling
#pragma once

#include <span>
#include <vector>

#include "base/view.h"

namespace sinew::pose {

// One axis: the cell positions of `source` at the centres of the cells of `target`, for bilinear interpolation. A cell
// c of either covers the network-input pixels from first_cell + stride * c on, and `content` of these pixels show the
// whole picture.
struct MapAxis {
  int cells = 0;
  int content = 0;
  float first_cell = 0;
  int stride = 8;
};
class ResampleAxis {
 public:
  // `mirrored`: the source shows the picture the other way round.
  ResampleAxis(const MapAxis& source, const MapAxis& target, bool mirrored = false);
  struct Tap {
    int first, second;
    float second_weight;
  };
  std::span<const Tap> taps() const { return taps_; }

 private:
  std::vector<Tap> taps_;  // one a cell of the target
};

// Channel c of the sum is `sign` times channel `source` of what is added.
struct ChannelSource {
  int source = 0;
  float sign = 1;
};

// target += weight * source at the target's cells; `target` is dense, y.taps().size() x x.taps().size() x
// source.channels. `channels`: one a channel, or none where each is itself.
void AddResampled(ConstView source, const ResampleAxis& x, const ResampleAxis& y, float weight, std::span<float> target,
                  std::span<const ChannelSource> channels = {});

}  // namespace sinew::pose
