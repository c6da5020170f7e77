// Any bytes as model.json: refused with a message or converted to a graph that verifies. Shards are served from memory,
// as long as the manifest may want them up to some kilobytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "compiler/import/tensorflow/converter.h"
#include "compiler/import/tfjs/tfjs_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew;
  const import::ShardSource shards = [](const std::string&, uint64_t max_bytes) -> Result<std::string> {
    return std::string(std::min<uint64_t>(max_bytes, 4096), '\x01');
  };
  Result<import::TfModel> model = import::ReadTfjsModel({reinterpret_cast<const char*>(data), size}, shards);
  if (!model.ok()) return model.status().message().empty() ? std::abort(), 0 : 0;
  const Result<import::Converted> converted = import::ConvertModel(*std::move(model), {});
  if (converted.ok() && !ir::Verify(converted->graph).ok()) std::abort();
  return 0;
}
