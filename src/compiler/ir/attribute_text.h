// Attributes as text: "strides=[2,2], padding=same".
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir/ops.h"

namespace sinew::ir {

std::string_view AttributeName(AttributeKey key);

// The value of one attribute: "[2,2]", "same", "0.001", "true", "f32".
std::string PrintAttribute(AttributeKey key, const Attributes& attributes);

// Sets one attribute from its text; the message says what was expected.
Status ParseAttribute(AttributeKey key, std::string_view text, Attributes* attributes);

}  // namespace sinew::ir
