// Manifests from anywhere: refused or read, and what was read is written and read back the same.
#include <cstdlib>

#include "pipeline/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::pipeline;
  size_t frames = 0;
  uint64_t complete_bytes = 0;
  const auto manifest = ParseManifest({reinterpret_cast<const char*>(data), size}, "fuzz",
                                      {.object = [](const ManifestObject&) {},
                                       .frame = [&](const ManifestFrame&) { ++frames; },
                                       .result = [&](const ManifestResult&) { ++frames; }},
                                      &complete_bytes);
  if (!manifest.ok()) return 0;
  if (complete_bytes > size) std::abort();
  const auto again = ParseManifest(ToText(*manifest), "again");
  if (!again.ok() || again->inputs != manifest->inputs || again->options != manifest->options) std::abort();
  return 0;
}
