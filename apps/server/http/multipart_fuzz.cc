// Bodies and content types from anywhere: parts lie within the body, in order, or the body is refused.
#include "http/multipart.h"

#include <cstdint>
#include <cstdlib>

// The first line is the content type.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::server;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view body = text.substr(line + 1);
  const auto parts = ParseMultipart(text.substr(0, line), body, 100);
  if (!parts.ok()) return 0;
  const char* at = body.data();
  for (const Part& part : *parts) {
    if (part.body.empty()) continue;
    if (part.body.data() < at || part.body.data() + part.body.size() > body.data() + body.size()) std::abort();
    at = part.body.data() + part.body.size();
  }
  return 0;
}
