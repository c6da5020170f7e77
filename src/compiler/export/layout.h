// Tensors and axes from NHWC, the IR's order of dimensions, to NCHW, ONNX's.
#pragma once

#include <array>
#include <cstdint>

#include "compiler/ir/tensor.h"

namespace sinew::onnx_export {

// Result dimension i is dimension kToNchw[i] of an NHWC tensor; and back.
inline constexpr std::array<int64_t, 4> kToNchw = {0, 3, 1, 2};
inline constexpr std::array<int64_t, 4> kToNhwc = {0, 2, 3, 1};

// Where NHWC's axis lies in NCHW.
inline int64_t NchwAxis(int64_t axis) { return kToNhwc[static_cast<size_t>(axis)]; }

// A tensor of four dimensions with result dimension i = dimension order[i].
ir::Tensor Permuted(const ir::Tensor& tensor, const std::array<int64_t, 4>& order);

// A constant of at most four dimensions as one that broadcasts over NCHW as it does over NHWC: [C] to [1,C,1,1]. A
// constant of one element stays as it is.
ir::Tensor BroadcastableOverNchw(const ir::Tensor& tensor);

}  // namespace sinew::onnx_export
