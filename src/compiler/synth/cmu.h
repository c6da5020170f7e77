// The CMU network (OpenPose's own) with made-up weights: its speed and numerics can be measured by anyone, while its
// real weights cannot be redistributed.
#pragma once

#include <cstdint>
#include <string>

#include "sinew/status.h"

namespace sinew::synth {

// A frozen GraphDef of about 209 MB: VGG-19 features, six stages of two branches, the preprocessing (x / 255 - 0.5) in
// the graph, nodes named as tf-pose-estimation names them. Weights are drawn from `seed` in He's scale, so that
// activations keep their size through the layers; biases are zero but for small noise. The same seed gives the same
// bytes on every machine.
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017; He et al.,
//   "Delving Deep into Rectifiers", ICCV 2015
Result<std::string> CmuGraphDef(uint64_t seed);

}  // namespace sinew::synth
