// Stored tensors to IR tensors.
#pragma once

#include <string_view>

#include "compiler/import/onnx/external_data.h"
#include "compiler/ir/tensor.h"
#include "sinew/status.h"

namespace sinew::onnx_import {

// `bytes` is a TensorProto. Sizes are checked against the data before anything is allocated. Messages do not name it.
Result<ir::Tensor> DecodeTensor(std::string_view bytes, ExternalData& external);

}  // namespace sinew::onnx_import
