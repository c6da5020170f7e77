// Strides, dilations and padding as TensorFlow's sliding-window operations spell them.
#pragma once

#include "compiler/import/tensorflow/node_context.h"

namespace sinew::import {

// Fails unless the layout is NHWC.
Status CheckLayout(const NodeContext& context);

// The height and width of a list [batch, height, width, channels] whose other two must be 1. An absent list is 1, 1
// unless it is `required`.
Result<std::array<int64_t, 2>> HeightWidth(const NodeContext& context, std::string_view name, bool required);

// padding and explicit_paddings.
Result<ir::Padding> ReadPadding(const NodeContext& context);

}  // namespace sinew::import
