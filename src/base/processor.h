// What processor this is.
#pragma once

#include <string>

namespace sinew {

// Its model as the system calls it ("AMD EPYC 7R13 Processor"), "unknown" where it does not say.
std::string ProcessorName();

}  // namespace sinew
