// Arithmetic on constants, as exported graphs compute sizes and scales with.
#pragma once

#include <functional>
#include <optional>

#include "compiler/ir/tensor.h"

namespace sinew::onnx_import {

// Constants of up to this many elements are computed here; larger ones are left to the passes.
inline constexpr size_t kMaxFolded = 4096;

inline size_t ElementsOf(const ir::Tensor& tensor) { return tensor.floats.size() + tensor.ints.size(); }

// `op` of each pair of elements, one of them repeated where it is a single one; nothing where the shapes are others, or
// too large. Integers stay integers; nothing where a result leaves their range, or a division has no result.
std::optional<ir::Tensor> FoldBinary(ir::Tensor a, const ir::Tensor& b, char op);

// `function` of each element.
std::optional<ir::Tensor> FoldUnary(ir::Tensor tensor, const std::function<double(double)>& function);

// The same elements as another type, real numbers cut off at the point; nothing where one leaves the range of integers.
std::optional<ir::Tensor> CastTo(ir::DType dtype, const ir::Tensor& tensor);

// Elements `indices` along the first dimension of a vector.
ir::Tensor Picked(const ir::Tensor& vector, const std::vector<int64_t>& indices);

}  // namespace sinew::onnx_import
