// Any bytes as the weights of a Caffe network: refused with a message or used in a graph that verifies.
#include <cstdint>
#include <cstdlib>

#include "compiler/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr const char* kNetwork = R"(
    input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
    layer { name: "first" type: "Convolution" bottom: "data" top: "first"
            convolution_param { num_output: 4 kernel_size: 1 } }
    layer { name: "slopes" type: "PReLU" bottom: "first" top: "first" }
    layer { name: "norm" type: "BatchNorm" bottom: "first" top: "norm" })";
  const sinew::Result<sinew::import::ImportedModel> model =
      sinew::import::ImportCaffe(kNetwork, {reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!model.ok()) return model.status().message().empty() ? std::abort(), 0 : 0;
  if (!sinew::ir::Verify(model->graph).ok()) std::abort();
  return 0;
}
