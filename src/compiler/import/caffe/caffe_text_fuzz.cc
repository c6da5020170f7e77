// Any text as a Caffe network, with weights for some names of layers: refused with a message or imported to a graph
// that verifies and binds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compiler/import/caffe/converter.h"
#include "compiler/import/caffe/prototxt_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::import;
  sinew::Result<CaffeModel> model = ReadPrototxt({reinterpret_cast<const char*>(data), size});
  if (!model.ok()) return model.status().message().empty() ? std::abort(), 0 : 0;
  for (const char* name : {"first", "slopes", "norm", "a", "b"}) {
    std::vector<CaffeBlob>& blobs = model->weights[name];
    blobs.push_back({{4, 3, 1, 1}, std::vector<float>(12, 0.5f)});
    blobs.push_back({{4}, std::vector<float>(4, 0.5f)});
    blobs.push_back({{1}, {2.0f}});
  }
  const sinew::Result<ConvertedCaffe> converted = ConvertCaffe(*std::move(model), {});
  if (!converted.ok()) return converted.status().message().empty() ? std::abort(), 0 : 0;
  if (!sinew::ir::Verify(converted->graph).ok()) std::abort();
  const sinew::Result<sinew::ir::Graph> bound = sinew::ir::BindInput(converted->graph, 1, 64, 48);
  if (bound.ok() && !sinew::ir::Verify(*bound).ok()) std::abort();
  return 0;
}
