// Inference requests from anywhere, with and without binary data behind the JSON: read or refused.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "oip/json.h"

// The first byte says how much of the rest is JSON: 255 parts of it, or 255 for all without the header.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::server::oip;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  std::optional<size_t> json_size;
  if (data[0] != 255) json_size = body.size() * data[0] / 254;
  const auto parsed = ParseRequest(body, json_size);
  if (!parsed.ok()) return 0;
  for (const Tensor& tensor : parsed->request.inputs) {
    if (tensor.data.size() > 6 * body.size() + 4) std::abort();
  }
  return 0;
}
