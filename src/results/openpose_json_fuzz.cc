// JSON from anywhere: read or refused; what was read is written and read again as the same people.
#include <cstdlib>

#include "results/openpose_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::results;
  const auto people = ParseOpenPoseJson({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!people.ok()) return 0;
  const std::string text = ToOpenPoseJson(*people);
  const auto again = ParseOpenPoseJson(text, "fuzz");
  if (!again.ok() || ToOpenPoseJson(*again) != text) std::abort();
  return 0;
}
