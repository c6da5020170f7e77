// OpenPose's networks as Caffe models with made-up weights: their speed and numerics can be measured by anyone, while
// their real weights cannot be redistributed.
#pragma once

#include <cstdint>
#include <string>

#include "sinew/status.h"

namespace sinew::synth {

struct CaffeFiles {
  std::string prototxt, caffemodel;
};

// BODY_25: VGG-19 features, four stages of fields and then two of heat maps, in dense blocks of three 3x3 layers with
// PReLU. Its output, "net_output", has 26 heat maps and then 52 channels of fields. 105 MB.
//   Source: Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", TPAMI 2019
Result<CaffeFiles> OpenPoseBody25(uint64_t seed);

// COCO: VGG-19 features and six stages of two branches. 19 heat maps, 38 channels of fields; 209 MB.
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017
Result<CaffeFiles> OpenPoseCoco(uint64_t seed);

// MPI: the same with 16 heat maps and 28 channels of fields.
Result<CaffeFiles> OpenPoseMpi(uint64_t seed);

}  // namespace sinew::synth
