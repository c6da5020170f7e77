// What a kernel does with its sums before it writes them.
#pragma once

#include "program/kernel_problem.h"

namespace sinew::cpu {

using kernels::Activation;

}  // namespace sinew::cpu
