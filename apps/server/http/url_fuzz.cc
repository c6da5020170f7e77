// Targets and queries from anywhere: read or refused, and their options set or refused.
#include <cstdint>
#include <cstdlib>

#include "http/url.h"
#include "request_options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::server;
  const auto target = ParseTarget({reinterpret_cast<const char*>(data), size});
  if (!target.ok()) return 0;
  for (const char c : target->path) {
    if (static_cast<unsigned char>(c) < 0x20) std::abort();
  }
  (void)ReadOptions(target->query).ok();
  return 0;
}
