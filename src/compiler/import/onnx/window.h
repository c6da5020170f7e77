// Strides, dilations and padding as ONNX's sliding-window operations spell them.
#pragma once

#include <array>

#include "compiler/import/onnx/node_context.h"

namespace sinew::onnx_import {

// A list of one value a side, `default_value` where it is absent. Each is 1 to 2^31.
Result<std::array<int64_t, 2>> HeightWidth(const NodeContext& context, std::string_view attribute,
                                           int64_t default_value = 1);

// `pads` and `auto_pad` of an operation on `input` (NHWC, sides may be unknown) whose window has `kernel` elements a
// side; strides and dilations are in `attributes` already.
Result<ir::Padding> ReadPadding(const NodeContext& context, const ir::Shape& input, std::array<int64_t, 2> kernel,
                                const ir::Attributes& attributes);

}  // namespace sinew::onnx_import
