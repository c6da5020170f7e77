// Direct convolution: any window, stride, dilation and padding, one group of output channels of one pixel a thread.
// Slow where channels are many; for what cuDNN refuses (TensorFlow's uneven padding), for first layers of few channels,
// and as the yardstick that other algorithms are compared with on the device. Inside the module only.
#pragma once

#include <memory>
#include <string>

#include "backends/cuda/device.h"

namespace sinew::cuda {

inline constexpr char kDirectConv[] = "direct";
std::unique_ptr<ConvAlgorithm> MakeDirectConv(const ConvProblem& problem);

}  // namespace sinew::cuda
