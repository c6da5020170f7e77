// Convolution of stride 1 in fp16 or bf16 on Hopper: a tile of the output keeps its whole input, halo included, in
// shared memory, and every tap reads it there; only weights stream. Inside the module only.
//
// What it is for: OpenPose's stages are 7x7 convolutions of 128 channels on maps of 82x46. As a matrix product that is
// 3772 x 128 x 6272; tiles of 128 x 128 make 30 thread blocks for 132 multiprocessors, and each reads its input 49
// times. Here the input is read once, tiles of 128 pixels x 64 channels make 66, both branches 132. Layout    shared
// input [C/64][rows][columns][64], swizzled: the eight pixels of a tile's row that a core matrix takes are
//           neighbours wherever a tap begins. Weights [K/n][C/64][taps][n][64], swizzled likewise, a stage after the
//           other.
// Blocking  a warpgroup computes 8x8 pixels x n channels; one or two warpgroups, one above the other, form a block; one
// more
//           warp streams the weights.
// Measured  on an H200 the pair takes 24 us, without any copies it would take 23; cuDNN's best is 1650 us.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/device.h"
#include "sinew/status.h"

namespace sinew::cuda {

// "halo:w2n64s4": warpgroups, channels, stages. Empty where the device or problem does not fit.
std::vector<std::string> HaloCandidates(const DeviceInfo& device, const ConvProblem& problem);
Result<std::unique_ptr<ConvAlgorithm>> MakeHaloConv(const DeviceInfo& device, const ConvProblem& problem,
                                                    const std::string& name);

}  // namespace sinew::cuda
