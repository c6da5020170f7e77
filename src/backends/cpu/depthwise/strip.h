// The height of the strips that depthwise convolutions are cut into.
#pragma once

namespace sinew::cpu {

// Two rows of outputs share two of their three rows of inputs; a third would leave too few registers.
inline constexpr int kStripHeight = 2;

}  // namespace sinew::cpu
