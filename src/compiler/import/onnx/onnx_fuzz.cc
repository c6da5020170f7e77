// Any bytes as an ONNX model: refused with a message or imported to a graph that verifies and binds.
#include <cstdint>
#include <cstdlib>

#include "compiler/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sinew::import::ImportedModel;
  const sinew::Result<ImportedModel> model =
      sinew::import::ImportOnnx({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!model.ok()) return model.status().message().empty() ? std::abort(), 0 : 0;
  if (!sinew::ir::Verify(model->graph).ok()) std::abort();
  const sinew::Result<sinew::ir::Graph> bound = sinew::ir::BindInput(model->graph, 1, 64, 48);
  if (bound.ok() && !sinew::ir::Verify(*bound).ok()) std::abort();
  return 0;
}
