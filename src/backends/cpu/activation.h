// What a kernel does with its sums before it writes them.
#pragma once

namespace sinew::cpu {

enum class Activation : unsigned char { kNone, kRelu, kRelu6 };

}  // namespace sinew::cpu
