// ONNX files.
#pragma once

#include <string_view>

#include "compiler/import/onnx/onnx_model.h"
#include "sinew/status.h"

namespace sinew::onnx_import {

// Opsets whose operators mean what the conversions take them for; in later ones only those that changed since would
// differ, and none of those here has up to kLastOpset.
inline constexpr int64_t kFirstOpset = 7, kLastOpset = 21;

// `bytes` may be a mapped file; it must outlive the model, whose initializers stay in it. Messages do not name the
// file.
Result<OnnxModel> ReadOnnx(std::string_view bytes);

}  // namespace sinew::onnx_import
