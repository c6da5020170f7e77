// Arrays from anywhere: refused, or as many values as the shape says.
#include <cstdlib>

#include "base/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = sinew::ParseNpy({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!array.ok()) return 0;
  size_t count = 1;
  for (const int64_t side : array->shape) count = side == 0 ? 0 : count * static_cast<size_t>(side);
  if (count != array->values.size()) std::abort();
  return 0;
}
